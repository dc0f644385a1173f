// Watches a user's updates: across lost connections, restarts, expired tokens and long
// absences, without a gap and without a repeat. See ../live-updates.md.
//
//   const watching = watch({
//     origin: "https://tasks.example",
//     token: async () => "a user's JWT",
//     since: 41,                        // the last update that was seen, if there is one
//     onUpdate: (event, id) => {},      // one change; keep the id
//     onReload: (id) => {},             // load everything again; the updates after id follow
//   });
//   watching.stop();
//
// `watch` is an event stream, `watchBySocket` the same over a WebSocket.

/** The longest pause before another try, in milliseconds. */
const LONGEST = 30_000;

/** A stream that did not end by itself by now is dead: each does after ten minutes. */
const LIFETIME = 11 * 60_000;

/** A WebSocket that is silent for this long is dead: there is a heartbeat every 20 s. */
const SILENCE = 50_000;

export function watch(options) {
  return keepOpen(options, (url, follow) => {
    const source = new EventSource(url("http", "/api/updates"));
    const on = (name, act) => source.addEventListener(name, (event) => act(event, Number(event.lastEventId)));
    on("ready", (_, id) => follow.ready(id));
    on("update", (event, id) => {
      if (follow.update(id, JSON.parse(event.data)) === "gap") follow.lost();
    });
    on("reload", (_, id) => follow.reload(id));
    // The ticket in the address is used up: the source must not come back by itself.
    on("end", () => follow.lost());
    source.onerror = () => follow.lost();
    const dead = setTimeout(() => follow.lost(), LIFETIME);
    return () => {
      clearTimeout(dead);
      source.close();
    };
  });
}

export function watchBySocket(options) {
  return keepOpen(options, (url, follow) => {
    const socket = new WebSocket(url("ws", "/api/updates/ws"));
    let asked;
    let silence;
    // What comes after where we are: once is enough.
    const ask = () => {
      if (asked === follow.position()) return;
      asked = follow.position();
      socket.send(JSON.stringify({ since: asked }));
    };
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => follow.lost(), SILENCE);
    };
    heard();
    socket.onmessage = (message) => {
      heard();
      const { id, event, data } = JSON.parse(message.data);
      if (event === "ready") follow.ready(id);
      if (event === "update" && follow.update(id, data) === "gap") ask();
      if (event === "reload") follow.reload(id);
      if (event === "more") ask();
      if (event === "heartbeat" && data.position > follow.position()) ask();
    };
    socket.onclose = () => follow.lost();
    socket.onerror = () => follow.lost();
    return () => {
      clearTimeout(silence);
      socket.onmessage = socket.onclose = null;
      socket.close();
    };
  });
}

/** Opens, and opens again from where it was whenever it is lost. */
function keepOpen({ origin, token, since, onUpdate, onReload, onState = () => {} }, open) {
  let position = since;
  let failures = 0;
  let timer;
  let close = () => {};
  let stopped = false;

  async function connect() {
    timer = undefined;
    let ticket;
    try {
      const headers = { authorization: `Bearer ${await token()}` };
      const signal = AbortSignal.timeout(10_000);
      const answer = await fetch(`${origin}/api/updates/ticket`, { method: "POST", headers, signal });
      if (!answer.ok) throw new Error(`no ticket: ${answer.status}`);
      ({ ticket } = await answer.json());
    } catch {
      return again();
    }
    if (stopped) return;
    const query = new URLSearchParams({ ticket });
    if (position !== undefined) query.set("since", position);
    const url = (scheme, path) => `${origin.replace(/^http/, scheme)}${path}?${query}`;
    // Whatever an old connection still says is not listened to.
    let current = true;
    const closeThis = open(url, {
      position: () => position,
      ready(id) {
        failures = 0;
        position ??= id;
        onState("live");
      },
      update(id, event) {
        if (!current || id <= position) return "seen";
        if (id > position + 1) return "gap";
        // Before it is told: what throws must not stop what comes after it.
        position = id;
        onUpdate(event, id);
        return "new";
      },
      reload(id) {
        if (!current) return;
        position = id;
        onReload(id);
      },
      lost: () => current && again(),
    });
    close = () => {
      current = false;
      closeThis();
    };
  }

  function again() {
    close();
    if (stopped || timer !== undefined) return;
    onState("waiting");
    const pause = Math.min(500 * 2 ** failures++, LONGEST);
    // Not all clients of a server that was away may come back at once.
    timer = setTimeout(connect, pause * (0.5 + Math.random()));
  }

  connect();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      close();
    },
  };
}
