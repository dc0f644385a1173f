//! The jobs' file: its table, and what is read from it and written to it.

use std::collections::HashSet;
use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::job::{FailurePolicy, Job};
use super::plan::Plan;
use super::ticks::State;
use super::{Due, Scheduled};
use crate::sidecar::database;

const TABLES: &str = "
CREATE TABLE IF NOT EXISTS jobs (
    -- Of this version of the job: one that is overwritten gets a new id, and no id is
    -- ever used again, so that the result of an old callback finds nothing.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    -- As it was asked for.
    schedule TEXT,
    repeats INTEGER,
    due_time TEXT,
    ttl TEXT,
    data TEXT,
    failure_policy TEXT NOT NULL,
    -- How far it is. Times are in milliseconds since 1970.
    expires INTEGER,
    tick INTEGER NOT NULL,
    next INTEGER NOT NULL,
    count INTEGER NOT NULL,
    attempts INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_next ON jobs (next);
";

/// The version of the table above (`user_version`).
const VERSION: i64 = 1;

/// Opens the file for its one writer, and makes the table.
pub(super) fn open(path: &Path) -> rusqlite::Result<Connection> {
    database::open_writer(path, TABLES, VERSION)
}

/// Schedules a job, in place of one of that name if that is wanted.
pub(super) fn schedule(
    transaction: &Transaction<'_>,
    name: &str,
    plan: &Plan,
    overwrite: bool,
) -> rusqlite::Result<Scheduled> {
    let exists: Option<i64> = transaction
        .prepare_cached("SELECT id FROM jobs WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    if exists.is_some() && !overwrite {
        return Ok(Scheduled::Exists);
    }
    if exists.is_some() {
        delete(transaction, name)?;
    }
    let (Plan { job, expires, .. }, Some(state)) = (plan, plan.first) else {
        return Ok(Scheduled::Yes); // It is over before it begins.
    };
    transaction
        .prepare_cached(
            "INSERT INTO jobs (name, schedule, repeats, due_time, ttl, data, failure_policy,
                               expires, tick, next, count, attempts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            name,
            job.schedule,
            job.repeats,
            job.due_time,
            job.ttl,
            job.data,
            job.failure_policy.to_json().to_string(),
            expires,
            state.tick,
            state.next,
            state.count,
            state.attempts,
        ])?;
    Ok(Scheduled::Yes)
}

/// Deletes the job of that name, if there is one.
pub(super) fn delete(transaction: &Transaction<'_>, name: &str) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM jobs WHERE name = ?1")?
        .execute([name])?;
    Ok(())
}

/// Writes how far a job is now, or deletes it if it has no next tick. One that was
/// overwritten or deleted meanwhile is left alone.
pub(super) fn settle(
    transaction: &Transaction<'_>,
    id: i64,
    state: Option<State>,
) -> rusqlite::Result<()> {
    match state {
        Some(state) => transaction
            .prepare_cached(
                "UPDATE jobs SET tick = ?2, next = ?3, count = ?4, attempts = ?5 WHERE id = ?1",
            )?
            .execute(params![
                id,
                state.tick,
                state.next,
                state.count,
                state.attempts
            ])?,
        None => transaction
            .prepare_cached("DELETE FROM jobs WHERE id = ?1")?
            .execute([id])?,
    };
    Ok(())
}

/// The job of that name.
pub(super) fn get(connection: &Connection, name: &str) -> rusqlite::Result<Option<Job>> {
    connection
        .prepare_cached(
            "SELECT schedule, repeats, due_time, ttl, data, failure_policy FROM jobs WHERE name = ?1",
        )?
        .query_row([name], |row| {
            Ok(Job {
                schedule: row.get(0)?,
                repeats: row.get(1)?,
                due_time: row.get(2)?,
                ttl: row.get(3)?,
                data: row.get(4)?,
                failure_policy: policy(row, 5)?,
            })
        })
        .optional()
}

/// When the first job runs, if there is one.
pub(super) fn earliest(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT min(next) FROM jobs", [], |row| row.get(0))
}

/// Up to `limit` jobs that are due `now` and not in `out`, oldest first; and when the
/// first of the others runs.
pub(super) fn due(
    connection: &Connection,
    now: i64,
    limit: usize,
    out: &HashSet<i64>,
) -> rusqlite::Result<(Vec<Due>, Option<i64>)> {
    // The index alone answers this. What is out is among the oldest.
    let mut oldest =
        connection.prepare_cached("SELECT id, next FROM jobs ORDER BY next, id LIMIT ?1")?;
    let rows = i64::try_from(out.len().saturating_add(limit).saturating_add(1));
    let mut rows = oldest.query([rows.unwrap_or(i64::MAX)])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, next): (i64, i64) = (row.get(0)?, row.get(1)?);
        if out.contains(&id) {
            continue;
        }
        if next > now || due.len() == limit {
            return Ok((due, Some(next)));
        }
        due.push(load(connection, id)?);
    }
    Ok((due, None))
}

fn load(connection: &Connection, id: i64) -> rusqlite::Result<Due> {
    connection
        .prepare_cached(
            "SELECT name, schedule, repeats, expires, data, failure_policy, tick, next, count, attempts
             FROM jobs WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok(Due {
                id,
                name: row.get(0)?,
                schedule: row.get(1)?,
                repeats: row.get(2)?,
                expires: row.get(3)?,
                data: row.get(4)?,
                failure_policy: policy(row, 5)?,
                state: State {
                    tick: row.get(6)?,
                    next: row.get(7)?,
                    count: row.get(8)?,
                    attempts: row.get(9)?,
                },
            })
        })
}

fn policy(row: &Row<'_>, column: usize) -> rusqlite::Result<FailurePolicy> {
    let text: String = row.get(column)?;
    let policy = FailurePolicy::read(&text).map_err(|why| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, why.into())
    })?;
    Ok(policy.unwrap_or_default())
}
