//! The state folder: secrets, databases, the sidecar's data, logs.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use duebell_service::{Entropy, SystemEntropy};
use miette::{IntoDiagnostic, WrapErr, miette};
use serde::{Deserialize, Serialize};

/// The state folder's name where none is given, under the app's folder.
pub const DEFAULT_FOLDER: &str = ".duebell";

/// A state folder. Only its owner can look into it.
#[derive(Clone, Debug)]
pub struct StateFolder {
    path: PathBuf,
}

/// A state folder that this process alone uses, until this is dropped.
#[derive(Debug)]
pub struct StateLock {
    _file: File,
}

impl StateFolder {
    /// Makes the folder, or takes the one that is there.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn open(path: &Path) -> miette::Result<Self> {
        make_private_folder(path)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The sidecar's part of it.
    pub fn sidecar(&self) -> PathBuf {
        self.path.join("sidecar")
    }

    /// The folder of the components' logs, made if need be.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    pub fn logs(&self) -> miette::Result<PathBuf> {
        let logs = self.path.join("logs");
        make_private_folder(&logs)?;
        Ok(logs)
    }

    /// Takes the folder for this process.
    ///
    /// # Errors
    ///
    /// When another process has it, or the file system refuses.
    pub fn lock(&self) -> miette::Result<StateLock> {
        let path = self.path.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot open {}", path.display()))?;
        match file.try_lock() {
            Ok(()) => {
                // The number only helps people; the lock is what counts.
                let _ = file
                    .set_len(0)
                    .and_then(|()| file.rewind())
                    .and_then(|()| write!(file, "{}", std::process::id()));
                Ok(StateLock { _file: file })
            }
            Err(TryLockError::WouldBlock) => {
                let mut owner = String::new();
                let _ = file.read_to_string(&mut owner);
                Err(miette!(
                    help = "Stop it, or give this one a folder of its own: --state-dir OTHER",
                    "the state folder {} is in use by process {}",
                    self.path.display(),
                    owner.trim()
                ))
            }
            Err(TryLockError::Error(error)) => Err(error)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot lock {}", path.display())),
        }
    }

    /// The folder's secrets: made on first use, kept from then on.
    ///
    /// # Errors
    ///
    /// When the file can be neither read nor written, or is damaged.
    pub fn secrets(&self) -> miette::Result<Secrets> {
        let path = self.path.join("secrets.toml");
        if let Some(secrets) = read_secrets(&path)? {
            return Ok(secrets);
        }
        let text = toml::to_string(&Secrets::generate()).into_diagnostic()?;
        self.write_once("secrets.toml", &text)?;
        read_secrets(&path)?.ok_or_else(|| miette!("{} went away", path.display()))
    }

    /// What checkpoints of the audit are signed with: the seed of an Ed25519 key in
    /// base64url. Made on first use, kept from then on, in a file of its own, so that it
    /// can be backed up, and replaced by another.
    ///
    /// # Errors
    ///
    /// When the file can be neither read nor written.
    pub fn audit_key(&self) -> miette::Result<String> {
        let name = "audit.key";
        let path = self.path.join(name);
        if !path.exists() {
            self.write_once(name, &random_text())?;
        }
        let text = fs::read_to_string(&path)
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot read {}", path.display()))?;
        Ok(text.trim().to_owned())
    }

    /// Notes that the databases are those of a backup, for the next start.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub(crate) fn note_restore(&self) -> miette::Result<()> {
        write_private_file(&self.restored(), "").into_diagnostic()
    }

    /// The file that says so. Whoever has told the components removes it.
    pub(crate) fn restored(&self) -> PathBuf {
        self.path.join("restored")
    }

    /// Writes a file that only its owner can read, unless another process was faster:
    /// then its file counts.
    fn write_once(&self, name: &str, text: &str) -> miette::Result<()> {
        let path = self.path.join(name);
        let draft = self
            .path
            .join(format!("{name}.{}.draft", std::process::id()));
        let written =
            write_private_file(&draft, text).and_then(|()| match fs::hard_link(&draft, &path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
                other => other,
            });
        let _ = fs::remove_file(&draft);
        written
            .into_diagnostic()
            .wrap_err_with(|| format!("cannot write {}", path.display()))
    }
}

