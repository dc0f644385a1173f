//! Keeping a new task, its reminders and their events, in one transaction.

use crate::{
    changes::{Context, Told, tell},
    reminders::{Reminders, add},
    storage::tasks::{Inserted, insert},
};
use duebell_edge::Failure;
use duebell_events::{TaskEventType, TaskUpdateAction};
use duebell_service::{Problem, random_u16};
use duebell_store::Tx;
use duebell_tasks::{ALL_FIELDS, Created, Task, TaskId};

/// How often an id is drawn. One in four thousand is taken where another was
/// drawn in the same millisecond.
const MOST_DRAWS: usize = 8;

/// What became of a new task.
pub(crate) enum Added {
    /// It is kept, with these reminders.
    Kept(Box<Task>, Reminders),
    /// The occurrence of its series was there.
    OccurrenceTaken,
}

/// A new task's id.
pub(crate) fn draw(context: &Context<'_>) -> TaskId {
    TaskId::generate(context.now, random_u16(context.entropy))
}

/// Keeps a new task and tells of it. `remake` makes the same task with another id,
/// should that be taken.
pub(crate) async fn add_task(
    tx: &Tx<'_>,
    context: &Context<'_>,
    new: Created,
    remake: impl Fn(TaskId) -> Result<Created, Failure>,
) -> Result<Added, Failure> {
    let mut new = new;
    for _ in 0..MOST_DRAWS {
        match insert(tx, &new.task).await? {
            Inserted::Yes => {}
            Inserted::IdTaken => {
                new = remake(draw(context))?;
                continue;
            }
            Inserted::OccurrenceTaken => return Ok(Added::OccurrenceTaken),
        }
        let Created { task, alarms } = new;
        let reminders = add(tx, context, &task, Vec::new(), alarms).await?;
        let told = Told {
            event: Some(TaskEventType::Created),
            action: TaskUpdateAction::Created,
            fields: ALL_FIELDS,
        };
        tell(tx, context, &task, &told, &reminders).await?;
        return Ok(Added::Kept(Box::new(task), reminders));
    }
    Err(Problem::busy(1).into())
}
