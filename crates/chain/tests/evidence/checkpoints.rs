//! Checkpoints that are forged, of others, withheld, or contradict each other.

use crate::service::{Service, examine, key, noted, trusting, usual};
use duebell_chain::{CheckpointFlaw, Evidence, Flaw, Keys, Unverified, Verified};
use proptest::prelude::*;
use serde_json::{Value, json};

fn flaw(evidence: &Evidence, lines: &[Value]) -> (u64, CheckpointFlaw) {
    match examine(evidence, lines).unwrap_err() {
        Flaw::Checkpoint { number, what } => (number, what),
        other => panic!("{other}"),
    }
}

/// The export of a chain, and its last line.
fn export(service: &Service) -> (Vec<Value>, usize) {
    let lines = service.export(2);
    let last = lines.len() - 1;
    (lines, last)
}

#[test]
fn a_checkpoint_of_another_key_is_told() {
    let service = usual();
    let (lines, _) = export(&service);
    let evidence = Evidence {
        keys: Some(Keys::from(key(2).public())),
        ..Evidence::default()
    };
    let id = service.key.public().id();
    assert_eq!(flaw(&evidence, &lines), (1, CheckpointFlaw::UnknownKey(id)));
}

#[test]
fn after_a_rotation_both_keys_are_given() {
    let mut service = usual();
    service.key = key(2);
    service.append(2, 1).checkpoint();
    let mut evidence = trusting(&service);
    evidence.noted = noted(&[service.listed()]);
    let (lines, _) = export(&service);
    let old = key(1).public();
    assert_eq!(
        flaw(&evidence, &lines),
        (1, CheckpointFlaw::UnknownKey(old.id()))
    );
    evidence.keys.as_mut().unwrap().extend(old.into());
    let findings = examine(&evidence, &lines).unwrap();
    assert!(findings.verified.contains(&Verified::Signatures(2)));
    assert!(findings.verified.contains(&Verified::Links(1, 2)));
    assert_eq!(findings.unverified, []);
}

#[test]
fn a_checkpoint_that_was_changed_is_forged() {
    let service = usual();
    for (name, value) in [
        ("number", json!(2)),
        ("made_at", json!("2030-01-01T00:00:00.000Z")),
        ("chains", json!(6)),
        ("root", json!("0".repeat(64))),
        ("previous_hash", json!("1".repeat(64))),
        ("added", json!(true)),
        ("signature", json!("AAAA")),
    ] {
        let (mut lines, last) = export(&service);
        lines[last]["checkpoint"][name] = value;
        let (_, what) = flaw(&trusting(&service), &lines);
        assert_eq!(what, CheckpointFlaw::Forged, "{name}");
    }
}

#[test]
fn a_checkpoint_that_is_none_is_told() {
    let service = usual();
    for name in ["number", "made_at", "chains", "root", "key_id", "signature"] {
        let (mut lines, last) = export(&service);
        lines[last]["checkpoint"][name] = json!({});
        let (_, what) = flaw(&trusting(&service), &lines);
        assert!(matches!(what, CheckpointFlaw::Malformed(_)), "{name}");
    }
    let (mut lines, last) = export(&service);
    lines[last]["proof"] = json!({ "path": 3 });
    let (number, what) = flaw(&trusting(&service), &lines);
    assert_eq!(number, 1);
    assert!(matches!(what, CheckpointFlaw::Malformed(_)), "{what}");
}

#[test]
fn the_proof_of_another_chain_does_not_do() {
    let service = usual();
    let (mut lines, last) = export(&service);
    lines[last] = service.export(3).pop().unwrap();
    assert_eq!(
        flaw(&trusting(&service), &lines),
        (1, CheckpointFlaw::OtherChain)
    );
    // Nor does it under this chain's id.
    let (own, _) = export(&service);
    lines[last]["proof"]["chain_id"] = own[last]["proof"]["chain_id"].clone();
    assert_eq!(
        flaw(&trusting(&service), &lines),
        (1, CheckpointFlaw::NotIncluded)
    );
    // Nor with another's head beside it.
    lines[last] = service.export(3).pop().unwrap();
    lines[last - 1]["head"]["chain_id"] = lines[last]["proof"]["chain_id"].clone();
    assert_eq!(
        flaw(&trusting(&service), &lines),
        (1, CheckpointFlaw::Rewritten { entry: 5 })
    );
}

#[test]
fn an_export_with_fewer_entries_than_its_checkpoint_covers_is_an_older_one() {
    let mut before = Service::new();
    before.append(0, 1).append(1, 1).append(2, 2);
    let mut service = before.clone();
    service.append(2, 3).checkpoint();
    let (mut lines, last) = export(&before);
    lines[last] = service.export(2).pop().unwrap();
    assert_eq!(
        flaw(&trusting(&service), &lines),
        (
            1,
            CheckpointFlaw::Ahead {
                covered: 5,
                entries: 2
            }
        )
    );
}

#[test]
fn an_export_whose_checkpoint_is_older_than_a_noted_one_is_an_older_one() {
    let mut service = usual();
    let (older, _) = export(&service);
    service.checkpoint();
    let mut evidence = trusting(&service);
    evidence.noted = noted(&[service.listed()]);
    assert_eq!(
        flaw(&evidence, &older),
        (1, CheckpointFlaw::Outdated { newest: 2 })
    );
    let (newer, _) = export(&service);
    examine(&evidence, &newer).unwrap();
}

