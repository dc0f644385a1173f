// Watches with the example of the documents, and prints a line of JSON for whatever it
// is told. Arguments: which of the two ways, the app's origin, a token.
import { watch, watchBySocket } from "../../docs/examples/live-updates.mjs";

const [way, origin, token] = process.argv.slice(2);
const print = (line) => console.log(JSON.stringify(line));
({ watch, watchBySocket })[way]({
  origin,
  token: async () => token,
  onUpdate: (event, id) => print({ update: id, title: event.changes.title }),
  onReload: (id) => print({ reload: id }),
  onState: (state) => print({ state }),
});
