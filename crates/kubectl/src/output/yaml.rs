//! YAML as `sigs.k8s.io/yaml` writes it: keys in order, lists not indented, plain text wherever it
//! reads back as the same text, long lines folded after column 80.
//!
//! Models `goyaml.v2`'s `encode.go`, `resolve.go` and `emitterc.go`.

use std::cmp::Ordering;

use serde_json::{Map, Value};

/// A space beyond this column becomes a line break.
const BEST_WIDTH: usize = 80;

/// The value as a document, with a line break at the end.
pub fn print(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => mapping(map, 0, &mut out),
        Value::Array(list) if !list.is_empty() => sequence(list, 0, &mut out),
        other => {
            scalar(other, 0, &mut out);
            out.push('\n');
        }
    }
    out
}

fn mapping(map: &Map<String, Value>, indent: usize, out: &mut String) {
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort_by(|a, b| natural(a, b));
    for (position, key) in keys.into_iter().enumerate() {
        if position > 0 || out.ends_with('\n') || out.is_empty() {
            pad(indent, out);
        }
        string(key, None, out);
        out.push(':');
        entry(&map[key], indent, out);
    }
}

/// What comes after `key:`.
fn entry(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            mapping(map, indent + 2, out);
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('\n');
            sequence(list, indent, out);
        }
        other => {
            out.push(' ');
            scalar(other, indent + 2, out);
            out.push('\n');
        }
    }
}

fn sequence(list: &[Value], indent: usize, out: &mut String) {
    for (position, item) in list.iter().enumerate() {
        if position > 0 || out.ends_with('\n') || out.is_empty() {
            pad(indent, out);
        }
        out.push_str("- ");
        match item {
            Value::Object(map) if !map.is_empty() => mapping(map, indent + 2, out),
            Value::Array(list) if !list.is_empty() => sequence(list, indent + 2, out),
            other => {
                scalar(other, indent + 2, out);
                out.push('\n');
            }
        }
    }
}

fn scalar(value: &Value, indent: usize, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(bool) => out.push_str(if *bool { "true" } else { "false" }),
        Value::Number(number) => out.push_str(&number.to_string()),
        Value::String(text) => string(text, Some(indent), out),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

/// Writes text; a key has no `indent` and is never folded.
fn string(text: &str, indent: Option<usize>, out: &mut String) {
    let shape = Shape::of(text);
    if let (true, Some(indent), true) = (text.contains('\n'), indent, shape.block) {
        literal(text, indent, out);
    } else if text.contains('\n') || !is_text(text) {
        double_quoted(text, indent, out);
    } else if shape.plain {
        folded(text, indent, out);
    } else if shape.single_quoted {
        out.push('\'');
        folded(&text.replace('\'', "''"), indent, out);
        out.push('\'');
    } else {
        double_quoted(text, indent, out);
    }
}

/// Writes text, with a line break instead of a space where the line is long.
fn folded(text: &str, indent: Option<usize>, out: &mut String) {
    let mut column = column(out);
    let mut after_space = false;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let next_is_space = characters.peek() == Some(&' ');
        match indent {
            Some(indent)
                if character == ' '
                    && !after_space
                    && column > BEST_WIDTH
                    && !next_is_space
                    && characters.peek().is_some() =>
            {
                out.push('\n');
                pad(indent, out);
                column = indent;
            }
            _ => {
                out.push(character);
                column += 1;
            }
        }
        after_space = character == ' ';
    }
}

fn literal(text: &str, indent: usize, out: &mut String) {
    out.push('|');
    if text.starts_with([' ', '\n']) {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 => {}
        _ => out.push('+'),
    }
    let kept = text.strip_suffix('\n').unwrap_or(text);
    for line in kept.split('\n') {
        out.push('\n');
        if !line.is_empty() {
            pad(indent, out);
            out.push_str(line);
        }
    }
}

fn double_quoted(text: &str, indent: Option<usize>, out: &mut String) {
    let mut escaped = String::new();
    for character in text.chars() {
        match character {
            '"' => escaped.push_str("\\\""),
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '\t' => escaped.push_str("\\t"),
            '\r' => escaped.push_str("\\r"),
            '\0' => escaped.push_str("\\0"),
            '\u{feff}' => escaped.push_str("\\uFEFF"),
            control if control.is_control() => {
                escaped.push_str(&format!("\\x{:02X}", u32::from(control)));
            }
            other => escaped.push(other),
        }
    }
    out.push('"');
    folded(&escaped, indent, out);
    out.push('"');
}

/// In which styles text may be written.
struct Shape {
    plain: bool,
    single_quoted: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let mut plain = !text.is_empty() && !text.starts_with("---") && !text.starts_with("...");
        let special = characters.iter().any(|c| (c.is_control() && *c != '\n') || *c == '\u{feff}');
        for (position, character) in characters.iter().enumerate() {
            let before_space = characters.get(position + 1).is_none_or(|next| next.is_whitespace());
            let after_space = position > 0 && characters[position - 1].is_whitespace();
            let indicator = match character {
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"'
                | '%' | '@' | '`'
                    if position == 0 =>
                {
                    true
                }
                '-' | '?' if position == 0 => before_space,
                ':' => before_space,
                '#' => after_space,
                _ => false,
            };
            plain &= !indicator;
        }
        let edge = |c: Option<&char>| c.is_some_and(|c| c.is_whitespace());
        plain &= !edge(characters.first()) && !edge(characters.last()) && !special;
        let trailing_space = text.ends_with(' ');
        let space_break = text.contains(" \n");
        Self {
            plain,
            single_quoted: !special && !space_break,
            block: !special && !trailing_space && !space_break,
        }
    }
}