#[test]
fn an_export_from_before_the_first_checkpoint_is_an_older_one() {
    let mut service = Service::new();
    service.append(0, 1).append(1, 1).append(2, 2);
    let (older, _) = export(&service);
    service.checkpoint();
    let mut evidence = trusting(&service);
    assert_eq!(
        examine(&evidence, &older).unwrap().unverified,
        [Unverified::NoCheckpoint]
    );
    evidence.noted = noted(&[service.listed()]);
    assert_eq!(flaw(&evidence, &older), (1, CheckpointFlaw::Withheld));
}

#[test]
fn what_was_noted_with_its_proof_holds_the_chain() {
    let service = usual();
    let kept = service.export(2).pop().unwrap();
    let mut evidence = trusting(&service);
    evidence.noted = noted(&[kept]);
    // The same service, with another history, and its checkpoint signed anew.
    let mut other = Service::new();
    for chain in 0..5 {
        other.append(chain, chain + 1);
    }
    other.checkpoint().append(2, 4).checkpoint();
    let (lines, _) = export(&other);
    let (_, what) = flaw(&evidence, &lines);
    // Even before the chain is looked at: it is another checkpoint that 2 names.
    assert_eq!(what, CheckpointFlaw::BrokenLink);
    let (lines, _) = export(&service);
    examine(&evidence, &lines).unwrap();
}

#[test]
fn two_of_one_number_contradict_each_other() {
    let service = usual();
    let mut other = Service::new();
    for chain in 0..5 {
        other.append(chain, chain + 1);
    }
    other.checkpoint();
    let mut evidence = trusting(&service);
    evidence.noted = noted(&[other.listed()]);
    let (lines, _) = export(&service);
    assert_eq!(flaw(&evidence, &lines), (1, CheckpointFlaw::Contradicted));
}

#[test]
fn what_is_between_two_checkpoints_is_asked_for() {
    let mut service = usual();
    let first = service.listed();
    for _ in 0..2 {
        service.append(2, 1).checkpoint();
    }
    let (lines, _) = export(&service);
    let mut evidence = trusting(&service);
    evidence.noted = noted(&[first]);
    assert_eq!(
        examine(&evidence, &lines).unwrap().unverified,
        [Unverified::Links(1, 3)]
    );
    evidence.noted = noted(&[service.listed()]);
    let findings = examine(&evidence, &lines).unwrap();
    assert_eq!(findings.unverified, []);
    assert!(findings.verified.contains(&Verified::Links(1, 3)));
}

#[test]
fn without_a_key_nothing_is_said_of_signatures() {
    let service = usual();
    let (mut lines, last) = export(&service);
    lines[last]["checkpoint"]["signature"] = json!("AAAA");
    let findings = examine(&Evidence::default(), &lines).unwrap();
    assert!(findings.unverified.contains(&Unverified::Signatures));
}

#[test]
fn a_file_without_its_last_lines_says_nothing_of_the_end() {
    let service = usual();
    let (mut lines, last) = export(&service);
    lines.truncate(last - 1);
    let findings = examine(&trusting(&service), &lines).unwrap();
    assert_eq!(
        findings.unverified,
        [Unverified::End, Unverified::NoCheckpoint]
    );
}

#[test]
fn a_checkpoint_is_read_wherever_it_was_noted() {
    let service = usual();
    let listed = service.listed();
    let one = listed["items"][0].clone();
    let event = json!({ "event_type": "audit.checkpoint", "details": one });
    let envelope = json!({ "specversion": "1.0", "data": event });
    let entry = json!({ "number": 1, "event": event, "hash": "00" });
    for value in [
        one.clone(),
        json!([one]),
        listed,
        event.clone(),
        envelope,
        entry,
    ] {
        let mut evidence = trusting(&service);
        evidence.noted = noted(std::slice::from_ref(&value));
        let mut other = service.clone();
        other.key = key(2);
        let (lines, _) = export(&service);
        examine(&evidence, &lines).unwrap();
    }
    let nothing = duebell_chain::Noted::read([Ok::<_, String>(json!({ "items": [] }))]);
    assert!(nothing.is_err());
}

proptest! {
    /// Whatever single digit of the two last lines is changed, it is found.
    #[test]
    fn any_change_of_the_evidence_is_found(chains in 1_usize..12, at in any::<prop::sample::Index>()) {
        let mut service = Service::new();
        for chain in 0..chains {
            service.append(chain, 2);
        }
        service.checkpoint();
        let mut lines = service.export(chains - 1);
        let evidence = trusting(&service);
        prop_assert!(examine(&evidence, &lines).is_ok());
        let end = lines.split_off(lines.len() - 2);
        let text = end.iter().map(Value::to_string).collect::<Vec<_>>().join("\n");
        let places: Vec<usize> = text.match_indices(|letter: char| letter.is_ascii_digit()).map(|(at, _)| at).collect();
        let place = places[at.index(places.len())];
        let digit = if text.as_bytes()[place] == b'7' { "8" } else { "7" };
        let changed = format!("{}{digit}{}", &text[..place], &text[place + 1..]);
        for line in changed.lines() {
            lines.push(serde_json::from_str(line).unwrap());
        }
        prop_assert!(examine(&evidence, &lines).is_err(), "{changed}");
    }
}
