//! Labels and selectors as text.
//!
//! Models `k8s.io/apimachinery/pkg/labels` and `FormatLabelSelector` of `meta/v1`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// `app=web,tier=front`, or `<none>`.
pub fn format(labels: Option<&BTreeMap<String, String>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => {
            let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
            pairs.join(",")
        }
        _ => "<none>".into(),
    }
}

/// `app=web,tier in (back,front)`, or `<none>` if it selects everything or nothing.
pub fn format_selector(selector: Option<&LabelSelector>) -> String {
    let text = selector.map(selector_text).unwrap_or_default();
    if text.is_empty() { "<none>".into() } else { text }
}

/// The selector's requirements, by key; empty if there are none.
pub fn selector_text(selector: &LabelSelector) -> String {
    let equal = selector.match_labels.iter().flatten().map(|(key, value)| (key, format!("{key}={value}")));
    let expressions = selector.match_expressions.iter().flatten().map(|requirement| {
        let key = &requirement.key;
        let mut values = requirement.values.clone().unwrap_or_default();
        values.sort();
        let values = values.join(",");
        let text = match requirement.operator.as_str() {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.clone(),
            "DoesNotExist" => format!("!{key}"),
            _ => "<error>".into(),
        };
        (key, text)
    });
    let mut requirements: Vec<(&String, String)> = equal.chain(expressions).collect();
    requirements.sort_by_key(|(key, _)| *key);
    requirements.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join(",")
}
