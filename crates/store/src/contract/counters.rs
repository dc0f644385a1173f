//! Counters.

use super::{Case, Failed, Open, same};
use crate::counters::{self, Counts};

fn counts(of: &[(&'static str, &str, i64)]) -> Counts {
    of.iter()
        .map(|(name, labels, count)| ((*name, (*labels).to_owned()), *count))
        .collect()
}

pub(super) async fn counters_add_up_over_all_instances(open: Open<'_>) -> Case {
    let (one, other) = (open(), open());
    let first = counts(&[("bells", "tower=\"a\"", 2), ("rings", "", 1)]);
    let second = counts(&[("bells", "tower=\"a\"", 3), ("bells", "tower=\"b\"", 1)]);
    one.write(async |tx| counters::add(tx, &first).await)
        .await?;
    other
        .write(async |tx| counters::add(tx, &second).await)
        .await?;
    other
        .write(async |tx| counters::add(tx, &Counts::new()).await)
        .await?;
    let all = one.read(async |db| counters::all(db).await).await?;
    let all: Vec<(&str, &str, i64)> = all
        .iter()
        .map(|counter| {
            (
                counter.name.as_str(),
                counter.labels.as_str(),
                counter.value,
            )
        })
        .collect();
    same(
        "counters",
        all,
        vec![
            ("bells", "tower=\"a\"", 5),
            ("bells", "tower=\"b\"", 1),
            ("rings", "", 1),
        ],
    )
}

pub(super) async fn what_is_not_committed_is_not_counted(open: Open<'_>) -> Case {
    let store = open();
    let failed: Result<(), Failed> = store
        .write(async |tx| {
            counters::add(tx, &counts(&[("bells", "", 1)])).await?;
            Err(Failed("on purpose".to_owned()))
        })
        .await;
    same("the failure", failed.is_err(), true)?;
    let all = store.read(async |db| counters::all(db).await).await?;
    same("counters", all, Vec::new())
}
