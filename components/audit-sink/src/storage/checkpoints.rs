//! The checkpoints, and who is making the next one.

use duebell_store::{Db, Error, Row, Tx};

/// What checkpoints need, for a migration.
pub(super) const TABLES: &[&str] = &[
    // Chains get an id that says nothing of their users, and outlives their names.
    "ALTER TABLE chains ADD COLUMN chain_id TEXT NOT NULL DEFAULT ''",
    "UPDATE chains SET chain_id = lower(hex(randomblob(16)))",
    "CREATE UNIQUE INDEX chains_by_id ON chains (chain_id)",
    // How many entries were ever appended to chains that checkpoints cover: whether
    // there is something new since the last one.
    "CREATE TABLE appended (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        entries INTEGER NOT NULL
    )",
    "INSERT INTO appended (one, entries) SELECT 1, coalesce(sum(number), 0) FROM chains",
    // `signed` is the checkpoint as JSON, `entries` what `appended` was then.
    "CREATE TABLE checkpoints (
        number INTEGER PRIMARY KEY,
        made_at INTEGER NOT NULL,
        chains INTEGER NOT NULL,
        tree TEXT NOT NULL,
        entries INTEGER NOT NULL,
        signed TEXT NOT NULL
    )",
    "CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints BEGIN
        SELECT RAISE(ABORT, 'constraint failed: checkpoints are append-only');
    END",
    "CREATE TRIGGER checkpoints_do_not_change BEFORE UPDATE ON checkpoints BEGIN
        SELECT RAISE(ABORT, 'constraint failed: checkpoints are append-only');
    END",
    "CREATE TABLE checkpoint_keys (
        key_id TEXT PRIMARY KEY,
        jwk TEXT NOT NULL
    ) WITHOUT ROWID",
    // Who is making the next one: one at a time, until a time.
    "CREATE TABLE checkpoint_claim (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        tree TEXT NOT NULL,
        expires_at INTEGER NOT NULL
    )",
    // Trees in parts of the same number of leaves: see `trees`.
    "CREATE TABLE tree_parts (
        number INTEGER PRIMARY KEY,
        tree TEXT NOT NULL,
        part INTEGER NOT NULL,
        first_chain TEXT NOT NULL,
        root BLOB NOT NULL,
        leaves BLOB NOT NULL,
        UNIQUE (tree, part)
    )",
];

/// A checkpoint as it is kept. Times are milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    pub(crate) number: i64,
    pub(crate) made_at: i64,
    /// The leaves of its tree.
    pub(crate) chains: i64,
    /// The id of its tree.
    pub(crate) tree: String,
    /// How many entries had been appended.
    pub(crate) entries: i64,
    /// The checkpoint itself, as JSON.
    pub(crate) signed: String,
}

/// What a new head of some chain makes known.
///
/// # Errors
/// The database's.
pub(super) async fn count(tx: &Tx<'_>, entries: usize) -> Result<(), Error> {
    if entries == 0 {
        return Ok(());
    }
    let entries = i64::try_from(entries).unwrap_or(i64::MAX);
    tx.execute(
        "UPDATE appended SET entries = entries + ?1",
        [entries.into()],
    )
    .await
}

/// How many entries have been appended to the chains that checkpoints cover.
///
/// # Errors
/// The database's.
pub(crate) async fn appended(db: &Db<'_>) -> Result<i64, Error> {
    let row = db.first("SELECT entries FROM appended", []).await?;
    row.map_or(Ok(0), |row| row.integer(0))
}

/// The latest checkpoint.
///
/// # Errors
/// The database's.
pub(crate) async fn latest(db: &Db<'_>) -> Result<Option<Kept>, Error> {
    Ok(before(db, i64::MAX, 1).await?.into_iter().next())
}

/// Checkpoints with numbers smaller than this, the latest first.
///
/// # Errors
/// The database's.
pub(crate) async fn before(db: &Db<'_>, number: i64, most: usize) -> Result<Vec<Kept>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = db
        .query(
            "SELECT number, made_at, chains, tree, entries, signed FROM checkpoints
             WHERE number < ?1 ORDER BY number DESC LIMIT ?2",
            [number.into(), most.into()],
        )
        .await?;
    rows.iter().map(kept).collect()
}

fn kept(row: &Row) -> Result<Kept, Error> {
    Ok(Kept {
        number: row.integer(0)?,
        made_at: row.integer(1)?,
        chains: row.integer(2)?,
        tree: row.text(3)?.to_owned(),
        entries: row.integer(4)?,
        signed: row.text(5)?.to_owned(),
    })
}

/// Takes the making of the next checkpoint upon itself, with this new tree. False:
/// somebody else has. A claim that ends later than this one would is one of a clock that
/// was set back, and holds nobody up.
///
/// # Errors
/// The database's.
pub(crate) async fn claim(
    tx: &Tx<'_>,
    tree: &str,
    now: i64,
    expires_at: i64,
) -> Result<bool, Error> {
    let claimed = tx
        .query(
            "INSERT INTO checkpoint_claim (one, tree, expires_at) VALUES (1, ?1, ?3)
             ON CONFLICT (one) DO UPDATE SET tree = excluded.tree, expires_at = excluded.expires_at
             WHERE checkpoint_claim.expires_at <= ?2 OR checkpoint_claim.expires_at > ?3
             RETURNING 1",
            [tree.into(), now.into(), expires_at.into()],
        )
        .await?;
    Ok(!claimed.is_empty())
}

/// Ends a claim. False: it was somebody else's by now.
///
/// # Errors
/// The database's.
pub(crate) async fn end_claim(tx: &Tx<'_>, tree: &str) -> Result<bool, Error> {
    let ended = tx
        .query(
            "DELETE FROM checkpoint_claim WHERE tree = ?1 RETURNING 1",
            [tree.into()],
        )
        .await?;
    Ok(!ended.is_empty())
}

/// Keeps a checkpoint.
///
/// # Errors
/// The database's; also if there is one of this number.
pub(crate) async fn keep(tx: &Tx<'_>, checkpoint: &Kept) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO checkpoints (number, made_at, chains, tree, entries, signed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        [
            checkpoint.number.into(),
            checkpoint.made_at.into(),
            checkpoint.chains.into(),
            (&checkpoint.tree).into(),
            checkpoint.entries.into(),
            (&checkpoint.signed).into(),
        ],
    )
    .await
}

/// Keeps the public half of a key that has signed, for whoever verifies later.
///
/// # Errors
/// The database's.
pub(crate) async fn keep_key(tx: &Tx<'_>, key_id: &str, jwk: &str) -> Result<(), Error> {
    tx.execute(
        "INSERT INTO checkpoint_keys (key_id, jwk) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
        [key_id.into(), jwk.into()],
    )
    .await
}

/// The keys that have signed, as JWKs, by their ids.
///
/// # Errors
/// The database's.
pub(crate) async fn keys(db: &Db<'_>) -> Result<Vec<(String, String)>, Error> {
    let rows = db
        .query(
            "SELECT key_id, jwk FROM checkpoint_keys ORDER BY key_id",
            [],
        )
        .await?;
    rows.iter()
        .map(|row| Ok((row.text(0)?.to_owned(), row.text(1)?.to_owned())))
        .collect()
}
