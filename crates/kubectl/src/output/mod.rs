//! `-o`: the forms in which `get` and others print objects.

use serde_json::Value;

use crate::report::Failure;

pub mod custom_columns;
pub mod json;
pub mod json_path;
pub mod yaml;

use json_path::Template;

/// A form of output.
#[derive(Clone, Debug)]
pub enum Format {
    /// The table, with the wide columns or without.
    Table {
        /// `-o wide`.
        wide: bool,
    },
    /// `-o yaml`.
    Yaml,
    /// `-o json`.
    Json,
    /// `-o name`.
    Name,
    /// `-o jsonpath=…`.
    JsonPath(Template),
    /// `-o custom-columns=…`.
    CustomColumns(Vec<(String, Template)>),
}

/// What `get` allows, as its error message lists it.
const ALLOWED: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,\
jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml";

impl Format {
    /// The form that the value of `-o` asks for.
    ///
    /// # Errors
    /// A sentence of `kubectl`'s if there is no such form or its template is wrong.
    pub fn parse(value: Option<&str>) -> Result<Format, Failure> {
        let Some(value) = value else { return Ok(Format::Table { wide: false }) };
        if let Some(template) = value.strip_prefix("jsonpath=") {
            return Template::parse(template).map(Format::JsonPath).map_err(|problem| {
                Failure::local(format!("error parsing jsonpath {template}, {problem}"))
            });
        }
        if let Some(columns) = value.strip_prefix("custom-columns=") {
            return custom_columns::parse(columns).map(Format::CustomColumns);
        }
        match value {
            "" => Ok(Format::Table { wide: false }),
            "wide" => Ok(Format::Table { wide: true }),
            "yaml" => Ok(Format::Yaml),
            "json" => Ok(Format::Json),
            "name" => Ok(Format::Name),
            "jsonpath" => Err(Failure::local("template format specified but no template given")),
            "custom-columns" => {
                Err(Failure::local("custom-columns format specified but no custom columns given"))
            }
            other => Err(Failure::local(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed \
                 formats are: {ALLOWED}"
            ))),
        }
    }
}

/// `v1 List` around objects, as `get` prints several.
pub fn list(items: Vec<Value>) -> Value {
    serde_json::json!({
        "apiVersion": "v1",
        "items": items,
        "kind": "List",
        "metadata": { "resourceVersion": "" },
    })
}
