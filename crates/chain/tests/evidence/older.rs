//! An export that is held against an older one.

use crate::service::{Service, entry, examine, read, trusting, usual};
use duebell_chain::{Evidence, Flaw, OlderFlaw, Unverified, Verified};
use serde_json::Value;

fn since(service: &Service, older: &[Value]) -> Evidence {
    let mut evidence = trusting(service);
    let older = read(older).unwrap();
    evidence.older.push(("older.ndjson".to_owned(), older));
    evidence
}

fn flaw(evidence: &Evidence, lines: &[Value]) -> OlderFlaw {
    match examine(evidence, lines).unwrap_err() {
        Flaw::Older { name, what } => {
            assert_eq!(name, "older.ndjson");
            what
        }
        other => panic!("{other}"),
    }
}

#[test]
fn it_goes_on_from_an_older_one() {
    let mut service = usual();
    let older = service.export(2);
    service.append(2, 2).checkpoint();
    let findings = examine(&since(&service, &older), &service.export(2)).unwrap();
    let goes_on = Verified::GoesOn("older.ndjson".to_owned());
    assert!(findings.verified.contains(&goes_on));
    assert!(findings.verified.contains(&Verified::Links(1, 2)));
    assert_eq!(findings.unverified, []);
    // The same one twice is one that goes on, too.
    examine(&since(&service, &older), &older).unwrap();
}

#[test]
fn one_that_was_replaced_by_an_older_is_found_with_no_key_at_all() {
    let mut service = usual();
    let older = service.export(2);
    service.append(2, 2);
    let mut evidence = since(&service, &service.export(2));
    evidence.keys = None;
    assert_eq!(
        flaw(&evidence, &older),
        OlderFlaw::Shorter {
            entries: 7,
            older: 9
        }
    );
}

#[test]
fn the_first_entry_that_was_rewritten_is_named() {
    let service = usual();
    let older = service.export(2);
    for from in 0..7_usize {
        let mut lines = older[..7].to_vec();
        for at in from..7_usize {
            let before = at.checked_sub(1).map(|before| lines[before].clone());
            lines[at] = entry(before.as_ref(), "forged");
        }
        assert_eq!(
            flaw(&since(&service, &older), &lines),
            OlderFlaw::Rewritten {
                entry: from as u64 + 1
            }
        );
    }
}

#[test]
fn another_users_export_is_not_an_older_one() {
    let service = usual();
    assert_eq!(
        flaw(&since(&service, &service.export(3)), &service.export(2)),
        OlderFlaw::OtherChain
    );
}

#[test]
fn pages_do_not_name_the_chain() {
    let service = usual();
    let older = service.export(2);
    let findings = examine(&since(&service, &older[..5]), &older).unwrap();
    let chain = Unverified::ChainOf("older.ndjson".to_owned());
    assert!(findings.unverified.contains(&chain));
}
