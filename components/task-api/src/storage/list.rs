//! Lists of tasks: filters, order, and where a page goes on.

use super::tasks::{COLUMNS, rank, read};
use chrono::{DateTime, Utc};
use duebell_events::Priority;
use duebell_store::{Db, Dialect, Error, Value};
use duebell_tasks::Task;
use serde::{Deserialize, Serialize};

/// Which of a user's tasks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// Only completed, or only open ones.
    pub(crate) completed: Option<bool>,
    /// Only of this priority.
    pub(crate) priority: Option<Priority>,
    /// Only with this tag.
    pub(crate) tag: Option<String>,
    /// Only due before this time.
    pub(crate) due_before: Option<DateTime<Utc>>,
    /// Only due after this time.
    pub(crate) due_after: Option<DateTime<Utc>>,
}

/// What a list is sorted by; tasks that are equal in it are sorted by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// When it was created.
    CreatedAt,
    /// When it was changed last.
    UpdatedAt,
    /// When it is due; tasks without a due date come last, or first if
    /// descending.
    DueDate,
    /// Its priority, low first.
    Priority,
}

impl Key {
    fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "created_at",
            Self::UpdatedAt => "updated_at",
            Self::DueDate => "coalesce(due_at, 9223372036854775807)",
            Self::Priority => "priority",
        }
    }

    fn of(self, task: &Task) -> i64 {
        match self {
            Self::CreatedAt => task.created_at.timestamp_millis(),
            Self::UpdatedAt => task.updated_at.timestamp_millis(),
            Self::DueDate => task.due_date.map_or(i64::MAX, |at| at.timestamp_millis()),
            Self::Priority => rank(task.priority),
        }
    }
}

/// A list's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// By what.
    pub(crate) key: Key,
    /// The greatest first.
    pub(crate) descending: bool,
}

/// The last task of a page: the next page begins after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    key: i64,
    id: i64,
}

/// A page, and where the next one begins, if there is one.
pub(crate) struct Page {
    /// The tasks.
    pub(crate) tasks: Vec<Task>,
    /// Where the next page begins.
    pub(crate) next: Option<Position>,
}

/// A page of a user's tasks.
///
/// # Errors
/// The database's.
pub(crate) async fn page(
    db: &Db<'_>,
    user_id: &str,
    filter: &Filter,
    order: Order,
    after: Option<Position>,
    limit: usize,
) -> Result<Page, Error> {
    let mut conditions = String::from("user_id = ? AND deleted_at IS NULL");
    let mut parameters: Vec<Value> = vec![user_id.into()];
    let mut add = |condition: &str, values: &[Value]| {
        conditions.push_str(" AND ");
        conditions.push_str(condition);
        parameters.extend_from_slice(values);
    };
    if let Some(completed) = filter.completed {
        add("completed = ?", &[completed.into()]);
    }
    if let Some(priority) = filter.priority {
        add("priority = ?", &[rank(priority).into()]);
    }
    if let Some(tag) = &filter.tag {
        let has_it = match db.dialect() {
            Dialect::Sqlite => "EXISTS (SELECT 1 FROM json_each(tags) WHERE value = ?)",
            Dialect::Postgres => "tags::jsonb @> to_jsonb(?)",
        };
        add(has_it, &[tag.into()]);
    }
    if let Some(before) = filter.due_before {
        add("due_at < ?", &[before.timestamp_millis().into()]);
    }
    if let Some(after) = filter.due_after {
        add("due_at > ?", &[after.timestamp_millis().into()]);
    }
    let (column, comparison, direction) = if order.descending {
        (order.key.column(), "<", "DESC")
    } else {
        (order.key.column(), ">", "ASC")
    };
    if let Some(position) = after {
        add(
            &format!("({column}, id) {comparison} (?, ?)"),
            &[position.key.into(), position.id.into()],
        );
    }
    // One more than asked for tells whether there is a next page.
    parameters.push(
        i64::try_from(limit.saturating_add(1))
            .unwrap_or(i64::MAX)
            .into(),
    );
    let statement = format!(
        "SELECT {COLUMNS} FROM tasks WHERE {conditions} ORDER BY {column} {direction}, id {direction} LIMIT ?"
    );
    let mut tasks = db
        .query(&statement, parameters)
        .await?
        .iter()
        .map(read)
        .collect::<Result<Vec<Task>, Error>>()?;
    let more = tasks.len() > limit;
    tasks.truncate(limit);
    let next = tasks.last().filter(|_| more).map(|task| Position {
        key: order.key.of(task),
        id: task.id.get(),
    });
    Ok(Page { tasks, next })
}
