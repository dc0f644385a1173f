//! A Pushpin in front of the app, from Debian's package: its proxy and handler, the
//! condure that holds connections, and a zurl of its own that makes its requests.

use crate::harness::{eventually_by, free_port, process::Process};
use std::{path::Path, process::Command};

/// What Pushpin and the app sign with.
pub(crate) const GRIP_KEY: &str = "the-grip-key-of-the-stories-of-duebell";

/// Where the package puts the sockets that its parts share.
const INTERNAL: &str = "/usr/lib/pushpin/internal.conf";

/// A running Pushpin.
pub(crate) struct Pushpin {
    _zurl: Process,
    _pushpin: Process,
    /// Where clients connect.
    pub(crate) port: u16,
    control: u16,
}

impl Pushpin {
    /// Starts one whose files are in this folder, and waits until it takes requests.
    /// What it holds is passed on to the app at this port, WebSockets over HTTP.
    pub(crate) async fn start(state: &Path, app: u16) -> Self {
        let folder = state.join("pushpin");
        std::fs::create_dir_all(folder.join("log")).unwrap();
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
        std::fs::write(&config, settings(&folder, &run, port, control)).unwrap();
        let zurl_config = folder.join("zurl.conf");
        std::fs::write(&zurl_config, zurl(&run)).unwrap();

        let zurl = Process::start(folder.join("zurl.log"), move || {
            let mut zurl = Command::new("zurl");
            zurl.arg(argument("--config", &zurl_config));
            zurl
        });
        let mut pushpin = Process::start(folder.join("pushpin.log"), move || {
            let mut pushpin = Command::new("pushpin");
            pushpin.arg(argument("--config", &config)).arg("-m");
            pushpin
        });
        for (port, what) in [(port, "takes clients"), (control, "takes messages")] {
            let what = format!("Pushpin {what}");
            eventually_by(&mut pushpin, &what, async || {
                let address = ("127.0.0.1", port);
                tokio::net::TcpStream::connect(address).await.ok().map(drop)
            })
            .await;
        }
        Self {
            _zurl: zurl,
            _pushpin: pushpin,
            port,
            control,
        }
    }

    /// Where the app publishes.
    pub(crate) fn control_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.control)
    }
}

fn argument(name: &str, file: &Path) -> String {
    format!("{name}={}", file.display())
}

fn settings(folder: &Path, run: &Path, port: u16, control: u16) -> String {
    let (folder, run) = (folder.display(), run.display());
    format!(
        "[global]
include={folder}/internal.conf
rundir={run}
ipc_prefix=p-
port_offset=0
[runner]
services=condure,pushpin-proxy,pushpin-handler
http_port=127.0.0.1:{port}
logdir={folder}/log
log_level=2
client_buffer_size=8192
client_maxconn=1000
condure_bin=condure
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
