//! JSON as Go's `encoding/json` indents it: four spaces, keys in order, `<`, `>` and `&` escaped.

use serde_json::Value;

/// The value over several lines, with a line break at the end.
pub fn print(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, Some(4), &mut out);
    out.push('\n');
    out
}

/// The value on one line.
pub fn compact(value: &Value) -> String {
    let mut out = String::new();
    write(value, 0, None, &mut out);
    out
}

fn write(value: &Value, level: usize, indent: Option<usize>, out: &mut String) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let mut keys: Vec<&String> = map.keys().collect();
            keys.sort();
            out.push('{');
            for (position, key) in keys.into_iter().enumerate() {
                separate(position, level + 1, indent, out);
                text(key, out);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write(&map[key], level + 1, indent, out);
            }
            end(level, indent, out);
            out.push('}');
        }
        Value::Array(list) if !list.is_empty() => {
            out.push('[');
            for (position, item) in list.iter().enumerate() {
                separate(position, level + 1, indent, out);
                write(item, level + 1, indent, out);
            }
            end(level, indent, out);
            out.push(']');
        }
        Value::String(string) => text(string, out),
        other => out.push_str(&other.to_string()),
    }
}

fn separate(position: usize, level: usize, indent: Option<usize>, out: &mut String) {
    if position > 0 {
        out.push(',');
    }
    end(level, indent, out);
}

fn end(level: usize, indent: Option<usize>, out: &mut String) {
    if let Some(width) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', level * width));
    }
}

fn text(string: &str, out: &mut String) {
    let quoted = Value::String(string.to_owned()).to_string();
    out.push_str(&quoted.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"));
}
