//! What the schemas of the Gateway API's custom resources ask beyond types.
//!
//! Required fields, lengths, patterns, ranges, allowed words, and lists whose items must differ, with
//! the sentences of `kube-openapi` and `apiextensions-apiserver`. The rules that look at several
//! fields at once (CEL) are the API server's; it must not run them where [`Violation::blocking`].

mod pattern;
mod table;

pub use pattern::Pattern;

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde_json::Value;

use crate::decode::schema_walk;
use crate::schema::Struct;
use crate::yaml::{Content, Node};
use crate::{FieldPath, Kind, Span};

/// A place where an object does not fit its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The field.
    pub path: FieldPath,
    /// Its place, where the object came from a text.
    pub span: Span,
    /// What is wrong, without the path in front.
    pub message: String,
    /// Whether it keeps the server from running CEL rules: a wrong type, a missing field, a word
    /// that is not allowed, too much text, too many items.
    pub blocking: bool,
}

/// The sentence that stands in for CEL rules that were not run; its path is `<nil>`.
pub const NOT_CHECKED: &str = "Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation";

/// What a field must be.
#[derive(Clone, Copy, Debug)]
pub enum Rule {
    /// It must be there.
    Required,
    /// Its text, or each item's, has so many bytes.
    Chars(usize, usize),
    /// Its text, or each item's, has this form.
    Form(Pattern),
    /// It is a number within these.
    Range(i64, i64),
    /// It has so many items.
    Items(usize, usize),
    /// It is one of these words, or each item is.
    Words(&'static [&'static str]),
    /// It is one of these numbers.
    Numbers(&'static [i64]),
    /// Its items differ in this key.
    Distinct(&'static str),
    /// Its items differ.
    Set,
}

/// Where an object of a Gateway API kind does not fit its schema; none for other kinds.
///
/// The object must have its defaults already.
pub fn violations(kind: Kind, object: &Value) -> Vec<Violation> {
    let api_version = kind.resource().api_version();
    match crate::schema::of(kind, &api_version).filter(|owner| owner.is_custom()) {
        Some(owner) => schema_walk(owner, &Node::from_json(object, Span::default())),
        None => Vec::new(),
    }
}

/// The rules of a field.
pub fn rules(owner: &Struct, field: &str) -> &'static [Rule] {
    table::RULES
        .iter()
        .find(|(name, named, _)| {
            owner.name.strip_prefix("gateway.") == Some(*name) && *named == field
        })
        .map_or(&[], |(_, _, rules)| *rules)
}

/// Fields of a struct that must be there and are not.
pub fn missing(owner: &Struct, node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    for field in owner.fields.keys() {
        let required = rules(owner, field).iter().any(|rule| matches!(rule, Rule::Required));
        if required && node.get(field).is_none_or(Node::is_null) {
            found.push(Violation {
                path: path.child_named(*field),
                span: node.span,
                message: "Required value".into(),
                blocking: true,
            });
        }
    }
}

/// Checks that an address a Gateway asks for is one, if it is said to be.
///
/// The schema says it with alternatives, and the server tells of each alternative that failed.
pub fn address(owner: &Struct, node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    let kind = node.get("type").and_then(Node::as_str).unwrap_or("IPAddress");
    let value = node.get("value").filter(|value| !value.is_null());
    let (Some(value), "gateway.GatewayAddress", "IPAddress") = (value, owner.name, kind) else {
        return;
    };
    let Some(text) = value.as_str().filter(|text| text.parse::<IpAddr>().is_err()) else { return };
    let here = path.child_named("value");
    for (path, message) in [
        (
            FieldPath::of("<nil>"),
            format!(
                "Invalid value: \"\": \"{path}\" must validate one and only one schema (oneOf). Found none valid"
            ),
        ),
        (
            FieldPath::of("<nil>"),
            format!("Invalid value: \"\": \"{here}\" must validate at least one schema (anyOf)"),
        ),
        (
            here.clone(),
            format!("Invalid value: {text:?}: {here} in body must be of type ipv4: {text:?}"),
        ),
    ] {
        found.push(Violation { path, span: value.span, message, blocking: true });
    }
}

/// Checks a value that has the right type.
pub fn check(rules: &[Rule], node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    // The allowed namespaces of ListenerSets may be none at all, those of routes may not.
    let listener_sets = path.to_string().starts_with("spec.allowedListeners");
    for rule in rules {
        if let Rule::Items(least, most) = rule {
            items(*least, *most, node, path, found);
            for (index, item) in node.items().iter().enumerate() {
                scalar(rules, item, &path.index(index), found);
            }
        }
    }
    let listed = matches!(node.content, Content::Sequence(_));
    let allowed = listener_sets && node.as_str() == Some("None");
    if !listed && !allowed {
        scalar(rules, node, path, found);
    }
}

/// Lists whose items must differ; the server looks at these after everything else.
pub fn duplicates(rules: &[Rule], node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    let mut seen = BTreeSet::new();
    for (index, item) in node.items().iter().enumerate() {
        let value = rules.iter().find_map(|rule| match rule {
            Rule::Distinct(key) => {
                item.get(key).map(|value| serde_json::json!({ *key: value.to_json() }).to_string())
            }
            Rule::Set => Some(item.to_json().to_string()),
            Rule::Required
            | Rule::Chars(..)
            | Rule::Form(_)
            | Rule::Range(..)
            | Rule::Items(..)
            | Rule::Words(_)
            | Rule::Numbers(_) => None,
        });
        if let Some(value) = value
            && !seen.insert(value.clone())
        {
            found.push(Violation {
                path: path.index(index),
                span: item.span,
                message: format!("Duplicate value: {value}"),
                blocking: false,
            });
        }
    }
}

