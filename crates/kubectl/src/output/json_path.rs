//! JSONPath templates: `{.items[*].metadata.name}`, `{range .items[*]}…{end}`.
//!
//! Models `k8s.io/client-go/util/jsonpath`; absent fields print nothing, as `kubectl get` asks for.

use serde_json::Value;

use super::json;

/// A template, ready to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Piece>);

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Path(Vec<Step>),
    Range(Vec<Step>, Vec<Piece>),
}

#[derive(Clone, Debug, PartialEq)]
enum Step {
    Root,
    Field(String),
    Descend,
    All,
    Slice(Option<i64>, Option<i64>),
    Index(i64),
    Union(Vec<String>),
    Filter(Vec<Step>, Option<(String, Operand)>),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

impl Template {
    /// Reads a template with its expressions in braces.
    ///
    /// # Errors
    /// What is wrong, in upstream's words: `unterminated array`.
    pub fn parse(text: &str) -> Result<Template, String> {
        let mut parser = Parser { rest: text };
        let pieces = parser.pieces(false)?;
        Ok(Template(pieces))
    }

    /// Reads one expression, with braces around it or without, with a leading dot or without.
    ///
    /// # Errors
    /// As [`Template::parse`].
    pub fn parse_relaxed(text: &str) -> Result<Template, String> {
        let inner = text.trim().strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        let path = inner.unwrap_or(text.trim());
        let dotted =
            if path.starts_with(['.', '[', '$']) { path.into() } else { format!(".{path}") };
        Self::parse(&format!("{{{dotted}}}"))
    }

    /// The template filled in from an object.
    pub fn print(&self, root: &Value) -> String {
        let mut out = String::new();
        fill(&self.0, root, root, &mut out);
        out
    }

    /// What the template's first expression finds.
    pub fn find<'a>(&self, root: &'a Value) -> Vec<&'a Value> {
        match self.0.first() {
            Some(Piece::Path(steps)) => walk(steps, root, root),
            _ => Vec::new(),
        }
    }
}

fn fill(pieces: &[Piece], root: &Value, current: &Value, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Path(steps) => {
                let found: Vec<String> = walk(steps, root, current).into_iter().map(text).collect();
                out.push_str(&found.join(" "));
            }
            Piece::Range(steps, body) => {
                for item in walk(steps, root, current) {
                    fill(body, root, item, out);
                }
            }
        }
    }
}

/// A found value as the template prints it.
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => json::compact(other),
    }
}

fn walk<'a>(steps: &[Step], root: &'a Value, current: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![current];
    for step in steps {
        found = found.into_iter().flat_map(|value| take(step, root, value)).collect();
    }
    found
}

fn take<'a>(step: &Step, root: &'a Value, value: &'a Value) -> Vec<&'a Value> {
    match step {
        Step::Root => vec![root],
        Step::Field(name) => value.get(name).into_iter().filter(|value| !value.is_null()).collect(),
        Step::Union(names) => names.iter().filter_map(|name| value.get(name)).collect(),
        Step::Descend => {
            let mut all = vec![value];
            all.extend(children(value).flat_map(|child| take(step, root, child)));
            all
        }
        Step::All => children(value).collect(),
        Step::Index(index) => {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            position(*index, list.len()).and_then(|at| list.get(at)).into_iter().collect()
        }
        Step::Slice(from, to) => {
            let list = value.as_array().map_or(&[][..], Vec::as_slice);
            let bound = |index: &Option<i64>, absent: usize| {
                index.map_or(Some(absent), |index| position(index, list.len()))
            };
            let (from, to) =
                (bound(from, 0).unwrap_or(0), bound(to, list.len()).unwrap_or(list.len()));
            list.get(from..to.min(list.len())).unwrap_or_default().iter().collect()
        }
        Step::Filter(path, condition) => {
            children(value).filter(|item| holds(path, condition.as_ref(), root, item)).collect()
        }
    }
}

