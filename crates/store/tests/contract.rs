//! The backends' contract, over rusqlite; and what only threads can show.

use duebell_store::{Error, Store, contract, native::SqliteFile};
use futures::executor::block_on;

#[test]
fn rusqlite_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("contract.db");
    let open = || Store::new(SqliteFile::new(path.clone()), contract::MIGRATIONS);
    let verdicts = block_on(contract::run(&open));
    let failed: Vec<_> = verdicts
        .iter()
        .filter(|verdict| verdict.failure.is_some())
        .collect();
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(verdicts.len() >= 22, "only {} cases ran", verdicts.len());
}

#[test]
fn instances_that_start_at_once_migrate_once_and_lose_no_write() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("threads.db");
    let instances: Vec<_> = (0..8)
        .map(|_| {
            let path = path.clone();
            std::thread::spawn(move || {
                let store = Store::new(SqliteFile::new(path), contract::MIGRATIONS);
                for _ in 0..25 {
                    block_on(store.write(async |tx| {
                        tx.execute(
                            "INSERT INTO tallies VALUES ('rings', 1)
                             ON CONFLICT (name) DO UPDATE SET count = count + 1",
                            [],
                        )
                        .await
                    }))
                    .unwrap();
                }
            })
        })
        .collect();
    for instance in instances {
        instance.join().unwrap();
    }
    let store = Store::new(SqliteFile::new(path), contract::MIGRATIONS);
    let count = block_on(store.read(async |db| db.first("SELECT count FROM tallies", []).await))
        .and_then(|row| row.ok_or(Error::Busy)?.integer(0));
    assert_eq!(count, Ok(200));
}
