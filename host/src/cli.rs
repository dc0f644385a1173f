//! The command line.

mod audit;
mod backup;
mod dead_letters;
mod erase;
mod values;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

pub use self::audit::{Audit, Verify};
pub use self::backup::{Backup, Restore};
pub use self::dead_letters::{DeadLetters, ListStatus, OneDeadLetter, Service};
pub use self::erase::Erase;
use self::values::{assignment, lifetime, origin};
use crate::limits::Platform;

/// Runs the Duebell app on this machine: the components of spin.toml, and a
/// sidecar that is Dapr as far as they use it.
#[derive(Debug, Parser)]
#[command(
    version,
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  duebell                             build, run, and say how to make a request
  duebell up --listen 127.0.0.1:8080 --set log_level=debug
  duebell up --sidecar http://127.0.0.1:3500   with a real daprd
  duebell demo                        what it does, shown on a state of its own
  duebell token --user alice          a token for requests as alice
  duebell dead-letters list           what components gave up, and why
  duebell audit verify audit.ndjson   whether an exported audit is whole and unchanged
  duebell erase --user alice          erase a user everywhere, for good
  curl -H \"Authorization: Bearer $(duebell token --user alice)\" http://127.0.0.1:3000/api/tasks"
)]
pub struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    up: Up,
}

impl Cli {
    /// What is to be done: `up`, if nothing is named.
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Up(Box::new(self.up)))
    }
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Build and run the app (the default)
    Up(Box<Up>),
    /// Run the app on a state of its own and show what it does, part by part
    Demo(Demo),
    /// Print a token for a user, and nothing else
    Token(Token),
    /// Run the embedded sidecar alone, beside an app that runs elsewhere
    Sidecar(Sidecar),
    /// Build the components, and run nothing
    Build(Build),
    /// See, replay or discard what components gave up, in a running app
    #[command(subcommand)]
    DeadLetters(DeadLetters),
    /// Erase a user everywhere in a running app, and wait until nothing is left
    Erase(Erase),
    /// Copy what an app keeps in SQLite, as all of it was at one moment; it may run meanwhile
    Backup(Backup),
    /// Put such a copy back, where there are no databases yet
    Restore(Restore),
    /// Verify an exported audit, or print the key that it is verified with
    #[command(subcommand)]
    Audit(Audit),
}

/// `duebell build`.
#[derive(Clone, Debug, Args)]
pub struct Build {
    /// The app: a spin.toml, or its folder
    #[arg(long, short, value_name = "PATH", default_value = ".")]
    pub from: PathBuf,
}

/// Where the app and its state are.
#[derive(Clone, Debug, Args)]
pub struct Place {
    /// The app: a spin.toml, or its folder
    #[arg(long, short, value_name = "PATH", default_value = ".")]
    pub from: PathBuf,
    /// Where secrets, databases, the sidecar's data and logs are kept [default: .duebell in the app's folder]
    #[arg(long, value_name = "FOLDER", env = "DUEBELL_STATE_DIR")]
    pub state_dir: Option<PathBuf>,
}

impl Place {
    /// The app's folder.
    pub fn app_folder(&self) -> PathBuf {
        let folder = if self.from.is_dir() {
            Some(self.from.as_path())
        } else {
            self.from.parent()
        };
        match folder {
            Some(folder) if folder != std::path::Path::new("") => folder.to_owned(),
            _ => PathBuf::from("."),
        }
    }

    /// The state folder.
    pub fn state_folder(&self) -> PathBuf {
        self.state_dir
            .clone()
            .unwrap_or_else(|| self.app_folder().join(crate::state::DEFAULT_FOLDER))
    }
}

/// `duebell up`.
#[derive(Clone, Debug, Args)]
pub struct Up {
    /// Where the app and its state are.
    #[command(flatten)]
    pub place: Place,
    /// The app's address
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3000",
        env = "DUEBELL_LISTEN"
    )]
    pub listen: SocketAddr,
    /// The embedded sidecar's address
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:3500",
        env = "DUEBELL_SIDECAR_LISTEN"
    )]
    pub sidecar_listen: SocketAddr,
    /// Use the real sidecar (daprd) at this address; the embedded one is not started
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub sidecar: Option<String>,
    /// The embedded GRIP proxy's address: where the app publishes to WebSockets
    #[arg(
        long,
        value_name = "ADDRESS",
        default_value = "127.0.0.1:5561",
        env = "DUEBELL_GRIP_LISTEN"
    )]
    pub grip_listen: SocketAddr,
    /// Use the GRIP proxy (Pushpin) whose control endpoint is at this address; GRIP_KEY holds its sig_key
    #[arg(long, value_name = "URL", value_parser = origin)]
    pub grip: Option<String>,
    /// Serve metrics (Prometheus text) at this address, under /metrics, to whoever can reach it: 127.0.0.1:9464 [default: none]
    #[arg(long, value_name = "ADDRESS", env = "DUEBELL_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// The folder of the Dapr resources [default: deploy/dapr in the app's folder]
    #[arg(long, value_name = "FOLDER")]
    pub resources_path: Option<PathBuf>,
    /// Where the databases are [default: runtime-config.toml beside spin.toml]
    #[arg(long, value_name = "FILE")]
    pub runtime_config_file: Option<PathBuf>,
    /// Give a variable of spin.toml a value; can be repeated
    #[arg(long, value_name = "VARIABLE=VALUE", value_parser = assignment)]
    pub set: Vec<(String, String)>,
    /// Run this component alone, without static responses, as Spin does; can be repeated
    #[arg(long, short, value_name = "ID")]
    pub component_id: Vec<String>,
    /// Hold the components to the limits of where they are to run: fermyon is Akamai Functions, with 30 s and 128 MiB a request, bodies of 10 MiB, and no SQLite
    #[arg(long, value_name = "PLATFORM", value_enum, default_value_t)]
    pub limits: Platform,
    /// Run the components as they are
    #[arg(long)]
    pub no_build: bool,
    /// Do not show on the terminal what components print (it is in the state folder's logs)
    #[arg(long, short)]
    pub quiet: bool,
    /// For tests: whenever this file is there, the components that it names, one a line, trap
    #[arg(long, value_name = "FILE", hide = true)]
    pub trap_from: Option<PathBuf>,
    /// Count what components compute, in the metrics: for tests of what it takes
    #[arg(long, hide = true)]
    pub count_fuel: bool,
    /// The app's id for Dapr: what the resources' scopes name
    #[arg(long, value_name = "ID", default_value = "duebell")]
    pub app_id: String,
    /// What the host itself tells: error, warn, info, debug, trace, or a filter as of RUST_LOG
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "warn",
        env = "DUEBELL_LOG"
    )]
    pub log: String,
}