/// What only this installation knows.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// Signs the users' tokens.
    pub jwt_secret: String,
    /// What the sidecar shows when it calls the app.
    pub app_api_token: String,
    /// What whoever calls the sidecar must show.
    pub dapr_api_token: String,
    /// What the app and the GRIP proxy sign with: made anew for each run, unless the
    /// environment gives one.
    #[serde(skip, default = "random_text")]
    pub grip_key: String,
}

impl Secrets {
    fn generate() -> Self {
        Self {
            jwt_secret: random_text(),
            app_api_token: random_text(),
            dapr_api_token: random_text(),
            grip_key: random_text(),
        }
    }

    /// The same, with what the environment gives: `DAPR_API_TOKEN` and
    /// `APP_API_TOKEN`, as daprd takes them, and `GRIP_KEY`.
    #[must_use]
    pub fn with_environment(mut self) -> Self {
        let given = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        if let Some(token) = given("DAPR_API_TOKEN") {
            self.dapr_api_token = token;
        }
        if let Some(token) = given("APP_API_TOKEN") {
            self.app_api_token = token;
        }
        if let Some(key) = given("GRIP_KEY") {
            self.grip_key = key;
        }
        self
    }
}

/// 32 random bytes as text.
fn random_text() -> String {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn read_secrets(path: &Path) -> miette::Result<Option<Secrets>> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(error)
                .into_diagnostic()
                .wrap_err_with(|| format!("cannot read {}", path.display()));
        }
    };
    // The reader's own message would quote the file.
    toml::from_str(&text).map(Some).map_err(|_| {
        miette!(
            help = "Restore it from a copy, or remove it: new secrets are made, and old tokens are void.",
            "{} is damaged",
            path.display()
        )
    })
}

/// Makes a folder that only its owner can look into.
///
/// # Errors
///
/// When it cannot be made.
pub fn make_private_folder(path: &Path) -> miette::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .into_diagnostic()
        .wrap_err_with(|| format!("cannot make the folder {}", path.display()))
}

/// Writes a file that only its owner can read, durably.
pub(crate) fn write_private_file(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("state")).unwrap();
        let first = state.secrets().unwrap();
        let second = state.secrets().unwrap();
        assert_eq!(first.jwt_secret, second.jwt_secret);
        assert_ne!(first.jwt_secret, first.app_api_token);
        assert_eq!(first.dapr_api_token.len(), 43);
    }

    #[test]
    fn the_audits_key_is_made_once_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let first = state.audit_key().unwrap();
        duebell_chain::SigningKey::parse(&first).unwrap();
        assert_eq!(state.audit_key().unwrap(), first);
        // Whoever rotates it puts another there, with a line's end or without.
        fs::write(folder.path().join("audit.key"), "another\n").unwrap();
        assert_eq!(state.audit_key().unwrap(), "another");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_can_read_them() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(&folder.path().join("state")).unwrap();
        state.secrets().unwrap();
        state.audit_key().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(state.path()), 0o700);
        assert_eq!(mode(&state.path().join("secrets.toml")), 0o600);
        assert_eq!(mode(&state.path().join("audit.key")), 0o600);
    }

    #[test]
    fn a_second_process_is_told_who_has_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        let held = state.lock().unwrap();
        let error = state.lock().unwrap_err().to_string();
        assert!(
            error.ends_with(&format!("is in use by process {}", std::process::id())),
            "{error}"
        );
        drop(held);
        state.lock().unwrap();
    }

    #[test]
    fn damaged_secrets_are_not_quoted() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateFolder::open(folder.path()).unwrap();
        fs::write(folder.path().join("secrets.toml"), "jwt_secret = \"abc\"").unwrap();
        let error = format!("{:?}", state.secrets().err().unwrap());
        assert!(error.contains("is damaged"));
        assert!(!error.contains("abc"));
    }
}
