//! What a scalar without quotes means.
//!
//! Models `resolve` of go-yaml v2: YAML 1.1 without base 60, timestamps kept as text.

use super::Content;
use super::number::{from_float, parse_float, parse_int};

/// What go-yaml makes of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// A value that JSON can hold.
    Value(Content),
    /// `.inf` or `.nan`, which JSON cannot hold; with the name Go prints.
    NotJson(&'static str),
}

impl Resolved {
    /// The short tag go-yaml gives the value, as its sentences name it.
    pub fn tag(&self) -> &'static str {
        match self {
            Resolved::Value(Content::Null) => "!!null",
            Resolved::Value(Content::Bool(_)) => "!!bool",
            Resolved::Value(Content::Int(_)) => "!!int",
            Resolved::Value(Content::Float(_)) | Resolved::NotJson(_) => "!!float",
            Resolved::Value(Content::String(_)) => "!!str",
            Resolved::Value(Content::Sequence(_)) => "!!seq",
            Resolved::Value(Content::Mapping(_)) => "!!map",
        }
    }
}

/// The meaning of a scalar without quotes and tags.
pub fn resolve_plain(text: &str) -> Resolved {
    let value = match text {
        "" | "~" | "null" | "Null" | "NULL" => Content::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Content::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Content::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => return Resolved::NotJson("NaN"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Resolved::NotJson("+Inf"),
        "-.inf" | "-.Inf" | "-.INF" => return Resolved::NotJson("-Inf"),
        _ => number(text).unwrap_or_else(|| Content::String(text.to_owned())),
    };
    Resolved::Value(value)
}

/// Whether a text is read as that text when it is written without quotes.
pub fn reads_as_text(text: &str) -> bool {
    !is_timestamp(text)
        && text != "<<"
        && matches!(resolve_plain(text), Resolved::Value(Content::String(_)))
}

fn number(text: &str) -> Option<Content> {
    let first = *text.as_bytes().first()?;
    if first == b'.' {
        return parse_float(text).map(from_float);
    }
    if !(first.is_ascii_digit() || first == b'+' || first == b'-') || is_timestamp(text) {
        return None;
    }
    let plain: String = text.chars().filter(|c| *c != '_').collect();
    if let Some(value) = parse_int(&plain) {
        return Some(match i64::try_from(value) {
            Ok(value) => Content::Int(value),
            Err(_) => from_float(value as f64),
        });
    }
    parse_float(&plain).map(from_float)
}

/// Whether go-yaml takes the text for a point in time, which it then keeps as text: `2006-1-2`, with
/// `T15:4:5Z` or ` 15:4:5` behind it.
fn is_timestamp(text: &str) -> bool {
    let Some((date, time)) =
        text.find(['T', 't', ' ']).map(|at| text.split_at(at)).or(Some((text, "")))
    else {
        return false;
    };
    let mut parts = date.split('-');
    let mut number = |widths: std::ops::RangeInclusive<usize>| {
        parts.next().is_some_and(|part| {
            widths.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit())
        })
    };
    let is_date = number(4..=4) && number(1..=2) && number(1..=2) && parts.next().is_none();
    let clock = time.get(1..).unwrap_or_default();
    let zoned = time.starts_with(['T', 't']);
    let end = clock.find(['Z', '+', '-']).unwrap_or(clock.len());
    let (clock, zone) = clock.split_at(end);
    let seconds = clock.split_once('.').map_or(clock, |(seconds, _)| seconds);
    let is_time = seconds.split(':').count() == 3
        && seconds
            .split(':')
            .all(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()));
    is_date && (time.is_empty() || (is_time && zoned != zone.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> String {
        match resolve_plain(text) {
            Resolved::Value(content) => {
                super::super::Node { span: crate::Span::default(), content, plain: true }
                    .to_json()
                    .to_string()
            }
            Resolved::NotJson(name) => name.into(),
        }
    }

    #[test]
    fn scalars_mean_what_go_yaml_means() {
        for (text, expected) in [
            ("yes", "true"),
            ("y", "true"),
            ("Off", "false"),
            ("~", "null"),
            ("010", "8"),
            ("08", "8"),
            ("0o10", "8"),
            ("0x1F", "31"),
            ("0b11", "3"),
            ("-0b11", "-3"),
            ("1_000", "1000"),
            ("1.0", "1"),
            ("1.50", "1.5"),
            ("1e3", "1000"),
            (".5", "0.5"),
            ("+1", "1"),
            ("1:30", "\"1:30\""),
            ("2001-01-01", "\"2001-01-01\""),
            ("1.2.3", "\"1.2.3\""),
            ("80/tcp", "\"80/tcp\""),
            ("0.0.0.0/0", "\"0.0.0.0/0\""),
            ("-", "\"-\""),
            ("", "null"),
            ("18446744073709551615", "1.8446744073709552e+19"),
            (".inf", "+Inf"),
            ("0x", "\"0x\""),
            ("1e999", "\"1e999\""),
            ("tRue", "\"tRue\""),
            ("--1", "\"--1\""),
            ("0_", "0"),
        ] {
            assert_eq!(json(text), expected, "{text}");
        }
    }
}
