//! Which labels a selector chooses.
//!
//! Models `k8s.io/apimachinery/pkg/labels`: label selectors in objects, plain maps in Services, and
//! the text of `kubectl -l`.

use std::collections::BTreeMap;
use std::fmt;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

/// Labels of an object.
pub type Labels = BTreeMap<String, String>;

/// A condition on one label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Requirement {
    /// The label's key.
    pub key: String,
    /// What is asked of its value.
    pub operator: Operator,
    /// The values, sorted; none for `Exists` and `DoesNotExist`.
    pub values: Vec<String>,
}

/// What is asked of a label's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// It is one of the values.
    In,
    /// It is none of the values, or there is no such label.
    NotIn,
    /// There is such a label.
    Exists,
    /// There is no such label.
    DoesNotExist,
    /// It is a number greater than the value.
    GreaterThan,
    /// It is a number less than the value.
    LessThan,
}

/// Conditions all of which must hold; none chooses everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector(pub Vec<Requirement>);

/// Whether an object's selector chooses the labels. No selector (`None`) chooses nothing, an empty
/// one everything.
pub fn matches(selector: Option<&LabelSelector>, labels: Option<&Labels>) -> bool {
    let Some(selector) = selector else { return false };
    let empty = Labels::new();
    let labels = labels.unwrap_or(&empty);
    let equal =
        selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    equal
        && selector.match_expressions.iter().flatten().all(|expression| {
            let values = expression.values.as_deref().unwrap_or_default();
            let holds = |operator| holds(labels.get(&expression.key), operator, values);
            match expression.operator.as_str() {
                "In" => holds(Operator::In),
                "NotIn" => holds(Operator::NotIn),
                "Exists" => holds(Operator::Exists),
                "DoesNotExist" => holds(Operator::DoesNotExist),
                // Validation lets no other operator into the store.
                _ => false,
            }
        })
}

/// Whether a Service's selector chooses the labels; an empty one chooses nothing.
pub fn matches_map(selector: Option<&Labels>, labels: Option<&Labels>) -> bool {
    let Some(selector) = selector.filter(|selector| !selector.is_empty()) else { return false };
    selector.iter().all(|(key, value)| labels.and_then(|labels| labels.get(key)) == Some(value))
}

/// The selector as `kubectl` prints it: `app=web,tier in (a,b)`; `<none>` if it is empty.
pub fn text(selector: &LabelSelector) -> String {
    let text = Selector::of(selector).to_string();
    if text.is_empty() { "<none>".into() } else { text }
}

impl Requirement {
    /// Whether the labels fulfil it.
    pub fn holds(&self, labels: &Labels) -> bool {
        holds(labels.get(&self.key), self.operator, &self.values)
    }
}

impl Selector {
    /// The conditions of an object's selector, sorted by key.
    pub fn of(selector: &LabelSelector) -> Self {
        let mut requirements: Vec<Requirement> = selector
            .match_labels
            .iter()
            .flatten()
            .map(|(key, value)| Requirement {
                key: key.clone(),
                operator: Operator::In,
                values: vec![value.clone()],
            })
            .collect();
        for expression in selector.match_expressions.iter().flatten() {
            let operator = match expression.operator.as_str() {
                "In" => Operator::In,
                "NotIn" => Operator::NotIn,
                "Exists" => Operator::Exists,
                _ => Operator::DoesNotExist,
            };
            let mut values = expression.values.clone().unwrap_or_default();
            values.sort();
            requirements.push(Requirement { key: expression.key.clone(), operator, values });
        }
        requirements.sort_by(|a, b| a.key.cmp(&b.key));
        Self(requirements)
    }

    /// Whether the labels fulfil every condition.
    pub fn matches(&self, labels: &Labels) -> bool {
        self.0.iter().all(|requirement| requirement.holds(labels))
    }

    /// Reads the text of `kubectl -l`: `app=web,tier!=db,env in (a, b),!old,new,n>5`.
    ///
    /// # Errors
    /// Upstream's sentence about what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut words = Words::of(text);
        let mut requirements = Vec::new();
        loop {
            match words.peek() {
                Word::Text(_) | Word::Not => {
                    requirements.push(requirement(&mut words)?);
                    match words.next() {
                        Word::End => break,
                        Word::Comma => match words.peek() {
                            Word::Text(_) | Word::Not => {}
                            other => {
                                return Err(format!(
                                    "found '{other}', expected: identifier after ','"
                                ));
                            }
                        },
                        other => {
                            return Err(format!(
                                "found '{other}', expected: ',' or 'end of string'"
                            ));
                        }
                    }
                }
                Word::End => break,
                other => {
                    return Err(format!(
                        "found '{other}', expected: !, identifier, or 'end of string'"
                    ));
                }
            }
        }
        requirements.sort_by(|a: &Requirement, b| a.key.cmp(&b.key));
        Ok(Self(requirements))
    }
}

/// Writes `app=web,tier in (a,b),!old`.
impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, requirement) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(",")?;
            }
            let key = &requirement.key;
            let values = requirement.values.join(",");
            match requirement.operator {
                Operator::In if requirement.values.len() == 1 => write!(f, "{key}={values}")?,
                Operator::In => write!(f, "{key} in ({values})")?,
                Operator::NotIn if requirement.values.len() == 1 => write!(f, "{key}!={values}")?,
                Operator::NotIn => write!(f, "{key} notin ({values})")?,
                Operator::Exists => write!(f, "{key}")?,
                Operator::DoesNotExist => write!(f, "!{key}")?,
                Operator::GreaterThan => write!(f, "{key}>{values}")?,
                Operator::LessThan => write!(f, "{key}<{values}")?,
            }
        }
        Ok(())
    }
}

