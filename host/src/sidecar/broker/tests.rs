use std::sync::Arc;
use std::time::Duration;

use super::log::PARTITIONS;
use super::{Broker, BrokerError, NewRecord, Retention};

fn record(key: &str, value: &str) -> NewRecord {
    NewRecord {
        key: Some(key.to_owned().into()),
        value: value.to_owned().into(),
        ..NewRecord::default()
    }
}

async fn values(broker: &Broker, topic: &str, key: &str, from: i64, count: usize) -> Vec<String> {
    let topic = broker.topic(topic).await.unwrap();
    let partition = super::partitioner::of_key(key.as_bytes(), PARTITIONS);
    let mut values = Vec::new();
    let mut next = from;
    while values.len() < count {
        for record in broker.fetch(&topic, partition, next, 100).await.unwrap() {
            assert!(record.offset >= next);
            next = record.offset + 1;
            values.push(String::from_utf8(record.value.to_vec()).unwrap());
        }
    }
    values
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    for n in 0..50 {
        broker
            .append("t", vec![record("k", &n.to_string())])
            .await
            .unwrap();
    }
    // What is on disk while the writer lives is what a kill would leave.
    for file in ["broker.db", "broker.db-wal"] {
        std::fs::copy(dir.path().join(file), copy.path().join(file)).unwrap();
    }
    let again = Broker::open(copy.path(), Retention::default())
        .await
        .unwrap();
    let expected: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    assert_eq!(values(&again, "t", "k", 0, 50).await, expected);
    again.append("t", vec![record("k", "next")]).await.unwrap();
    assert_eq!(
        values(&again, "t", "k", 50, 1).await,
        ["next"],
        "offsets go on without a gap"
    );
}

#[tokio::test]
async fn a_late_reader_gets_what_is_no_longer_in_memory() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    for start in (0..5_000).step_by(500) {
        let records = (start..start + 500)
            .map(|n| record("k", &n.to_string()))
            .collect();
        broker.append("t", records).await.unwrap();
    }
    let expected: Vec<String> = (0..5_000).map(|n| n.to_string()).collect();
    assert_eq!(values(&broker, "t", "k", 0, 5_000).await, expected);
}

#[tokio::test]
async fn retention_deletes_the_oldest_in_steps_and_offsets_stay() {
    let dir = tempfile::tempdir().unwrap();
    let retention = Retention {
        age: Duration::from_secs(3600),
        topic_bytes: 100_000,
        every: Duration::from_millis(100),
    };
    let broker = Broker::open(dir.path(), retention).await.unwrap();
    let value = "x".repeat(1_000);
    for _ in 0..5 {
        let records = (0..100).map(|_| record("k", &value)).collect();
        broker.append("t", records).await.unwrap();
    }
    let topic = broker.topic("t").await.unwrap();
    let partition = super::partitioner::of_key(b"k", PARTITIONS);
    let first = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let first = broker.fetch(&topic, partition, 0, 1).await.unwrap()[0].offset;
            if first >= 400 {
                return first;
            }
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert!((400..=405).contains(&first), "{first}");
    broker.append("t", vec![record("k", "last")]).await.unwrap();
    assert_eq!(values(&broker, "t", "k", 500, 1).await, ["last"]);
    broker.close().await;
    drop(broker);
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    broker
        .append("t", vec![record("k", "after")])
        .await
        .unwrap();
    assert_eq!(values(&broker, "t", "k", 501, 1).await, ["after"]);
}

#[tokio::test]
async fn a_group_knows_where_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let group: Arc<str> = Arc::from("g");
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    broker
        .append("t", vec![record("k", "0"), record("k", "1")])
        .await
        .unwrap();
    let topic = broker.topic("t").await.unwrap();
    let partition = super::partitioner::of_key(b"k", PARTITIONS);
    assert_eq!(
        broker
            .position(&group, &topic, partition, true)
            .await
            .unwrap(),
        0
    );
    broker.commit(&group, &topic, partition, 1);
    assert_eq!(
        broker
            .position(&Arc::from("new"), &topic, partition, false)
            .await
            .unwrap(),
        2
    );
    broker.close().await;
    drop(broker);
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    let topic = broker.topic("t").await.unwrap();
    assert_eq!(
        broker
            .position(&group, &topic, partition, true)
            .await
            .unwrap(),
        1
    );
    assert_eq!(
        broker
            .position(&Arc::from("new"), &topic, partition, true)
            .await
            .unwrap(),
        2,
        "a new group's place is remembered"
    );
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    for name in ["", ".", "..", "a b", "ü", &"x".repeat(250)] {
        assert!(
            matches!(
                broker.append(name, vec![record("k", "v")]).await,
                Err(BrokerError::TopicName(_))
            ),
            "{name}"
        );
    }
    let large = "x".repeat(1024 * 1024);
    assert!(matches!(
        broker.append("t", vec![record("k", &large)]).await,
        Err(BrokerError::TooLarge(..))
    ));
    let nowhere = NewRecord {
        partition: Some(9),
        ..record("k", "v")
    };
    assert!(matches!(
        broker.append("t", vec![record("k", "v"), nowhere]).await,
        Err(BrokerError::NoSuchPartition(9, PARTITIONS))
    ));
    broker
        .append("t", vec![record("k", "first")])
        .await
        .unwrap();
    assert_eq!(
        values(&broker, "t", "k", 0, 1).await,
        ["first"],
        "all or none"
    );
}

#[tokio::test]
async fn records_without_a_key_go_round() {
    let dir = tempfile::tempdir().unwrap();
    let broker = Broker::open(dir.path(), Retention::default())
        .await
        .unwrap();
    let records = (0..8).map(|_| NewRecord::default()).collect();
    broker.append("t", records).await.unwrap();
    let topic = broker.topic("t").await.unwrap();
    for partition in 0..PARTITIONS {
        let records = broker.fetch(&topic, partition, 0, 10).await.unwrap();
        assert_eq!(records.len(), 8 / PARTITIONS as usize);
    }
}
