//! Flags and arguments of a command line.
//!
//! Models the flags of `spf13/pflag` as `kubectl` uses them: `--name value`, `--name=value`, `-n
//! value`, `-nvalue`, booleans together (`-it`), and `--` that ends them.

use std::collections::BTreeMap;

use crate::report::Failure;

/// A flag that a command knows.
#[derive(Clone, Copy, Debug)]
pub struct Flag {
    /// The long name, without dashes.
    pub name: &'static str,
    /// The one-letter name.
    pub short: Option<char>,
    /// What may follow it.
    pub takes: Takes,
}

/// What may follow a flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// A value, in the same word or the next.
    Value,
    /// Nothing, or `=true`, `=false`.
    Nothing,
    /// A value after `=`, or this one without.
    Optional(&'static str),
}

/// A flag with a value.
pub const fn value(name: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Value }
}

/// A flag without a value.
pub const fn switch(name: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Nothing }
}

/// A flag whose value may be left out.
pub const fn optional(name: &'static str, absent: &'static str) -> Flag {
    Flag { name, short: None, takes: Takes::Optional(absent) }
}

impl Flag {
    /// The same flag with a one-letter name.
    pub const fn short(self, short: char) -> Flag {
        Flag { short: Some(short), ..self }
    }
}

/// Flags that every `kubectl` command knows.
pub(crate) const GLOBAL: &[Flag] = &[
    value("namespace").short('n'),
    value("context"),
    value("cluster"),
    value("user"),
    value("kubeconfig"),
    value("server").short('s'),
    value("request-timeout"),
    value("v"),
    switch("help").short('h'),
    switch("warnings-as-errors"),
];

/// A command line taken apart.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// What is no flag, in order, up to `--`.
    pub positional: Vec<String>,
    /// What stands after `--`, if that was given.
    pub rest: Option<Vec<String>>,
    flags: BTreeMap<&'static str, Vec<String>>,
}

impl Arguments {
    /// Takes a command line apart; `command` is named in errors: `kubectl get`.
    ///
    /// # Errors
    /// An unknown flag, or one without its value.
    pub fn parse(command: &str, words: &[String], known: &[Flag]) -> Result<Self, Failure> {
        let mut arguments = Arguments::default();
        let wrong = |problem: String| {
            Failure::local(format!("{problem}\nSee '{command} --help' for usage."))
        };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.rest = Some(words.cloned().collect());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, given) = match long.split_once('=') {
                    Some((name, given)) => (name, Some(given.to_owned())),
                    None => (long, None),
                };
                let flag = find(known, |flag| flag.name == name)
                    .ok_or_else(|| wrong(format!("unknown flag: --{name}")))?;
                let value = match (given, flag.takes) {
                    (Some(given), _) => given,
                    (None, Takes::Nothing) => "true".into(),
                    (None, Takes::Optional(absent)) => absent.into(),
                    (None, Takes::Value) => words
                        .next()
                        .cloned()
                        .ok_or_else(|| wrong(format!("flag needs an argument: --{name}")))?,
                };
                arguments.add(flag, value);
            } else if word.len() > 1 && word.starts_with('-') {
                let mut letters = word[1..].chars();
                while let Some(letter) = letters.next() {
                    let flag = find(known, |flag| flag.short == Some(letter)).ok_or_else(|| {
                        wrong(format!("unknown shorthand flag: {letter:?} in {word}"))
                    })?;
                    if flag.takes == Takes::Nothing {
                        arguments.add(flag, "true".into());
                        continue;
                    }
                    let inline = letters.as_str();
                    let value = if inline.is_empty() {
                        words.next().cloned().ok_or_else(|| {
                            wrong(format!("flag needs an argument: {letter:?} in {word}"))
                        })?
                    } else {
                        inline.strip_prefix('=').unwrap_or(inline).to_owned()
                    };
                    arguments.add(flag, value);
                    break;
                }
            } else {
                arguments.positional.push(word.clone());
            }
        }
        Ok(arguments)
    }

    /// The last value of a flag.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.flags.get(name)?.last().map(String::as_str)
    }

    /// Every value of a flag, in order, those joined by commas apart.
    pub fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        self.all(name).flat_map(|value| value.split(','))
    }

    /// Every value of a flag as given.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.flags.get(name).into_iter().flatten().map(String::as_str)
    }

    /// Whether a flag is there and not `false`.
    pub fn is_set(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value != "false")
    }

    /// A flag's value as a number.
    ///
    /// # Errors
    /// If the value is no number.
    pub fn number(&self, name: &str) -> Result<Option<i64>, Failure> {
        let Some(value) = self.value(name) else { return Ok(None) };
        value.parse().map(Some).map_err(|_| {
            Failure::local(format!(
                "invalid argument {value:?} for \"--{name}\" flag: strconv.ParseInt: parsing \
                 {value:?}: invalid syntax"
            ))
        })
    }

    fn add(&mut self, flag: &Flag, value: String) {
        self.flags.entry(flag.name).or_default().push(value);
    }
}

fn find(known: &[Flag], is_meant: impl Fn(&Flag) -> bool) -> Option<&Flag> {
    known.iter().chain(GLOBAL).find(|flag| is_meant(flag))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] =
        &[value("output").short('o'), switch("stdin").short('i'), switch("tty").short('t')];

    fn parse(line: &str) -> Result<Arguments, Failure> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Arguments::parse("kubectl get", &words, KNOWN)
    }

    #[test]
    fn understands_the_ways_to_write_a_flag() {
        for line in
            ["po -o yaml", "po -oyaml", "po -o=yaml", "po --output yaml", "--output=yaml po"]
        {
            let arguments = parse(line).unwrap();
            assert_eq!(arguments.value("output"), Some("yaml"), "{line}");
            assert_eq!(arguments.positional, ["po"]);
        }
        let arguments = parse("-it web -- ls -l").unwrap();
        assert!(arguments.is_set("stdin") && arguments.is_set("tty"));
        assert_eq!(arguments.rest.unwrap(), ["ls", "-l"]);
    }

    #[test]
    fn refuses_as_kubectl_does() {
        assert_eq!(
            parse("pods --bogus").unwrap_err(),
            Failure::local("unknown flag: --bogus\nSee 'kubectl get --help' for usage.")
        );
        assert_eq!(
            parse("pods -o").unwrap_err(),
            Failure::local(
                "flag needs an argument: 'o' in -o\nSee 'kubectl get --help' for usage."
            )
        );
    }
}