fn holds(value: Option<&String>, operator: Operator, values: &[String]) -> bool {
    let number = |text: &String| text.parse::<i64>().ok();
    let compare = |holds: fn(i64, i64) -> bool| {
        let wanted = values.first().and_then(number);
        matches!((value.and_then(number), wanted), (Some(found), Some(wanted)) if holds(found, wanted))
    };
    match operator {
        Operator::In => value.is_some_and(|value| values.contains(value)),
        Operator::NotIn => value.is_none_or(|value| !values.contains(value)),
        Operator::Exists => value.is_some(),
        Operator::DoesNotExist => value.is_none(),
        Operator::GreaterThan => compare(|found, wanted| found > wanted),
        Operator::LessThan => compare(|found, wanted| found < wanted),
    }
}

/// A word of the text of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    Not,
    Comma,
    Equal,
    NotEqual,
    Greater,
    Less,
    Open,
    Close,
    End,
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Word::Text(text) => text,
            Word::Not => "!",
            Word::Comma => ",",
            Word::Equal => "=",
            Word::NotEqual => "!=",
            Word::Greater => ">",
            Word::Less => "<",
            Word::Open => "(",
            Word::Close => ")",
            Word::End => "",
        })
    }
}

struct Words {
    words: Vec<Word>,
    at: usize,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Vec::new();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (word, length) = match first {
                ',' => (Word::Comma, 1),
                '(' => (Word::Open, 1),
                ')' => (Word::Close, 1),
                '>' => (Word::Greater, 1),
                '<' => (Word::Less, 1),
                '=' if rest.starts_with("==") => (Word::Equal, 2),
                '=' => (Word::Equal, 1),
                '!' if rest.starts_with("!=") => (Word::NotEqual, 2),
                '!' => (Word::Not, 1),
                _ => {
                    let end = rest.find(|c: char| "=!(),<>".contains(c) || c.is_whitespace());
                    let text = &rest[..end.unwrap_or(rest.len())];
                    (Word::Text(text.to_owned()), text.len())
                }
            };
            words.push(word);
            rest = rest[length..].trim_start();
        }
        Self { words, at: 0 }
    }

    fn peek(&self) -> Word {
        self.words.get(self.at).cloned().unwrap_or(Word::End)
    }

    fn next(&mut self) -> Word {
        let word = self.peek();
        self.at += 1;
        word
    }
}

fn requirement(words: &mut Words) -> Result<Requirement, String> {
    let negated = words.peek() == Word::Not;
    if negated {
        words.next();
    }
    let key = match words.next() {
        Word::Text(key) => key,
        other => return Err(format!("found '{other}', expected: identifier")),
    };
    let plain = |operator| Ok(Requirement { key: key.clone(), operator, values: Vec::new() });
    if negated {
        return plain(Operator::DoesNotExist);
    }
    let operator = match words.peek() {
        Word::End | Word::Comma => return plain(Operator::Exists),
        Word::Equal => Operator::In,
        Word::NotEqual => Operator::NotIn,
        Word::Greater => Operator::GreaterThan,
        Word::Less => Operator::LessThan,
        Word::Text(word) if word == "in" || word == "notin" => {
            words.next();
            let operator = if word == "in" { Operator::In } else { Operator::NotIn };
            return Ok(Requirement { key, operator, values: set(words)? });
        }
        other => return Err(format!("found '{other}', expected: in, notin, =, ==, !=, gt, lt")),
    };
    words.next();
    let value = match words.peek() {
        Word::Text(value) => {
            words.next();
            value
        }
        Word::End | Word::Comma => String::new(),
        other => return Err(format!("found '{other}', expected: identifier")),
    };
    Ok(Requirement { key, operator, values: vec![value] })
}

fn set(words: &mut Words) -> Result<Vec<String>, String> {
    match words.next() {
        Word::Open => {}
        other => return Err(format!("found '{other}' expected: '('")),
    }
    let mut values = Vec::new();
    loop {
        match words.next() {
            Word::Text(value) => values.push(value),
            Word::Comma => {}
            Word::Close => break,
            other => return Err(format!("found '{other}', expected: ',', ')' or identifier")),
        }
    }
    values.sort();
    values.dedup();
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn reads_what_kubectl_reads() {
        let web = labels(&[("app", "web"), ("tier", "front"), ("n", "7")]);
        for (text, chosen) in [
            ("app=web", true),
            ("app==web,tier!=db", true),
            ("app in (web, api)", true),
            ("app notin (web)", false),
            ("!old", true),
            ("tier", true),
            ("!tier", false),
            ("", true),
            ("n>5", true),
            ("n<5", false),
            ("missing notin (x)", true),
            ("app=", false),
        ] {
            assert_eq!(Selector::parse(text).unwrap().matches(&web), chosen, "{text}");
        }
        assert_eq!(Selector::parse("b in (y,x),a=1,!c").unwrap().to_string(), "a=1,b in (x,y),!c");
        assert!(Selector::parse("a in x").is_err());
        assert!(Selector::parse("a=b,,c").is_err());
    }

    #[test]
    fn no_selector_chooses_nothing_and_an_empty_one_everything() {
        let web = labels(&[("app", "web")]);
        assert!(!matches(None, Some(&web)));
        assert!(matches(Some(&LabelSelector::default()), Some(&web)));
        assert!(!matches_map(Some(&Labels::new()), Some(&web)));
        assert!(matches_map(Some(&web), Some(&web)));
    }
}
