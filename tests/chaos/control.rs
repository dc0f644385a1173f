//! What the processes under test find of their disk and their clock: see interpose.c.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

/// The fields of the control file, each of eight bytes.
#[derive(Clone, Copy)]
enum Slot {
    ClockOffset = 0,
    DiskFull = 1,
    DiskSlow = 2,
    MetFull = 3,
    MetSlow = 4,
    MetClock = 5,
}

/// Disk and clock of the processes under test.
#[derive(Clone)]
pub(crate) struct Control {
    file: Arc<File>,
    path: PathBuf,
    library: PathBuf,
    offset: Arc<AtomicI64>,
}

impl Control {
    /// Builds what is preloaded, and has all as it is without.
    pub(crate) fn make(folder: &Path) -> Self {
        let library = folder.join("interpose.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/chaos/interpose.c");
        let mut compiler = Command::new("cc");
        compiler
            .args([
                "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o",
            ])
            .args([&library, &source])
            .arg("-ldl");
        let built = compiler
            .output()
            .unwrap_or_else(|error| panic!("the suite needs a C compiler: cc: {error}"));
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "{said}");
        let path = folder.join("control");
        let file = File::create_new(&path).unwrap();
        file.write_all_at(&[0; 4096], 0).unwrap();
        // To be read as well.
        let file = File::options().read(true).write(true).open(&path).unwrap();
        Self {
            file: Arc::new(file),
            path,
            library,
            offset: Arc::default(),
        }
    }

    /// What puts a process under it; its disk faults are about the state folder.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let pair = |name: &str, path: &Path| (name.to_owned(), path.display().to_string());
        vec![
            pair("LD_PRELOAD", &self.library),
            pair("DUEBELL_CHAOS_CONTROL", &self.path),
            pair("DUEBELL_CHAOS_FOLDER", Path::new("{state}")),
        ]
    }

    /// How far the clock is from the real one, in milliseconds.
    pub(crate) fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    pub(crate) fn set_clock(&self, offset: i64) {
        self.offset.store(offset, Ordering::Relaxed);
        self.write(Slot::ClockOffset, offset);
    }

    pub(crate) fn set_disk_full(&self, full: bool) {
        self.write(Slot::DiskFull, full.into());
    }

    /// Each flush takes this much longer, in microseconds.
    pub(crate) fn set_disk_slow(&self, by: i64) {
        self.write(Slot::DiskSlow, by);
    }

    /// How often a write was refused so far.
    pub(crate) fn met_full(&self) -> i64 {
        self.read(Slot::MetFull)
    }

    /// How often a flush was slow so far.
    pub(crate) fn met_slow(&self) -> i64 {
        self.read(Slot::MetSlow)
    }

    /// How often a clock that is set told the time so far.
    pub(crate) fn met_clock(&self) -> i64 {
        self.read(Slot::MetClock)
    }

    fn write(&self, slot: Slot, value: i64) {
        let at = slot as u64 * 8;
        self.file.write_all_at(&value.to_ne_bytes(), at).unwrap();
    }

    fn read(&self, slot: Slot) -> i64 {
        let mut bytes = [0; 8];
        self.file
            .read_exact_at(&mut bytes, slot as u64 * 8)
            .unwrap();
        i64::from_ne_bytes(bytes)
    }
}
