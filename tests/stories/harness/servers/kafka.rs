//! A Kafka broker: one KRaft node, from Maven Central.

use super::{cached, copy, run};
use crate::harness::{free_port, process::Process};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

const VERSION: &str = "4.1.0";

/// What Kafka is made of. (It logs through slf4j, which is silent without a binding.)
const POM: &str = r#"<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>duebell</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>VERSION</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"#;

/// Started often and not for long: no time is spent on making it fast.
const JAVA: [&str; 3] = ["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m"];

/// As many as the embedded broker has, whose records go to the same ones then.
const PARTITIONS: u32 = 2;

/// How often one looks whether it has started, or has ended.
const LOOK: Duration = Duration::from_millis(50);

/// A running broker.
pub(crate) struct Kafka {
    process: Process,
    port: u16,
    jars: PathBuf,
}

impl Kafka {
    /// Starts a broker with its data in this folder, and waits until it is ready.
    pub(crate) async fn start(folder: &Path) -> Self {
        let (jars, prepared) = tokio::task::spawn_blocking(|| {
            let jars = jars();
            let prepared = prepared(&jars);
            (jars, prepared)
        })
        .await
        .unwrap();
        let data = folder.join("kafka");
        let port = free_port();
        let properties = configured(&data, port);
        copy(&prepared.join(FORMATTED), &data.join(FORMATTED));
        let (own_jars, archive) = (jars.clone(), prepared.join(CLASSES));
        let mut kafka = Self {
            process: Process::start(folder.join("kafka.log"), move || {
                broker(&own_jars, "SharedArchiveFile", &archive, &properties)
            }),
            port,
            jars,
        };
        kafka.ready(1).await;
        kafka
    }

    /// Where it is.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How many messages the topics have whose names end like this.
    pub(crate) fn messages_in(&self, ending: &str) -> usize {
        let mut tool = java(&self.jars);
        tool.arg("org.apache.kafka.tools.GetOffsetShell")
            .args(["--bootstrap-server", &self.address()]);
        let printed = run("java", "Java 17 for Kafka", &mut tool);
        let offsets = printed.lines().filter_map(|line| {
            let (topic, partition_and_offset) = line.split_once(':')?;
            let (_, offset) = partition_and_offset.split_once(':')?;
            topic
                .ends_with(ending)
                .then(|| offset.parse::<usize>().ok())?
        });
        offsets.sum()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts again after [`Kafka::kill`], and waits until it is ready.
    pub(crate) async fn start_again(&mut self) {
        let before = starts(&self.process.printed());
        self.process.start_again();
        self.ready(before + 1).await;
    }

    async fn ready(&mut self, starts_wanted: usize) {
        loop {
            self.process.must_run();
            if starts(&self.process.printed()) >= starts_wanted {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

fn starts(log: &str) -> usize {
    log.matches("Kafka Server started").count()
}

fn jars() -> PathBuf {
    cached(&format!("kafka-{VERSION}"), |folder| {
        std::fs::write(folder.join("pom.xml"), POM.replace("VERSION", VERSION)).unwrap();
        let mut maven = Command::new("mvn");
        maven
            .args(["-q", "-B", "dependency:copy-dependencies"])
            .args(["-DincludeScope=runtime", "-DoutputDirectory=jars"])
            .current_dir(folder);
        run("mvn", "Maven and Java 17 for Kafka", &mut maven);
    })
    .join("jars")
}

/// The folder with a broker's data, formatted and empty.
const FORMATTED: &str = "log";

/// Its classes, as a JVM has them in memory.
const CLASSES: &str = "classes.jsa";

/// What each start would do anew, and take longer for than for all the rest of it: the
/// data formatted, and the classes loaded.
fn prepared(jars: &Path) -> PathBuf {
    cached(&format!("kafka-{VERSION}-prepared"), |folder| {
        let data = folder.join("once");
        let properties = configured(&data, free_port());
        let mut tool = java(jars);
        tool.arg("kafka.tools.StorageTool")
            .args(["format", "-t", "ZHVlYmVsbC1zdG9yaWVzIQ", "-c"])
            .arg(&properties);
        run("java", "Java 17 for Kafka", &mut tool);
        copy(&data.join(FORMATTED), &folder.join(FORMATTED));
        let (jars, archive) = (jars.to_owned(), folder.join(CLASSES));
        let mut once = Process::start(data.join("kafka.log"), move || {
            broker(&jars, "ArchiveClassesAtExit", &archive, &properties)
        });
        while starts(&once.printed()) == 0 {
            once.must_run();
            std::thread::sleep(LOOK);
        }
        once.terminate();
        while !once.has_ended() {
            std::thread::sleep(LOOK);
        }
        std::fs::remove_dir_all(data).unwrap();
    })
}

fn java(jars: &Path) -> Command {
    let mut java = Command::new("java");
    java.args(JAVA).arg("-cp").arg(jars.join("*"));
    java
}

/// The command that runs a broker, with an archive of classes to write or to read.
fn broker(jars: &Path, archiving: &str, archive: &Path, properties: &Path) -> Command {
    let mut java = java(jars);
    java.arg(format!("-XX:{archiving}={}", archive.display()))
        .arg("kafka.Kafka")
        .arg(properties);
    java
}

/// Writes the settings of a broker with its data in this folder.
fn configured(data: &Path, port: u16) -> PathBuf {
    std::fs::create_dir_all(data).unwrap();
    let properties = data.join("server.properties");
    std::fs::write(&properties, settings(port, free_port(), data)).unwrap();
    properties
}

fn settings(port: u16, controller: u16, data: &Path) -> String {
    format!(
        "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
log.dirs={}
num.partitions={PARTITIONS}
offsets.topic.num.partitions=3
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
",
        data.join(FORMATTED).display()
    )
}
