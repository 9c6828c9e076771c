//! `-o custom-columns=NAME:.metadata.name,…`.
//!
//! Models `k8s.io/kubectl/pkg/cmd/get/customcolumn.go`.

use serde_json::Value;

use super::json_path::{self, Template};
use crate::report::Failure;
use crate::tabwriter;

/// Reads the columns: a heading and an expression each.
///
/// # Errors
/// A sentence of `kubectl`'s if a column has no expression or a wrong one.
pub fn parse(columns: &str) -> Result<Vec<(String, Template)>, Failure> {
    columns
        .split(',')
        .map(|column| {
            let Some((heading, path)) = column.split_once(':') else {
                return Err(Failure::local(format!(
                    "unexpected custom-columns spec: {column}, expected <header>:<json-path-expr>"
                )));
            };
            Template::parse_relaxed(path)
                .map(|template| (heading.to_owned(), template))
                .map_err(Failure::local)
        })
        .collect()
}

/// The table of these columns.
pub fn print(columns: &[(String, Template)], objects: &[Value], headings: bool) -> String {
    let mut lines = String::new();
    if headings {
        let names: Vec<&str> = columns.iter().map(|(heading, _)| heading.as_str()).collect();
        lines.push_str(&names.join("\t"));
        lines.push('\n');
    }
    for object in objects {
        let cells: Vec<String> =
            columns.iter().map(|(_, template)| cell(template, object)).collect();
        lines.push_str(&cells.join("\t"));
        lines.push('\n');
    }
    tabwriter::table(&lines)
}

fn cell(template: &Template, object: &Value) -> String {
    let found: Vec<String> = template.find(object).into_iter().map(json_path::text).collect();
    if found.is_empty() { "<none>".into() } else { found.join(",") }
}
