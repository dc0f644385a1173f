//! Ports that nobody else is given.

use std::{
    fs::File,
    net::TcpListener,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Below those that the system gives out by chance, so that a port is still free after a
/// kill.
const FIRST: u32 = 10_240;

/// How many ports a test process has for itself.
const BLOCK: u32 = 2_000;

/// How many test processes can be at once.
const BLOCKS: u32 = 11;

/// A port that nobody listens on, and that no other test process is given.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    static OWN: OnceLock<(u32, File)> = OnceLock::new();
    let (first, _) = OWN.get_or_init(claim);
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(first + next % BLOCK).unwrap();
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// A block of ports, as long as its file is locked: until this process ends.
fn claim() -> (u32, File) {
    for block in 0..BLOCKS {
        let path = std::env::temp_dir().join(format!("duebell-ports-{block}.lock"));
        let file = File::create(path).unwrap();
        if file.try_lock().is_ok() {
            return (FIRST + block * BLOCK, file);
        }
    }
    panic!("{BLOCKS} test processes are at it already");
}
