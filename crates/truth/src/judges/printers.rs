//! `printers.jsonl`: one object, the cells of its row in `kubectl get`.

use std::path::Path;

use kubectl::print::{View, columns, row};
use manifest::{Kind, Object};
use serde::Deserialize;
use serde_json::Value;

use crate::judge::{CaseResult, guarded, read_json_lines};
use crate::normalise::{difference, text};

/// One object and its rows.
#[derive(Deserialize)]
struct Case {
    kind: String,
    object: Value,
    wide: bool,
    cells: Vec<Vec<Value>>,
}

/// Judges every object.
pub fn run(path: &Path) -> Result<Vec<CaseResult>, String> {
    let cases: Vec<Case> = read_json_lines(path)?;
    let judged = cases.iter().enumerate().map(|(index, case)| {
        let wide = if case.wide { " wide" } else { "" };
        guarded(format!("line {} {}{wide}", index + 1, case.kind), || differs(case))
    });
    Ok(judged.collect())
}

fn differs(case: &Case) -> Option<String> {
    let kind = Kind::ALL.iter().copied().find(|kind| kind.resource().kind == case.kind);
    let Some(kind) = kind else { return Some(format!("kind `{}` is not known", case.kind)) };
    let object = match Object::from_json(kind, case.object.clone()) {
        Ok(object) => object,
        Err(error) => return Some(error.to_string()),
    };
    let expected: Vec<Vec<String>> =
        case.cells.iter().map(|row| row.iter().map(cell).collect()).collect();
    // Some printers fill the wide columns whether or not they are shown.
    let shown = expected.first().map_or(0, Vec::len);
    let narrow = columns(kind).iter().filter(|column| !column.wide).count();
    let mut actual = row(&object, &View { now: 0, wide: case.wide || shown > narrow });
    actual.truncate(shown);
    let lines = |rows: &[Vec<String>]| {
        rows.iter().map(|row| row.join(" | ")).collect::<Vec<_>>().join("\n")
    };
    difference(&ages(&lines(&expected)), &ages(&lines(&[actual])))
}

/// The recording's ages depend on its moment; absent ones do not.
fn ages(line: &str) -> String {
    let cells = line.split(" | ").map(|cell| match cell {
        "<invalid>" => "<age>".to_owned(),
        other if is_age(other) => "<age>".to_owned(),
        other => match other.split_once(" (") {
            Some((count, ago)) if ago.ends_with(" ago)") => format!("{count} (<age> ago)"),
            _ => other.to_owned(),
        },
    });
    text(&cells.collect::<Vec<_>>().join(" | "), line)
}

fn is_age(cell: &str) -> bool {
    cell.ends_with(['s', 'm', 'h', 'd', 'y'])
        && cell.starts_with(|c: char| c.is_ascii_digit())
        && cell.chars().all(|c| c.is_ascii_digit() || "smhdy".contains(c))
}

fn cell(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