fn holds(path: &[Step], condition: Option<&(String, Operand)>, root: &Value, item: &Value) -> bool {
    let left = walk(path, root, item);
    let Some((operator, operand)) = condition else { return !left.is_empty() };
    let Some(left) = left.first() else { return false };
    let right = match operand {
        Operand::Literal(value) => Some(value),
        Operand::Path(path) => walk(path, root, item).first().copied(),
    };
    let Some(right) = right else { return false };
    let order = match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => left.partial_cmp(&right),
        _ => Some(text(left).cmp(&text(right))),
    };
    match operator.as_str() {
        "==" => order == Some(std::cmp::Ordering::Equal),
        "!=" => order != Some(std::cmp::Ordering::Equal),
        "<" => order.is_some_and(std::cmp::Ordering::is_lt),
        ">" => order.is_some_and(std::cmp::Ordering::is_gt),
        "<=" => order.is_some_and(std::cmp::Ordering::is_le),
        _ => order.is_some_and(std::cmp::Ordering::is_ge),
    }
}

fn children(value: &Value) -> Box<dyn Iterator<Item = &Value> + '_> {
    match value {
        Value::Array(list) => Box::new(list.iter()),
        Value::Object(map) => Box::new(map.values()),
        _ => Box::new(std::iter::empty()),
    }
}

fn position(index: i64, length: usize) -> Option<usize> {
    if index < 0 {
        length.checked_sub(usize::try_from(-index).ok()?)
    } else {
        usize::try_from(index).ok()
    }
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn pieces(&mut self, in_range: bool) -> Result<Vec<Piece>, String> {
        let mut pieces = Vec::new();
        while !self.rest.is_empty() {
            let Some(open) = self.rest.find('{') else {
                pieces.push(Piece::Text(std::mem::take(&mut self.rest).to_owned()));
                break;
            };
            if open > 0 {
                pieces.push(Piece::Text(self.rest[..open].to_owned()));
            }
            self.rest = &self.rest[open + 1..];
            let expression = self.expression()?;
            match expression.trim() {
                "end" if in_range => return Ok(pieces),
                "end" => return Err("not in range, nothing to end".into()),
                trimmed => {
                    if let Some(path) = trimmed.strip_prefix("range ") {
                        let steps = steps(path.trim())?;
                        pieces.push(Piece::Range(steps, self.pieces(true)?));
                    } else if trimmed.starts_with('"') || trimmed.starts_with('\'') {
                        pieces.push(Piece::Text(unquote(trimmed)));
                    } else {
                        pieces.push(Piece::Path(steps(trimmed)?));
                    }
                }
            }
        }
        if in_range { Err("unclosed action".into()) } else { Ok(pieces) }
    }

    /// What stands before the closing brace, quotes and brackets respected.
    fn expression(&mut self) -> Result<String, String> {
        let mut quote = None;
        let mut brackets = 0;
        let mut escaped = false;
        for (at, character) in self.rest.char_indices() {
            match (quote, character) {
                _ if escaped => escaped = false,
                (_, '\\') => escaped = true,
                (Some(open), close) if open == close => quote = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quote = Some(character),
                (None, '[') => brackets += 1,
                (None, ']') => brackets -= 1,
                (None, '}') if brackets == 0 => {
                    let expression = self.rest[..at].to_owned();
                    self.rest = &self.rest[at + 1..];
                    return Ok(expression);
                }
                (None, _) => {}
            }
        }
        Err(if brackets > 0 { "unterminated array" } else { "unclosed action" }.into())
    }
}

fn steps(path: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = path;
    if let Some(after) = rest.strip_prefix('$') {
        steps.push(Step::Root);
        rest = after;
    } else if let Some(after) = rest.strip_prefix('@') {
        rest = after;
    }
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("..") {
            steps.push(Step::Descend);
            rest = if after.starts_with(['.', '[']) { after } else { field(after, &mut steps) };
        } else if let Some(after) = rest.strip_prefix('.') {
            rest = field(after, &mut steps);
        } else if let Some(after) = rest.strip_prefix('[') {
            let end = closing(after).ok_or("unterminated array")?;
            steps.push(bracket(&after[..end])?);
            rest = &after[end + 1..];
        } else {
            let word: String = rest.chars().take_while(|c| c.is_alphanumeric()).collect();
            return Err(format!("unrecognized identifier {word}"));
        }
    }
    Ok(steps)
}

