//! Objects as YAML, as `kubectl get -o yaml` prints them.
//!
//! Models `sigs.k8s.io/yaml.Marshal`, which is go-yaml v2 over the object's JSON: keys in go-yaml's
//! natural order, lists not indented, quotes only where the text would read as something else, lines
//! folded at 80 columns. The emitter is `libyaml-safer`.

use std::cmp::Ordering;

use libyaml_safer::{Emitter, Encoding, Error, Event, MappingStyle, ScalarStyle, SequenceStyle};
use serde_json::Value;

use crate::Object;
use crate::yaml::{go_float, reads_as_text};

/// An object as YAML.
pub fn write(object: &Object) -> String {
    write_json(&object.to_json())
}

/// JSON as YAML, for lists and parts of objects.
pub fn write_json(value: &Value) -> String {
    let mut bytes = Vec::new();
    // The emitter fails only where its output does, and a vector takes everything.
    match emit(value, &mut bytes) {
        Ok(()) => String::from_utf8(bytes).unwrap_or_default(),
        Err(_) => format!("{value}\n"),
    }
}

fn emit(value: &Value, bytes: &mut Vec<u8>) -> Result<(), Error> {
    let mut emitter = Emitter::new();
    emitter.set_output_string(bytes);
    emitter.set_unicode(true);
    emitter.emit(Event::stream_start(Encoding::Utf8))?;
    emitter.emit(Event::document_start(None, &[], true))?;
    node(&mut emitter, value)?;
    emitter.emit(Event::document_end(true))?;
    emitter.emit(Event::stream_end())?;
    emitter.flush()
}

fn node(emitter: &mut Emitter<'_>, value: &Value) -> Result<(), Error> {
    match value {
        Value::Null => plain(emitter, "null"),
        Value::Bool(value) => plain(emitter, if *value { "true" } else { "false" }),
        Value::Number(number) => match number.as_i64() {
            Some(number) => plain(emitter, &number.to_string()),
            None => plain(emitter, &go_float(number.as_f64().unwrap_or_default())),
        },
        Value::String(text) => string(emitter, text),
        Value::Array(items) => {
            emitter.emit(Event::sequence_start(None, None, true, SequenceStyle::Block))?;
            for item in items {
                node(emitter, item)?;
            }
            emitter.emit(Event::sequence_end())
        }
        Value::Object(entries) => {
            emitter.emit(Event::mapping_start(None, None, true, MappingStyle::Block))?;
            let mut keys: Vec<&String> = entries.keys().collect();
            keys.sort_by(|a, b| natural(a, b));
            for key in keys {
                string(emitter, key)?;
                node(emitter, &entries[key])?;
            }
            emitter.emit(Event::mapping_end())
        }
    }
}

fn plain(emitter: &mut Emitter<'_>, text: &str) -> Result<(), Error> {
    emitter.emit(Event::scalar(None, None, text, true, true, ScalarStyle::Plain))
}

fn string(emitter: &mut Emitter<'_>, text: &str) -> Result<(), Error> {
    let style = if text.contains('\n') {
        ScalarStyle::Literal
    } else if reads_as_text(text) && !is_base_60(text) {
        ScalarStyle::Plain
    } else {
        ScalarStyle::DoubleQuoted
    };
    emitter.emit(Event::scalar(None, None, text, true, true, style))
}

/// Whether other readers of YAML 1.1 would take `1:30` for a number.
fn is_base_60(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut parts = unsigned.split(':');
    let Some(first) = parts.next() else { return false };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    if !first.starts_with(|c: char| c.is_ascii_digit()) || !digits(first) {
        return false;
    }
    let mut rest: Vec<&str> = parts.collect();
    let Some(last) = rest.pop() else { return false };
    let (last, fraction) = last.split_once('.').unwrap_or((last, ""));
    rest.push(last);
    digits(fraction)
        && rest.iter().all(|part| match part.as_bytes() {
            [unit] => unit.is_ascii_digit(),
            [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
            _ => false,
        })
}

/// go-yaml's order of keys: letters after everything else, numbers by size.
fn natural(a: &str, b: &str) -> Ordering {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    for place in 0..a.len().min(b.len()) {
        let (left, right) = (a[place], b[place]);
        if left == right {
            continue;
        }
        match (left.is_alphabetic(), right.is_alphabetic()) {
            (true, true) => return left.cmp(&right),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let mut start = (0_u64, 0_u64);
        if left == '0' || right == '0' {
            let before = a[..place].iter().rev().take_while(|c| c.is_ascii_digit());
            if before.clone().any(|digit| *digit != '0') {
                start = (1, 1);
            }
        }
        let number = |letters: &[char], start: u64| {
            let digits = letters[place..].iter().take_while(|c| c.is_ascii_digit());
            let count = digits.clone().count();
            let value = digits.fold(start, |sum, digit| {
                sum.wrapping_mul(10).wrapping_add(u64::from(digit.to_digit(10).unwrap_or_default()))
            });
            (value, count)
        };
        return number(&a, start.0).cmp(&number(&b, start.1)).then(left.cmp(&right));
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn writes_what_kubectl_prints() {
        let value = json!({
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "data": {
                "a10": "x", "a2": "1.0", "b": "true", "c": "line one\nline two\n", "d": "no end\nof line",
                "e": "", "f": "*.example.com", "g": "a: b", "h": " padded", "y": "null",
                "t": "2026-11-21T05:21:21Z", "u": "12:30", "v": "- x", "w": "#no", "z": "it's"
            },
            "list": [{"x": 1, "empty": {}, "none": []}, [1, 2], "s"],
            "f": 0.5,
        });
        let expected = "apiVersion: v1\ndata:\n  a2: \"1.0\"\n  a10: x\n  b: \"true\"\n  c: |\n    line one\n    line two\n  d: |-\n    no end\n    of line\n  e: \"\"\n  f: '*.example.com'\n  g: 'a: b'\n  h: ' padded'\n  t: \"2026-11-21T05:21:21Z\"\n  u: \"12:30\"\n  v: '- x'\n  w: '#no'\n  \"y\": \"null\"\n  z: it's\nf: 0.5\nkind: ConfigMap\nlist:\n- empty: {}\n  none: []\n  x: 1\n- - 1\n  - 2\n- s\n";
        assert_eq!(write_json(&value), expected);
    }

    #[test]
    fn what_is_written_reads_back() {
        let value = json!({"a": {"b": [{"c": "x\ty"}, "\u{e9}\u{1F600}", "end \n", "\n", "trailing ", ": ", "0x1F", "1_000", "~"]}});
        let text = write_json(&value);
        let span = crate::Span { start: 0, end: text.len() };
        let loaded = crate::yaml::load(&text, span).unwrap();
        assert_eq!(loaded.root.unwrap().to_json(), value, "{text}");
    }

    #[test]
    fn long_text_is_folded() {
        let value = json!({"message": "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"});
        assert_eq!(
            write_json(&value),
            "message: one two three four five six seven eight nine ten eleven twelve thirteen fourteen\n  fifteen\n"
        );
    }
}
