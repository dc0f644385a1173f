//! Values of the interface, and Postgres's.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use uuid::Uuid;

use crate::wit::spin::postgres::postgres::{DbDataType, DbValue, Error, ParameterValue, Row};

/// NULL, which is of every type.
#[derive(Debug)]
struct Null;

impl ToSql for Null {
    fn to_sql(
        &self,
        _: &Type,
        _: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        Ok(IsNull::Yes)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What a statement is given.
pub(super) fn to_sql(
    parameters: &[ParameterValue],
) -> Result<Vec<Box<dyn ToSql + Sync + Send>>, Error> {
    parameters.iter().map(parameter).collect()
}

fn parameter(value: &ParameterValue) -> Result<Box<dyn ToSql + Sync + Send>, Error> {
    use ParameterValue as P;
    Ok(match value {
        P::Boolean(value) => Box::new(*value),
        P::Int8(value) => Box::new(*value),
        P::Int16(value) => Box::new(*value),
        P::Int32(value) => Box::new(*value),
        P::Int64(value) => Box::new(*value),
        P::Floating32(value) => Box::new(*value),
        P::Floating64(value) => Box::new(*value),
        P::Str(value) => Box::new(value.clone()),
        P::Binary(value) => Box::new(value.clone()),
        P::Date((year, month, day)) => Box::new(date(*year, *month, *day)?),
        P::Time((hour, minute, second, nano)) => Box::new(time(*hour, *minute, *second, *nano)?),
        P::Datetime((year, month, day, hour, minute, second, nano)) => {
            let date = date(*year, *month, *day)?;
            let time = time(*hour, *minute, *second, *nano)?;
            Box::new(NaiveDateTime::new(date, time))
        }
        P::Timestamp(seconds) => Box::new(
            DateTime::<Utc>::from_timestamp(*seconds, 0)
                .ok_or_else(|| not_converted("a time that there is not"))?,
        ),
        P::Uuid(text) => Box::new(
            Uuid::parse_str(text).map_err(|error| not_converted(&format!("{text}: {error}")))?,
        ),
        P::Jsonb(text) => Box::new(
            serde_json::from_slice::<serde_json::Value>(text)
                .map_err(|error| not_converted(&format!("JSON: {error}")))?,
        ),
        P::ArrayInt32(values) => Box::new(values.clone()),
        P::ArrayInt64(values) => Box::new(values.clone()),
        P::ArrayStr(values) => Box::new(values.clone()),
        P::DbNull => Box::new(Null),
        P::Decimal(_)
        | P::RangeInt32(_)
        | P::RangeInt64(_)
        | P::RangeDecimal(_)
        | P::ArrayDecimal(_)
        | P::Interval(_) => {
            return Err(not_converted(
                "decimals, ranges and intervals, which this host does not have; a real Spin does",
            ));
        }
    })
}

/// A row as the guest has it.
pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    (0..row.len()).map(|column| value(row, column)).collect()
}

fn value(row: &tokio_postgres::Row, at: usize) -> Result<DbValue, Error> {
    let Some(column) = row.columns().get(at) else {
        return Ok(DbValue::DbNull);
    };
    match *column.type_() {
        Type::BOOL => get(row, at, DbValue::Boolean),
        Type::INT2 => get(row, at, DbValue::Int16),
        Type::INT4 => get(row, at, DbValue::Int32),
        Type::INT8 => get(row, at, DbValue::Int64),
        Type::FLOAT4 => get(row, at, DbValue::Floating32),
        Type::FLOAT8 => get(row, at, DbValue::Floating64),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => get(row, at, DbValue::Str),
        Type::BYTEA => get(row, at, DbValue::Binary),
        Type::DATE => get(row, at, |date: NaiveDate| {
            DbValue::Date((date.year(), small(date.month()), small(date.day())))
        }),
        Type::TIME => get(row, at, |time| DbValue::Time(of_day(time))),
        Type::TIMESTAMP => get(row, at, datetime),
        Type::TIMESTAMPTZ => get(row, at, |time: DateTime<Utc>| datetime(time.naive_utc())),
        Type::UUID => get(row, at, |uuid: Uuid| DbValue::Uuid(uuid.to_string())),
        Type::JSONB => get(row, at, |json: serde_json::Value| {
            DbValue::Jsonb(json.to_string().into_bytes())
        }),
        Type::INT4_ARRAY => get(row, at, DbValue::ArrayInt32),
        Type::INT8_ARRAY => get(row, at, DbValue::ArrayInt64),
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY => get(row, at, DbValue::ArrayStr),
        _ => get(row, at, |Raw(bytes)| DbValue::Unsupported(bytes)),
    }
}

/// What a type is called.
pub(super) fn data_type(of: &Type) -> DbDataType {
    match *of {
        Type::BOOL => DbDataType::Boolean,
        Type::INT2 => DbDataType::Int16,
        Type::INT4 => DbDataType::Int32,
        Type::INT8 => DbDataType::Int64,
        Type::FLOAT4 => DbDataType::Floating32,
        Type::FLOAT8 => DbDataType::Floating64,
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => DbDataType::Str,
        Type::BYTEA => DbDataType::Binary,
        Type::DATE => DbDataType::Date,
        Type::TIME => DbDataType::Time,
        Type::TIMESTAMP | Type::TIMESTAMPTZ => DbDataType::Datetime,
        Type::UUID => DbDataType::Uuid,
        Type::JSONB => DbDataType::Jsonb,
        Type::INT4_ARRAY => DbDataType::ArrayInt32,
        Type::INT8_ARRAY => DbDataType::ArrayInt64,
        Type::TEXT_ARRAY | Type::VARCHAR_ARRAY => DbDataType::ArrayStr,
        _ => DbDataType::Other(of.name().to_owned()),
    }
}

/// The bytes of a value whose type the interface has no place for.
struct Raw(Vec<u8>);

impl<'a> FromSql<'a> for Raw {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(raw.to_vec()))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn get<'a, T: FromSql<'a>>(
    row: &'a tokio_postgres::Row,
    at: usize,
    make: impl FnOnce(T) -> DbValue,
) -> Result<DbValue, Error> {
    let value: Option<T> = row
        .try_get(at)
        .map_err(|error| Error::ValueConversionFailed(error.to_string()))?;
    Ok(value.map_or(DbValue::DbNull, make))
}

fn date(year: i32, month: u8, day: u8) -> Result<NaiveDate, Error> {
    NaiveDate::from_ymd_opt(year, month.into(), day.into())
        .ok_or_else(|| not_converted("a date that there is not"))
}

fn time(hour: u8, minute: u8, second: u8, nano: u32) -> Result<NaiveTime, Error> {
    NaiveTime::from_hms_nano_opt(hour.into(), minute.into(), second.into(), nano)
        .ok_or_else(|| not_converted("a time of day that there is not"))
}

fn of_day(time: NaiveTime) -> (u8, u8, u8, u32) {
    (
        small(time.hour()),
        small(time.minute()),
        small(time.second()),
        time.nanosecond(),
    )
}

fn datetime(at: NaiveDateTime) -> DbValue {
    let date = at.date();
    let (hour, minute, second, nano) = of_day(at.time());
    DbValue::Datetime((
        date.year(),
        small(date.month()),
        small(date.day()),
        hour,
        minute,
        second,
        nano,
    ))
}

/// Parts of a date and of a time of day are small.
fn small(part: u32) -> u8 {
    u8::try_from(part).unwrap_or_default()
}

fn not_converted(what: &str) -> Error {
    Error::ValueConversionFailed(format!("cannot convert {what}"))
}