fn items(least: usize, most: usize, node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    let count = node.items().len();
    let (message, blocking) = if count < least {
        (
            format!("Invalid value: {count}: {path} in body should have at least {least} items"),
            false,
        )
    } else if count > most {
        (format!("Too many: {count}: must have at most {most} items"), true)
    } else {
        return;
    };
    found.push(Violation { path: path.clone(), span: node.span, message, blocking });
}

fn scalar(rules: &[Rule], node: &Node, path: &FieldPath, found: &mut Vec<Violation>) {
    let mut say = |message: String, blocking: bool| {
        found.push(Violation { path: path.clone(), span: node.span, message, blocking });
    };
    let mut text_is_wrong = false;
    for rule in rules {
        match (rule, &node.content) {
            (Rule::Chars(_, most), Content::String(text)) if text.len() > *most => {
                say(format!("Too long: may not be more than {most} bytes"), true);
                text_is_wrong = true;
            }
            (Rule::Chars(least, _), Content::String(text)) if text.chars().count() < *least => {
                say(
                    format!(
                        "Invalid value: {text:?}: {path} in body should be at least {least} chars long"
                    ),
                    false,
                );
                text_is_wrong = true;
            }
            (Rule::Form(pattern), Content::String(text))
                if !text_is_wrong && !pattern.matches(text) =>
            {
                let form = pattern.text();
                say(
                    format!("Invalid value: {text:?}: {path} in body should match '{form}'"),
                    false,
                );
            }
            (Rule::Range(least, _), Content::Int(number)) if number < least => {
                say(
                    format!(
                        "Invalid value: {number}: {path} in body should be greater than or equal to {least}"
                    ),
                    false,
                );
            }
            (Rule::Range(_, most), Content::Int(number)) if number > most => {
                say(
                    format!(
                        "Invalid value: {number}: {path} in body should be less than or equal to {most}"
                    ),
                    false,
                );
            }
            (Rule::Words(words), Content::String(text)) if !words.contains(&text.as_str()) => {
                let words: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
                say(
                    format!("Unsupported value: {text:?}: supported values: {}", words.join(", ")),
                    true,
                );
            }
            (Rule::Numbers(numbers), Content::Int(number)) if !numbers.contains(number) => {
                let numbers: Vec<String> =
                    numbers.iter().map(|number| format!("\"{number}\"")).collect();
                say(
                    format!(
                        "Unsupported value: {number}: supported values: {}",
                        numbers.join(", ")
                    ),
                    true,
                );
            }
            (
                Rule::Required
                | Rule::Chars(..)
                | Rule::Form(_)
                | Rule::Range(..)
                | Rule::Items(..)
                | Rule::Words(_)
                | Rule::Numbers(_)
                | Rule::Distinct(_)
                | Rule::Set,
                _,
            ) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said(kind: Kind, object: Value) -> Vec<String> {
        violations(kind, &object)
            .into_iter()
            .map(|found| format!("{}: {}", found.path, found.message))
            .collect()
    }

    #[test]
    fn says_what_the_schema_says() {
        let route = json!({"spec": {
            "hostnames": ["*"],
            "rules": [{
                "matches": [{"method": "get", "headers": [{"name": "a", "value": "x"}, {"name": "a", "value": "y"}]}],
                "filters": [{"requestRedirect": {"statusCode": 200}}],
                "backendRefs": [{"name": "s", "port": 0, "weight": -1}],
            }],
        }});
        assert_eq!(
            said(Kind::HTTPRoute, route),
            [
                "spec.hostnames[0]: Invalid value: \"*\": spec.hostnames[0] in body should match '^(\\*\\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
                "spec.rules[0].backendRefs[0].port: Invalid value: 0: spec.rules[0].backendRefs[0].port in body should be greater than or equal to 1",
                "spec.rules[0].backendRefs[0].weight: Invalid value: -1: spec.rules[0].backendRefs[0].weight in body should be greater than or equal to 0",
                "spec.rules[0].filters[0].type: Required value",
                "spec.rules[0].filters[0].requestRedirect.statusCode: Unsupported value: 200: supported values: \"301\", \"302\", \"303\", \"307\", \"308\"",
                "spec.rules[0].matches[0].method: Unsupported value: \"get\": supported values: \"GET\", \"HEAD\", \"POST\", \"PUT\", \"DELETE\", \"CONNECT\", \"OPTIONS\", \"TRACE\", \"PATCH\"",
                "spec.rules[0].matches[0].headers[1]: Duplicate value: {\"name\":\"a\"}",
            ]
        );
        assert_eq!(
            said(Kind::HTTPRoute, json!({"spec": {"rules": []}})),
            ["spec.rules: Invalid value: 0: spec.rules in body should have at least 1 items"]
        );
        assert_eq!(
            said(
                Kind::Gateway,
                json!({"spec": {"listeners": [{"name": "A_b", "port": 70000, "protocol": "HTTP"}]}})
            ),
            [
                "spec.gatewayClassName: Required value",
                "spec.listeners[0].name: Invalid value: \"A_b\": spec.listeners[0].name in body should match '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'",
                "spec.listeners[0].port: Invalid value: 70000: spec.listeners[0].port in body should be less than or equal to 65535",
            ]
        );
    }

    #[test]
    fn every_rule_is_about_a_field_that_exists() {
        for (owner, field, _) in table::RULES {
            let owner = crate::schema::definition(&format!("gateway.{owner}"));
            assert!(owner.is_some_and(|owner| owner.fields.contains_key(field)), "{field}");
        }
    }
}
