//! A Pushpin in front of the app, from Debian's package: its proxy and its handler, the
//! condure that holds connections, and the zurl that makes requests. (The program
//! `pushpin` starts the first three in process groups of their own, and leaves them
//! behind when it is killed: here each is started by itself.)

use crate::harness::{eventually_by, free_port, process::Process};
use std::{path::Path, process::Command};

/// What Pushpin and the app sign with.
pub(crate) const GRIP_KEY: &str = "the-grip-key-of-the-stories-of-duebell";

/// Where the package puts the sockets that its parts share.
const INTERNAL: &str = "/usr/lib/pushpin/internal.conf";

/// How the parts' sockets begin.
const PREFIX: &str = "p-";

/// A running Pushpin.
pub(crate) struct Pushpin {
    _parts: Vec<Process>,
    /// Where clients connect.
    pub(crate) port: u16,
    control: u16,
}

impl Pushpin {
    /// Starts one whose files are in this folder, and waits until it takes requests.
    /// What it holds is passed on to the app at this port, WebSockets over HTTP.
    pub(crate) async fn start(state: &Path, app: u16) -> Self {
        let folder = state.join("pushpin");
        // Sockets have short names: a path of 108 bytes at most.
        let run = folder.join("r");
        std::fs::create_dir_all(&run).unwrap();
        let internal = std::fs::read_to_string(INTERNAL).unwrap_or_else(|error| {
            panic!("DUEBELL_GRIP=pushpin needs the Debian package pushpin: {INTERNAL}: {error}")
        });
        let internal = internal.replace("/var/run/zurl", run.to_str().unwrap());
        std::fs::write(folder.join("internal.conf"), internal).unwrap();
        let routes = format!("* 127.0.0.1:{app},over_http\n");
        std::fs::write(folder.join("routes"), routes).unwrap();
        let (port, control) = (free_port(), free_port());
        let config = folder.join("pushpin.conf");
        std::fs::write(&config, settings(&folder, &run, control)).unwrap();
        let zurl_config = folder.join("zurl.conf");
        std::fs::write(&zurl_config, zurl(&run)).unwrap();

        let config = format!("--config={}", config.display());
        let prefix = format!("--ipc-prefix={PREFIX}");
        let start = |program: &'static str, arguments: Vec<String>| {
            Process::start(folder.join(format!("{program}.log")), move || {
                let mut command = Command::new(program);
                command.args(&arguments);
                command
            })
        };
        let zurl = start("zurl", vec![format!("--config={}", zurl_config.display())]);
        let mut condure = start(
            "condure",
            vec![
                format!("--listen=127.0.0.1:{port},stream"),
                format!("--zclient-stream=ipc://{}/{PREFIX}condure", run.display()),
            ],
        );
        let proxy = start("pushpin-proxy", vec![config.clone(), prefix.clone()]);
        let mut handler = start("pushpin-handler", vec![config, prefix]);
        for (part, port, what) in [
            (&mut condure, port, "takes clients"),
            (&mut handler, control, "takes messages"),
        ] {
            let what = format!("Pushpin {what}");
            eventually_by(part, &what, async || {
                let address = ("127.0.0.1", port);
                tokio::net::TcpStream::connect(address).await.ok().map(drop)
            })
            .await;
        }
        Self {
            _parts: vec![condure, proxy, handler, zurl],
            port,
            control,
        }
    }

    /// Where the app publishes.
    pub(crate) fn control_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.control)
    }
}

fn settings(folder: &Path, run: &Path, control: u16) -> String {
    let (folder, run) = (folder.display(), run.display());
    format!(
        "[global]
include={folder}/internal.conf
rundir={run}
ipc_prefix={PREFIX}
port_offset=0
[proxy]
routesfile=routes
sig_iss=pushpin
sig_key={GRIP_KEY}
updates_check=off
[handler]
push_in_spec=ipc://{{rundir}}/{{ipc_prefix}}in
push_in_sub_specs=ipc://{{rundir}}/{{ipc_prefix}}in-sub
push_in_http_addr=127.0.0.1
push_in_http_port={control}
push_in_http_max_headers_size=10000
push_in_http_max_body_size=1000000
stats_spec=ipc://{{rundir}}/{{ipc_prefix}}stats
command_spec=ipc://{{rundir}}/{{ipc_prefix}}command
message_rate=2500
message_hwm=25000
message_wait=5000
connection_subscription_max=20
"
    )
}

fn zurl(run: &Path) -> String {
    let run = run.display();
    format!(
        "[General]
in_spec=ipc://{run}/zurl-in
in_stream_spec=ipc://{run}/zurl-in-stream
out_spec=ipc://{run}/zurl-out
in_req_spec=ipc://{run}/zurl-req
ipc_file_mode=600
defpolicy=allow
allow=
deny=
max_open_requests=1000
buffer_size=200000
timeout=600
in_hwm=1000
out_hwm=1000
"
    )
}