fn field<'a>(rest: &'a str, steps: &mut Vec<Step>) -> &'a str {
    let mut name = String::new();
    let mut escaped = false;
    let mut end = rest.len();
    for (at, character) in rest.char_indices() {
        match character {
            _ if escaped => {
                name.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            '.' | '[' | ' ' => {
                end = at;
                break;
            }
            other => name.push(other),
        }
    }
    match name.as_str() {
        "" => {}
        "*" => steps.push(Step::All),
        _ => steps.push(Step::Field(name)),
    }
    &rest[end..]
}

fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(character),
            (None, '[') => depth += 1,
            (None, ']') if depth == 0 => return Some(at),
            (None, ']') => depth -= 1,
            (None, _) => {}
        }
    }
    None
}

fn bracket(inside: &str) -> Result<Step, String> {
    let inside = inside.trim();
    if inside == "*" {
        return Ok(Step::All);
    }
    if let Some(filter) = inside.strip_prefix("?(").and_then(|filter| filter.strip_suffix(')')) {
        return filter_step(filter.trim());
    }
    if inside.starts_with('\'') || inside.starts_with('"') {
        let names: Vec<String> = inside.split(',').map(|name| unquote(name.trim())).collect();
        return Ok(match names.as_slice() {
            [name] => Step::Field(name.clone()),
            _ => Step::Union(names),
        });
    }
    let number = |text: &str| -> Result<Option<i64>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| format!("invalid array index {inside}"))
    };
    match inside.split_once(':') {
        Some((from, to)) => Ok(Step::Slice(number(from)?, number(to)?)),
        None => number(inside)?.map(Step::Index).ok_or(format!("invalid array index {inside}")),
    }
}

fn filter_step(filter: &str) -> Result<Step, String> {
    for operator in ["==", "!=", "<=", ">=", "<", ">"] {
        if let Some((left, right)) = filter.split_once(operator) {
            let right = right.trim();
            let operand = if right.starts_with(['@', '$']) {
                Operand::Path(steps(right)?)
            } else if right.starts_with(['"', '\'']) {
                Operand::Literal(unquote(right).into())
            } else {
                Operand::Literal(serde_json::from_str(right).unwrap_or(Value::String(right.into())))
            };
            return Ok(Step::Filter(steps(left.trim())?, Some((operator.into(), operand))));
        }
    }
    Ok(Step::Filter(steps(filter)?, None))
}

/// The text between quotes, with `\n` and `\t` as what they mean.
fn unquote(text: &str) -> String {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    let mut out = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => out.push('\n'),
                Some('t') => out.push('\t'),
                Some(other) => out.push(other),
                None => out.push('\\'),
            },
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn finds_what_kubectl_finds() {
        let list = json!({ "items": [
            { "metadata": { "name": "a", "labels": { "app.io/x": "1" } }, "status": { "phase": "Running" } },
            { "metadata": { "name": "b" }, "status": { "phase": "Pending" } },
        ]});
        for (template, printed) in [
            ("{.items[*].metadata.name}", "a b"),
            ("{.items[0].metadata.name}", "a"),
            ("{.items[-1:].metadata.name}", "b"),
            ("{range .items[*]}{.metadata.name}{\"\\n\"}{end}", "a\nb\n"),
            ("{.items[?(@.status.phase==\"Running\")].metadata.name}", "a"),
            ("{.items[0].metadata.labels.app\\.io/x}", "1"),
            ("{.items[0].metadata.labels['app.io/x']}", "1"),
            ("{..name}", "a b"),
            ("{.nope}", ""),
            ("{.items[0].metadata.labels}", "{\"app.io/x\":\"1\"}"),
        ] {
            assert_eq!(Template::parse(template).unwrap().print(&list), printed, "{template}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!(Template::parse("{.items[*}").unwrap_err(), "unterminated array");
        assert_eq!(Template::parse("{.items").unwrap_err(), "unclosed action");
    }
}
