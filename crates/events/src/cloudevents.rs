//! The CloudEvents 1.0 envelope, in its JSON format.
//!
//! <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{Malformed, malformed};

/// The media type of an event that is published as its own CloudEvent.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The longest `id` and `source`, in bytes: they become keys in databases.
const MAX_NAME: usize = 1024;

/// How errors call it.
const WHAT: &str = "CloudEvent";

/// One event in its envelope.
#[derive(Debug, Clone)]
pub struct CloudEvent {
    /// Unique for its source: 1 to 1024 bytes.
    pub id: String,
    /// Who published it: 1 to 1024 bytes.
    pub source: String,
    /// `type`: for Duebell's own events the event type (`task.created`), for what
    /// Dapr wrapped `com.dapr.event.sent`.
    pub ty: String,
    /// What it is about: `tasks/123`.
    pub subject: Option<String>,
    /// When it was made: RFC 3339, as it came.
    pub time: Option<String>,
    /// The media type of the data.
    pub datacontenttype: Option<String>,
    /// The extension `sequence`: gap-free for source, topic and user, the first
    /// is 1. `None` also where another publisher counts otherwise than in decimals.
    pub sequence: Option<u64>,
    /// The extension `traceparent` (W3C Trace Context).
    pub traceparent: Option<String>,
    /// The topic, which Dapr writes into the envelope.
    pub topic: Option<String>,
    /// The pubsub component that published it, which Dapr writes as well.
    pub pubsubname: Option<String>,
    /// The event itself.
    pub data: EventData,
}

/// What an envelope holds.
#[derive(Debug, Clone)]
pub enum EventData {
    /// A JSON value that is no string, as it came.
    Json(Box<RawValue>),
    /// A string: the publisher sent text, or JSON without saying so.
    Text(String),
    /// Bytes, in base64.
    Base64(String),
    /// Nothing, or `null`.
    None,
}

/// What is read. Extensions that are not strings are not worth an error.
#[derive(Deserialize)]
struct Incoming<'a> {
    specversion: String,
    id: String,
    source: String,
    #[serde(rename = "type")]
    ty: String,
    subject: Option<String>,
    time: Option<String>,
    datacontenttype: Option<String>,
    #[serde(borrow)]
    sequence: Option<&'a RawValue>,
    #[serde(borrow)]
    traceparent: Option<&'a RawValue>,
    #[serde(borrow)]
    topic: Option<&'a RawValue>,
    #[serde(borrow)]
    pubsubname: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<String>,
}