/// Whether plain text reads back as text and not as a number, a truth, a time or nothing.
fn is_text(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "", "~", "null", "Null", "NULL", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N",
        "no", "No", "NO", "off", "Off", "OFF", "true", "True", "TRUE", "false", "False", "FALSE",
        ".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf",
        "-.Inf", "-.INF", "<<",
    ];
    !WORDS.contains(&text) && !is_number(text) && !is_base_60(text) && !is_timestamp(text)
}

fn is_number(text: &str) -> bool {
    let plain = text.replace('_', "");
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(&plain);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return false;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0b", 2), ("0B", 2), ("0o", 8), ("0O", 8)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            return !rest.is_empty() && rest.chars().all(|c| c.is_digit(radix));
        }
    }
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let exponent_fits = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    });
    let numeric = mantissa.chars().all(|c| c.is_ascii_digit() || c == '.');
    let dots = mantissa.matches('.').count();
    exponent_fits && numeric && dots <= 1 && mantissa.chars().any(|c| c.is_ascii_digit())
}

/// `1:30`, which YAML 1.1 took for a number to base 60.
fn is_base_60(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let decimal = |part: &str| part.chars().all(|c| c.is_ascii_digit() || c == '_');
    first.starts_with(|c: char| c.is_ascii_digit())
        && decimal(first)
        && !rest.is_empty()
        && rest.iter().enumerate().all(|(position, part)| {
            let whole =
                if position + 1 == rest.len() { part.split('.').next() } else { Some(*part) };
            whole.is_some_and(|whole| {
                !whole.is_empty() && whole.len() <= 2 && whole.parse::<u8>().is_ok_and(|n| n < 60)
            })
        })
}

/// `2026-04-22`, `2026-04-22T09:00:00Z`, `2026-04-22 09:00:00`.
fn is_timestamp(text: &str) -> bool {
    let date_end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let (date, time) = text.split_at(date_end);
    let parts: Vec<&str> = date.split('-').collect();
    let number = |part: &&str, longest: usize| {
        !part.is_empty() && part.len() <= longest && part.chars().all(|c| c.is_ascii_digit())
    };
    let is_date = parts.len() == 3
        && parts[0].len() == 4
        && number(&parts[0], 4)
        && number(&parts[1], 2)
        && number(&parts[2], 2);
    let clock = time.get(1..).unwrap_or_default();
    let clock = clock.strip_suffix('Z').unwrap_or(clock);
    let is_clock = clock.split(':').count() >= 3
        && clock.chars().all(|c| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-'));
    is_date && (time.is_empty() || is_clock)
}

/// Go-yaml's order of keys: numbers within them count, letters come after what is none.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut in_digits = false;
    for position in 0..a.len().min(b.len()) {
        let (one, two) = (a[position], b[position]);
        if one == two {
            in_digits = one.is_ascii_digit();
            continue;
        }
        let number = |text: &[char]| -> Option<u128> {
            let start = if in_digits {
                text[..position].iter().rposition(|c| !c.is_ascii_digit()).map_or(0, |at| at + 1)
            } else {
                position
            };
            let digits: String = text[start..].iter().take_while(|c| c.is_ascii_digit()).collect();
            digits.parse().ok()
        };
        return match (one.is_alphabetic(), two.is_alphabetic()) {
            (true, true) => one.cmp(&two),
            (true, false) => {
                if in_digits {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, true) => {
                if in_digits {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (false, false) => match (number(&a), number(&b)) {
                (Some(left), Some(right)) if left != right => left.cmp(&right),
                _ => one.cmp(&two),
            },
        };
    }
    a.len().cmp(&b.len())
}

fn column(out: &str) -> usize {
    out.rsplit('\n').next().unwrap_or_default().chars().count()
}

fn pad(indent: usize, out: &mut String) {
    out.extend(std::iter::repeat_n(' ', indent));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quotes_what_would_be_something_else() {
        for (text, written) in [
            ("web", "web"),
            ("true", "\"true\""),
            ("y", "\"y\""),
            ("80", "\"80\""),
            ("1.25", "\"1.25\""),
            ("8Gi", "8Gi"),
            ("25%", "25%"),
            ("nginx:1.25", "nginx:1.25"),
            ("10.244.0.0/24", "10.244.0.0/24"),
            ("2026-11-21T05:21:21Z", "\"2026-11-21T05:21:21Z\""),
            ("", "\"\""),
            ("a: b", "'a: b'"),
            ("*", "'*'"),
            ("-x", "-x"),
            ("it's #1", "'it''s #1'"),
            ("node-1", "node-1"),
        ] {
            assert_eq!(print(&json!({ "k": text })), format!("k: {written}\n"));
        }
    }

    #[test]
    fn writes_lists_and_blocks_as_kubectl_does() {
        let value = json!({
            "spec": { "ports": [{ "port": 80, "name": "http" }, {}], "args": [] },
            "note": "{\"a\":1}\n",
            "last": null,
        });
        assert_eq!(
            print(&value),
            "last: null\nnote: |\n  {\"a\":1}\nspec:\n  args: []\n  ports:\n  - name: http\n    \
             port: 80\n  - {}\n"
        );
    }

    #[test]
    fn folds_a_long_line() {
        let word = "abcdefghi ".repeat(10);
        let printed = print(&json!({ "message": word.trim() }));
        assert_eq!(
            printed,
            "message: abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi abcdefghi \
             abcdefghi\n  abcdefghi abcdefghi\n"
        );
    }
}