/// `duebell demo`.
#[derive(Clone, Debug, Args)]
pub struct Demo {
    /// The app: a spin.toml, or its folder
    #[arg(long, short, value_name = "PATH", default_value = ".")]
    pub from: PathBuf,
    /// Where state is kept [default: a new folder that goes with the demo]
    #[arg(long, value_name = "FOLDER")]
    pub state_dir: Option<PathBuf>,
    /// Run the components as they are
    #[arg(long)]
    pub no_build: bool,
    /// What the host itself tells
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "error",
        env = "DUEBELL_LOG"
    )]
    pub log: String,
}

impl Demo {
    /// How the app is run for it: on free ports, with this state.
    pub fn up(&self, state: &std::path::Path) -> Up {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        Up {
            place: Place {
                from: self.from.clone(),
                state_dir: Some(state.to_owned()),
            },
            listen: free,
            sidecar_listen: free,
            sidecar: None,
            grip_listen: free,
            grip: None,
            metrics_listen: None,
            resources_path: None,
            runtime_config_file: None,
            set: Vec::new(),
            component_id: Vec::new(),
            no_build: self.no_build,
            quiet: true,
            trap_from: None,
            count_fuel: false,
            limits: Platform::default(),
            app_id: "duebell".to_owned(),
            log: self.log.clone(),
        }
    }
}

/// `duebell token`.
#[derive(Clone, Debug, Args)]
pub struct Token {
    /// Where the app and its state are.
    #[command(flatten)]
    pub place: Place,
    /// Whose token it is
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// With the scope `operator`
    #[arg(long)]
    pub operator: bool,
    /// How long it is valid: 90s, 15m, 24h, 30d
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = lifetime)]
    pub lifetime: Duration,
}

/// `duebell sidecar`, with daprd's names.
#[derive(Clone, Debug, Args)]
pub struct Sidecar {
    /// The app's id
    #[arg(long, value_name = "ID", default_value = "duebell")]
    pub app_id: String,
    /// The app's port
    #[arg(long, value_name = "PORT", default_value_t = 3000)]
    pub app_port: u16,
    /// The app's host
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    pub app_channel_address: String,
    /// The sidecar's port
    #[arg(long, value_name = "PORT", default_value_t = 3500)]
    pub dapr_http_port: u16,
    /// The sidecar's address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub dapr_listen_addresses: std::net::IpAddr,
    /// The folder of the Dapr resources
    #[arg(long, value_name = "FOLDER", default_value = "deploy/dapr")]
    pub resources_path: PathBuf,
    /// Where topics, offsets and jobs are kept, and the tokens, where DAPR_API_TOKEN and APP_API_TOKEN are not set
    #[arg(long, value_name = "FOLDER", default_value = ".duebell/sidecar")]
    pub data_dir: PathBuf,
    /// Taken for daprd's sake: the embedded sidecar always waits until the app is healthy
    #[arg(long)]
    pub enable_app_health_check: bool,
    /// What is asked for the app's health
    #[arg(long, value_name = "PATH", default_value = "/.well-known/spin/health")]
    pub app_health_check_path: String,
    /// What the sidecar itself tells
    #[arg(
        long,
        value_name = "LEVEL",
        default_value = "info",
        env = "DUEBELL_LOG"
    )]
    pub log: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command_for_tests().debug_assert();
    }

    impl Cli {
        fn command_for_tests() -> clap::Command {
            <Self as CommandFactory>::command()
        }
    }

    #[test]
    fn without_a_subcommand_it_is_up() {
        let cli = Cli::parse_from(["duebell", "--listen", "127.0.0.1:1", "--set", "a=b=c"]);
        let Command::Up(up) = cli.command() else {
            panic!()
        };
        assert_eq!(up.listen.port(), 1);
        assert_eq!(up.set, [("a".to_owned(), "b=c".to_owned())]);
        assert_eq!(up.place.state_folder(), PathBuf::from("./.duebell"));
    }

    #[test]
    fn lifetimes_have_a_unit() {
        assert_eq!(lifetime("30d"), Ok(Duration::from_secs(2_592_000)));
        assert_eq!(lifetime("90s"), Ok(Duration::from_secs(90)));
        for wrong in ["", "30", "d", "0h", "-1h", "1w", "99999999999999999999d"] {
            assert!(lifetime(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sidecar_is_an_origin() {
        assert_eq!(
            origin("http://localhost:3500/"),
            Ok("http://localhost:3500".to_owned())
        );
        for wrong in ["localhost:3500", "http://localhost:3500/v1.0", "ftp://x"] {
            assert!(origin(wrong).is_err(), "{wrong}");
        }
    }
}
