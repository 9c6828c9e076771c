//! Labels and selectors as `kubectl` prints them.
//!
//! Models `k8s.io/apimachinery/pkg/labels.FormatLabels` and `FormatLabelSelector` of `meta/v1`.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use manifest::selector;

/// `app=web,tier=front`, or `<none>`.
pub fn format(labels: Option<&BTreeMap<String, String>>) -> String {
    match labels {
        Some(labels) if !labels.is_empty() => pairs(labels, "=").join(","),
        _ => "<none>".into(),
    }
}

/// `app=web` for each label.
pub fn pairs(labels: &BTreeMap<String, String>, between: &str) -> Vec<String> {
    labels.iter().map(|(key, value)| format!("{key}{between}{value}")).collect()
}

/// `app=web,tier in (back,front)`, or `<none>` if it selects everything or nothing.
pub fn format_selector(selector: Option<&LabelSelector>) -> String {
    selector.map_or_else(|| "<none>".into(), selector::text)
}

/// As [`format_selector`], but empty where that says `<none>`.
pub fn selector_text(selector: &LabelSelector) -> String {
    let text = selector::text(selector);
    if text == "<none>" { String::new() } else { text }
}