/// What is written.
#[derive(Serialize)]
struct Outgoing<'a> {
    specversion: &'static str,
    id: &'a str,
    source: &'a str,
    #[serde(rename = "type")]
    ty: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<String>,
    /// Dapr keeps the `traceparent` of an event only beside this.
    #[serde(skip_serializing_if = "Option::is_none")]
    traceid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    traceparent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pubsubname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<JsonOrText<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data_base64: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum JsonOrText<'a> {
    Json(&'a RawValue),
    Text(&'a str),
}

impl CloudEvent {
    /// Reads an envelope: Duebell's own, another publisher's, or the one that Dapr
    /// puts around JSON that came without.
    ///
    /// Attributes that are `null`, and Dapr's trace attributes that are `""`, are
    /// absent. Attributes that nobody knows are left out.
    ///
    /// # Errors
    ///
    /// It is no JSON object in UTF-8, it is of another version than 1.0, it lacks
    /// `id`, `source` or `type`, or has data twice.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        let text = std::str::from_utf8(bytes).map_err(|error| Malformed::new(WHAT, error))?;
        let incoming: Incoming<'_> = malformed::read(WHAT, text)?;
        if incoming.specversion != "1.0" {
            let detail = format!("expected 1.0, got {:?}", incoming.specversion);
            return Err(Malformed::at(WHAT, "/specversion".to_owned(), detail));
        }
        check_name("/id", &incoming.id)?;
        check_name("/source", &incoming.source)?;
        check_name("/type", &incoming.ty)?;
        Ok(Self {
            data: data_of(incoming.data, incoming.data_base64)?,
            id: incoming.id,
            source: incoming.source,
            ty: incoming.ty,
            subject: incoming.subject,
            time: incoming.time,
            datacontenttype: incoming.datacontenttype,
            sequence: incoming.sequence.and_then(sequence_of),
            traceparent: incoming.traceparent.and_then(text_of),
            topic: incoming.topic.and_then(text_of),
            pubsubname: incoming.pubsubname.and_then(text_of),
        })
    }

    /// The event's JSON text, byte for byte as it came: the data, or the text or
    /// bytes that a publisher sent without saying that they are JSON.
    ///
    /// Whether it is the JSON of an event is for [`Event::parse`](crate::Event::parse) to say.
    ///
    /// # Errors
    ///
    /// There is no data, or it is base64 of no text.
    pub fn data_json(&self) -> Result<Cow<'_, str>, Malformed> {
        match &self.data {
            EventData::Json(raw) => Ok(Cow::Borrowed(raw.get())),
            EventData::Text(text) => Ok(Cow::Borrowed(text)),
            EventData::Base64(base64) => decode(base64)
                .map(Cow::Owned)
                .map_err(|detail| Malformed::at(WHAT, "/data_base64".to_owned(), detail)),
            EventData::None => Err(Malformed::at(WHAT, "/data".to_owned(), "there is no data")),
        }
    }

    /// The data as bytes: those that `data_base64` holds, or JSON's and text's own.
    ///
    /// # Errors
    /// There is none, or `data_base64` is no base64.
    pub fn data_bytes(&self) -> Result<Vec<u8>, Malformed> {
        let none = |pointer: &str, detail: String| Malformed::at(WHAT, pointer.to_owned(), detail);
        match &self.data {
            EventData::Json(raw) => Ok(raw.get().as_bytes().to_vec()),
            EventData::Text(text) => Ok(text.as_bytes().to_vec()),
            EventData::Base64(base64) => STANDARD
                .decode(base64)
                .map_err(|error| none("/data_base64", error.to_string())),
            EventData::None => Err(none("/data", "there is no data".to_owned())),
        }
    }

    /// The envelope's JSON, compact, as it is published.
    #[expect(
        clippy::expect_used,
        reason = "strings and JSON text become JSON without fail"
    )]
    pub fn to_json(&self) -> String {
        let (data, data_base64) = match &self.data {
            EventData::Json(raw) => (Some(JsonOrText::Json(raw)), None),
            EventData::Text(text) => (Some(JsonOrText::Text(text)), None),
            EventData::Base64(base64) => (None, Some(base64.as_str())),
            EventData::None => (None, None),
        };
        let outgoing = Outgoing {
            specversion: "1.0",
            id: &self.id,
            source: &self.source,
            ty: &self.ty,
            subject: self.subject.as_deref(),
            time: self.time.as_deref(),
            datacontenttype: self.datacontenttype.as_deref(),
            // Sixteen digits, so that they sort as text, too.
            sequence: self.sequence.map(|number| format!("{number:016}")),
            traceid: self.traceparent.as_deref(),
            traceparent: self.traceparent.as_deref(),
            topic: self.topic.as_deref(),
            pubsubname: self.pubsubname.as_deref(),
            data,
            data_base64,
        };
        serde_json::to_string(&outgoing).expect("an envelope can be written")
    }
}

fn check_name(pointer: &str, name: &str) -> Result<(), Malformed> {
    if (1..=MAX_NAME).contains(&name.len()) {
        return Ok(());
    }
    let detail = format!("expected 1 to {MAX_NAME} bytes, got {}", name.len());
    Err(Malformed::at(WHAT, pointer.to_owned(), detail))
}

fn data_of(data: Option<&RawValue>, base64: Option<String>) -> Result<EventData, Malformed> {
    match (data, base64) {
        (Some(_), Some(_)) => Err(Malformed::new(WHAT, "it has both data and data_base64")),
        (None, None) => Ok(EventData::None),
        (None, Some(base64)) => Ok(EventData::Base64(base64)),
        (Some(raw), None) if raw.get().starts_with('"') => serde_json::from_str(raw.get())
            .map(EventData::Text)
            .map_err(|error| Malformed::at(WHAT, "/data".to_owned(), error)),
        (Some(raw), None) => Ok(EventData::Json(raw.to_owned())),
    }
}

/// A string that is not empty.
fn text_of(raw: &RawValue) -> Option<String> {
    serde_json::from_str(raw.get())
        .ok()
        .filter(|text: &String| !text.is_empty())
}

/// A count in decimals, as a string (as Duebell writes it) or as a number.
fn sequence_of(raw: &RawValue) -> Option<u64> {
    let digits = text_of(raw).unwrap_or_else(|| raw.get().to_owned());
    // parse alone would take a plus.
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().ok()
    } else {
        None
    }
}

fn decode(base64: &str) -> Result<String, String> {
    let bytes = STANDARD.decode(base64).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
