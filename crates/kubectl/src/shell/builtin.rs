//! What a shell does by itself: `echo`, `printf`, `test`, `read`, `seq`, `export`.

use std::collections::BTreeMap;

use super::arithmetic;
use crate::report::Output;

/// The names, as completion offers them.
pub const NAMES: &[&str] = &["echo", "export", "printf", "seq", "test"];

/// Runs a command if the shell has it.
pub fn run(
    variables: &mut BTreeMap<String, String>,
    program: &str,
    arguments: &[String],
    input: &mut String,
) -> Option<Output> {
    let output = match program {
        ":" | "true" | "set" | "shopt" => Output::default(),
        "false" => Output::failed("", 1),
        "echo" => echo(arguments),
        "printf" => printf(arguments),
        "seq" => sequence(arguments),
        "test" | "[" | "[[" => test(arguments),
        "let" => {
            let values = arguments.iter().map(|text| arithmetic::evaluate(text, variables));
            match values.last() {
                Some(Ok(value)) => Output { code: i32::from(value == 0), ..Output::default() },
                Some(Err(problem)) => Output::failed(format!("let: {problem}\n"), 1),
                None => Output::failed("let: expression expected\n", 1),
            }
        }
        "export" | "readonly" | "local" | "declare" => {
            for (name, value) in arguments.iter().filter_map(|word| word.split_once('=')) {
                variables.insert(name.to_owned(), value.to_owned());
            }
            Output::default()
        }
        "unset" => {
            for name in arguments {
                variables.remove(name);
            }
            Output::default()
        }
        "read" => read(variables, arguments, input),
        _ => return None,
    };
    Some(output)
}

fn echo(arguments: &[String]) -> Output {
    let flags = arguments.iter().take_while(|word| {
        word.len() > 1 && word.starts_with('-') && word[1..].chars().all(|it| "neE".contains(it))
    });
    let flags: Vec<&String> = flags.collect();
    let has = |letter: char| flags.iter().any(|flag| flag.contains(letter));
    let text = arguments[flags.len()..].join(" ");
    let text = if has('e') { escapes(&text) } else { text };
    Output::printed(if has('n') { text } else { text + "\n" })
}

/// `\n`, `\t` and `\\` as what they stand for.
fn escapes(text: &str) -> String {
    text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace('\0', "\\")
}

/// `printf` with `%s`, `%d` and `%%`; the format is used again until every word is printed.
fn printf(arguments: &[String]) -> Output {
    let Some((format, words)) = arguments.split_first() else {
        return Output::failed("printf: usage: printf format [arguments]\n", 2);
    };
    let format = escapes(format);
    let mut words = words.iter();
    let mut text = String::new();
    loop {
        let left = words.len();
        let mut pieces = format.split('%');
        text.push_str(pieces.next().unwrap_or_default());
        while let Some(piece) = pieces.next() {
            if piece.is_empty() {
                text.push('%');
                text.push_str(pieces.next().unwrap_or_default());
                continue;
            }
            let end = piece.find(|it: char| it.is_ascii_alphabetic()).unwrap_or(0);
            let width = piece[..end].parse::<i32>().unwrap_or(0);
            let word = words.next().map_or("", String::as_str);
            let size = width.unsigned_abs() as usize;
            match width < 0 {
                true => text.push_str(&format!("{word:<size$}")),
                false => text.push_str(&format!("{word:>size$}")),
            }
            text.push_str(piece.get(end + 1..).unwrap_or_default());
        }
        if words.len() == 0 || words.len() == left {
            return Output::printed(text);
        }
    }
}

fn sequence(arguments: &[String]) -> Output {
    let numbers: Option<Vec<i64>> = arguments.iter().map(|word| word.parse().ok()).collect();
    let (first, step, last) = match numbers.as_deref() {
        Some([last]) => (1, 1, *last),
        Some([first, last]) => (*first, 1, *last),
        Some([first, step, last]) if *step != 0 => (*first, *step, *last),
        _ => return Output::failed("seq: missing operand\n", 1),
    };
    let mut text = String::new();
    let mut number = first;
    while (if step > 0 { number <= last } else { number >= last }) && text.len() < 20_000 {
        text.push_str(&format!("{number}\n"));
        number += step;
    }
    Output::printed(text)
}

fn test(arguments: &[String]) -> Output {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        [inside @ .., "]" | "]]"] => inside,
        all => all,
    };
    match holds(words) {
        Some(holds) => Output { code: i32::from(!holds), ..Output::default() },
        None => Output::failed(format!("test: {}: cannot be judged\n", words.join(" ")), 2),
    }
}

fn holds(words: &[&str]) -> Option<bool> {
    let number = |text: &str| text.parse::<i64>().ok();
    Some(match words {
        [] => false,
        ["!", rest @ ..] => !holds(rest)?,
        ["-z", text] => text.is_empty(),
        ["-n", text] => !text.is_empty(),
        [text] => !text.is_empty(),
        [a, "=" | "==", b] => a == b,
        [a, "!=", b] => a != b,
        [a, "-eq", b] => number(a)? == number(b)?,
        [a, "-ne", b] => number(a)? != number(b)?,
        [a, "-lt", b] => number(a)? < number(b)?,
        [a, "-le", b] => number(a)? <= number(b)?,
        [a, "-gt", b] => number(a)? > number(b)?,
        [a, "-ge", b] => number(a)? >= number(b)?,
        _ => {
            let at = words.iter().position(|word| matches!(*word, "-a" | "-o"))?;
            let (left, right) = (holds(&words[..at])?, holds(&words[at + 1..])?);
            if words[at] == "-a" { left && right } else { left || right }
        }
    })
}

/// `read name …`: the next line of the input, its last name taking the rest.
fn read(
    variables: &mut BTreeMap<String, String>,
    arguments: &[String],
    input: &mut String,
) -> Output {
    if input.is_empty() {
        return Output::failed("", 1);
    }
    let end = input.find('\n').map_or(input.len(), |at| at + 1);
    let line: String = input.drain(..end).collect();
    let mut rest = line.trim();
    let names: Vec<&String> = arguments.iter().filter(|word| !word.starts_with('-')).collect();
    for (position, name) in names.iter().enumerate() {
        let value = match rest.split_once(char::is_whitespace) {
            Some((word, more)) if position + 1 < names.len() => {
                rest = more.trim_start();
                word
            }
            _ => std::mem::take(&mut rest),
        };
        variables.insert((*name).clone(), value.to_owned());
    }
    Output::default()
}
