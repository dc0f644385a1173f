//! The picture of docs/performance.md: who does how much, and how it grows.

use anyhow::Context;
use serde_json::Value;
use std::{fmt::Write, path::Path};

/// The whole picture's width and height.
const SIZE: (f64, f64) = (900.0, 610.0);

/// Where bars begin, and how long the longest is.
const BARS: (f64, f64) = (300.0, 480.0);

/// Draws what both programs measured.
///
/// # Errors
/// The figures cannot be read, or do not have what is drawn.
pub(crate) fn draw(own: &Path, peers: &Path, svg: &Path) -> anyhow::Result<()> {
    let own = read(own)?;
    let peers = read(peers)?;
    let mut out = String::new();
    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="Duebell's figures beside its peers', and with more tasks">
<style>
text {{ fill: #222; }} .quiet {{ fill: #666; }} .duebell {{ fill: #b3541e; }} .peer {{ fill: #8a9ba8; }}
.axis {{ stroke: #999; stroke-width: 1; }} .line {{ fill: none; stroke-width: 2; }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd; }} .quiet {{ fill: #aaa; }} .axis {{ stroke: #777; }} }}
</style>"#,
        SIZE.0, SIZE.1
    )?;
    let contenders = peers
        .get("peers")
        .and_then(Value::as_array)
        .context("no peers")?;
    let after = bars(&mut out, 30.0, "creates a second", "create", contenders)?;
    let after = bars(
        &mut out,
        after + 30.0,
        "lists of twenty a second",
        "list",
        contenders,
    )?;
    let points = own
        .pointer("/growth/0/tasks")
        .and_then(Value::as_array)
        .context("no growth was measured: --only growth")?;
    curves(&mut out, after + 30.0, points)?;
    out.push_str("</svg>\n");
    std::fs::write(svg, out).with_context(|| format!("cannot write {}", svg.display()))
}

fn read(file: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// A bar for each of them; gives where it ends.
fn bars(
    out: &mut String,
    top: f64,
    title: &str,
    kind: &str,
    contenders: &[Value],
) -> anyhow::Result<f64> {
    writeln!(
        out,
        r#"<text x="20" y="{top}" font-weight="600">{title}</text>"#
    )?;
    let rate = |contender: &Value| {
        let rate = contender.pointer(&format!("/{kind}/per_second"));
        rate.and_then(Value::as_f64).context("no rate")
    };
    let rates = contenders
        .iter()
        .map(rate)
        .collect::<anyhow::Result<Vec<f64>>>()?;
    let most = rates.iter().copied().fold(1.0, f64::max);
    let mut y = top + 12.0;
    for (contender, rate) in contenders.iter().zip(rates) {
        let name = contender
            .get("name")
            .and_then(Value::as_str)
            .context("no name")?;
        let class = if name.starts_with("Duebell") {
            "duebell"
        } else {
            "peer"
        };
        let long = rate / most * BARS.1;
        let (text, end) = (y + 14.0, BARS.0 + long + 8.0);
        writeln!(
            out,
            r#"<text x="{}" y="{text}" text-anchor="end">{name}</text><rect class="{class}" x="{}" y="{y}" width="{long:.1}" height="18" rx="2"/><text x="{end:.1}" y="{text}" class="quiet">{rate:.0}</text>"#,
            BARS.0 - 10.0,
            BARS.0
        )?;
        y += 24.0;
    }
    Ok(y)
}

/// 99th percentiles over the number of tasks of one user, which grows tenfold from one
/// point to the next.
fn curves(out: &mut String, top: f64, points: &[Value]) -> anyhow::Result<()> {
    writeln!(
        out,
        r#"<text x="20" y="{top}" font-weight="600">p99 in milliseconds, one user's tasks growing</text>"#
    )?;
    let kinds = [
        ("create", "create_p99_ms", "#b3541e"),
        ("change", "change_p99_ms", "#5b7f95"),
        ("list twenty", "list_p99_ms", "#5a8f4d"),
    ];
    let figure = |point: &Value, field: &str| {
        point
            .get(field)
            .and_then(Value::as_f64)
            .context("no figure")
    };
    let mut most: f64 = 1.0;
    for point in points {
        for (_, field, _) in kinds {
            most = most.max(figure(point, field)?);
        }
    }
    let (left, wide, high) = (70.0, 640.0, 150.0);
    let bottom = top + 20.0 + high;
    let step = wide / (points.len().max(2) - 1) as f64;
    writeln!(
        out,
        r#"<path class="axis" fill="none" d="M{left} {} V{bottom} H{}"/><text x="{}" y="{}" text-anchor="end" class="quiet">{most:.0}</text><text x="{}" y="{bottom}" text-anchor="end" class="quiet">0</text>"#,
        bottom - high,
        left + wide,
        left - 8.0,
        bottom - high + 5.0,
        left - 8.0
    )?;
    for (at, point) in points.iter().enumerate() {
        let tasks = figure(point, "tasks")?;
        writeln!(
            out,
            r#"<text x="{:.1}" y="{}" text-anchor="middle" class="quiet">{tasks}</text>"#,
            left + step * at as f64,
            bottom + 18.0
        )?;
    }
    for (row, (name, field, colour)) in kinds.iter().enumerate() {
        let mut path = String::new();
        for (at, point) in points.iter().enumerate() {
            let x = left + step * at as f64;
            let y = bottom - figure(point, field)? / most * high;
            write!(path, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { " L" })?;
        }
        let y = bottom - high + 20.0 * row as f64;
        writeln!(
            out,
            r#"<path class="line" stroke="{colour}" d="{path}"/><rect x="{}" y="{}" width="12" height="12" fill="{colour}"/><text x="{}" y="{}">{name}</text>"#,
            left + wide + 30.0,
            y - 10.0,
            left + wide + 48.0,
            y
        )?;
    }
    Ok(())
}
