//! The small tools that a pipe leads to: `grep`, `head`, `tail`, `wc`, `sort`, `uniq`, `cut`, `tr`,
//! `cat`, `awk`, `sed`.
//!
//! As far as they are used on `kubectl`'s output; they read standard input or the shell's files.

use std::collections::BTreeMap;

use crate::report::Output;

/// Runs a filter on its input; none if there is no such filter.
pub fn run(words: &[String], stdin: &str, files: &BTreeMap<String, String>) -> Option<Output> {
    let (name, arguments) = words.split_first()?;
    let split = |values: &str| Options::parse(arguments, values);
    let output = match name.as_str() {
        "grep" | "egrep" => grep(&split("eABCm"), stdin, files),
        "head" => first_or_last(&split("nc"), stdin, files, true),
        "tail" => first_or_last(&split("nc"), stdin, files, false),
        "wc" => count(&split(""), stdin, files),
        "sort" => sort(&split("kt"), stdin, files),
        "uniq" => unique(&split(""), stdin),
        "cut" => cut(&split("dfc"), stdin),
        "awk" => awk(&split("F"), stdin, files),
        "tr" => translate(&split(""), stdin),
        "sed" => substitute(&split("e"), stdin, files),
        "cat" => match input(&split("").operands, stdin, files, "cat") {
            Ok(text) => Output::printed(text),
            Err(complaint) => complaint,
        },
        _ => return None,
    };
    Some(output)
}

/// The filters' names.
pub const NAMES: &[&str] =
    &["awk", "cat", "cut", "grep", "head", "sed", "sort", "tail", "tr", "uniq", "wc"];

struct Options {
    letters: Vec<(char, String)>,
    operands: Vec<String>,
}

impl Options {
    /// `values` are the letters that take one.
    fn parse(arguments: &[String], values: &str) -> Self {
        let mut options = Options { letters: Vec::new(), operands: Vec::new() };
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let Some(letters) = argument.strip_prefix('-').filter(|letters| !letters.is_empty())
            else {
                options.operands.push(argument.clone());
                continue;
            };
            if letters.chars().all(|letter| letter.is_ascii_digit()) {
                options.letters.push(('n', letters.into()));
                continue;
            }
            let mut rest = letters.chars();
            while let Some(letter) = rest.next() {
                if values.contains(letter) {
                    let inline = rest.as_str();
                    let value = if inline.is_empty() {
                        arguments.next().cloned().unwrap_or_default()
                    } else {
                        inline.to_owned()
                    };
                    options.letters.push((letter, value));
                    break;
                }
                options.letters.push((letter, String::new()));
            }
        }
        options
    }

    fn has(&self, letter: char) -> bool {
        self.value(letter).is_some()
    }

    fn value(&self, letter: char) -> Option<&str> {
        self.letters.iter().find(|(given, _)| *given == letter).map(|(_, value)| value.as_str())
    }
}

fn input(
    operands: &[String],
    stdin: &str,
    files: &BTreeMap<String, String>,
    tool: &str,
) -> Result<String, Output> {
    if operands.is_empty() {
        return Ok(stdin.to_owned());
    }
    let mut text = String::new();
    for operand in operands {
        match files.get(operand.trim_start_matches("./")) {
            _ if operand == "-" => text.push_str(stdin),
            Some(file) => text.push_str(file),
            None => {
                let complaint = format!("{tool}: {operand}: No such file or directory\n");
                return Err(Output::failed(complaint, 1));
            }
        }
    }
    Ok(text)
}

fn grep(options: &Options, stdin: &str, files: &BTreeMap<String, String>) -> Output {
    let mut operands = options.operands.iter();
    let pattern = match options.value('e').map(str::to_owned).or_else(|| operands.next().cloned()) {
        Some(pattern) => pattern,
        None => return Output::failed("Usage: grep [OPTION]... PATTERNS [FILE]...\n", 2),
    };
    let rest: Vec<String> = operands.cloned().collect();
    let text = match input(&rest, stdin, files, "grep") {
        Ok(text) => text,
        Err(complaint) => return Output { code: 2, ..complaint },
    };
    let lines: Vec<&str> = text.lines().collect();
    let fold = |text: &str| if options.has('i') { text.to_lowercase() } else { text.to_owned() };
    let alternatives: Vec<String> = if options.has('F') {
        vec![fold(&pattern)]
    } else {
        fold(&pattern).replace("\\|", "|").split('|').map(str::to_owned).collect()
    };
    let matches = |line: &&str| {
        let line = fold(line);
        let found = alternatives.iter().any(|alternative| {
            if options.has('F') {
                line.contains(alternative)
            } else {
                pattern_matches(alternative, &line)
            }
        });
        found != options.has('v')
    };
    let context = |letter: char| {
        options
            .value(letter)
            .or(options.value('C'))
            .and_then(|n| n.parse::<usize>().ok())
            .unwrap_or(0)
    };
    let (before, after) = (context('B'), context('A'));
    let hits: Vec<usize> =
        lines.iter().enumerate().filter(|(_, line)| matches(line)).map(|(at, _)| at).collect();
    let code = i32::from(hits.is_empty());
    if options.has('c') {
        return Output { code, ..Output::printed(format!("{}\n", hits.len())) };
    }
    if options.has('q') {
        return Output { code, ..Output::default() };
    }
    let mut out = String::new();
    let mut next = 0;
    for hit in hits {
        let from = hit.saturating_sub(before).max(next);
        if next > 0 && from > next && before + after > 0 {
            out.push_str("--\n");
        }
        let to = (hit + after + 1).min(lines.len()).max(next);
        for (at, line) in lines.iter().enumerate().take(to).skip(from) {
            if options.has('n') {
                out.push_str(&format!("{}{}", at + 1, if at == hit { ':' } else { '-' }));
            }
            out.push_str(line);
            out.push('\n');
        }
        next = to;
    }
    Output { code, ..Output::printed(out) }
}

/// Whether a basic pattern occurs: `.`, `.*`, `x*`, `^`, `$`, `[abc]`, `\.`.
fn pattern_matches(pattern: &str, line: &str) -> bool {
    let line: Vec<char> = line.chars().collect();
    let (anchored, pattern) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let atoms = atoms(pattern);
    let last = if anchored { 0 } else { line.len() };
    (0..=last).any(|start| matches_here(&atoms, &line[start..]))
}

enum Atom {
    Any,
    End,
    One(char),
    Set(Vec<char>, bool),
}

fn atoms(pattern: &str) -> Vec<(Atom, bool)> {
    let mut atoms: Vec<(Atom, bool)> = Vec::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        let atom = match character {
            '.' => Atom::Any,
            '$' if characters.peek().is_none() => Atom::End,
            '\\' => Atom::One(characters.next().unwrap_or('\\')),
            '*' => {
                if let Some(last) = atoms.last_mut() {
                    last.1 = true;
                    continue;
                }
                Atom::One('*')
            }
            '[' => {
                let negated = characters.next_if_eq(&'^').is_some();
                let mut set = Vec::new();
                for member in characters.by_ref() {
                    if member == ']' && !set.is_empty() {
                        break;
                    }
                    set.push(member);
                }
                Atom::Set(spread(&set), negated)
            }
            other => Atom::One(other),
        };
        atoms.push((atom, false));
    }
    atoms
}

/// `a-z` written out.
fn spread(set: &[char]) -> Vec<char> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < set.len() {
        if at + 2 < set.len() && set[at + 1] == '-' {
            all.extend(set[at]..=set[at + 2]);
            at += 3;
        } else {
            all.push(set[at]);
            at += 1;
        }
    }
    all
}

fn matches_here(atoms: &[(Atom, bool)], line: &[char]) -> bool {
    let Some(((atom, repeated), rest)) = atoms.split_first() else { return true };
    let fits = |character: &char| match atom {
        Atom::Any => true,
        Atom::End => false,
        Atom::One(wanted) => wanted == character,
        Atom::Set(set, negated) => set.contains(character) != *negated,
    };
    if matches!(atom, Atom::End) {
        return line.is_empty();
    }
    if *repeated {
        let most = line.iter().take_while(|character| fits(character)).count();
        return (0..=most).rev().any(|taken| matches_here(rest, &line[taken..]));
    }
    line.first().is_some_and(fits) && matches_here(rest, &line[1..])
}

fn first_or_last(
    options: &Options,
    stdin: &str,
    files: &BTreeMap<String, String>,
    first: bool,
) -> Output {
    let text = match input(&options.operands, stdin, files, if first { "head" } else { "tail" }) {
        Ok(text) => text,
        Err(complaint) => return complaint,
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let wanted = options.value('n').unwrap_or("10");
    let number = |text: &str| text.trim_start_matches(['-', '+']).parse::<usize>().unwrap_or(10);
    let count = number(wanted);
    let shown = match (first, wanted.chars().next()) {
        (true, Some('-')) => &lines[..lines.len().saturating_sub(count)],
        (true, _) => &lines[..count.min(lines.len())],
        (false, Some('+')) => &lines[count.saturating_sub(1).min(lines.len())..],
        (false, _) => &lines[lines.len().saturating_sub(count)..],
    };
    Output::printed(shown.concat())
}

fn count(options: &Options, stdin: &str, files: &BTreeMap<String, String>) -> Output {
    let text = match input(&options.operands, stdin, files, "wc") {
        Ok(text) => text,
        Err(complaint) => return complaint,
    };
    let (lines, words, bytes) =
        (text.matches('\n').count(), text.split_whitespace().count(), text.len());
    let line = match (options.has('l'), options.has('w'), options.has('c')) {
        (true, _, _) => lines.to_string(),
        (_, true, _) => words.to_string(),
        (_, _, true) => bytes.to_string(),
        _ => format!("{lines:7} {words:7} {bytes:7}"),
    };
    Output::printed(format!("{line}\n"))
}

fn sort(options: &Options, stdin: &str, files: &BTreeMap<String, String>) -> Output {
    let text = match input(&options.operands, stdin, files, "sort") {
        Ok(text) => text,
        Err(complaint) => return complaint,
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let field = options.value('k').and_then(|key| {
        key.chars().take_while(char::is_ascii_digit).collect::<String>().parse().ok()
    });
    let key = |line: &&str| -> String {
        match field {
            Some(field) => {
                line.split_whitespace().skip(1usize.max(field) - 1).collect::<Vec<_>>().join(" ")
            }
            None => (*line).to_owned(),
        }
    };
    if options.has('n') {
        lines.sort_by_key(|line| {
            key(line)
                .chars()
                .take_while(char::is_ascii_digit)
                .collect::<String>()
                .parse::<u64>()
                .unwrap_or(0)
        });
    } else {
        lines.sort_by_key(key);
    }
    if options.has('r') {
        lines.reverse();
    }
    if options.has('u') {
        lines.dedup();
    }
    Output::printed(lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

fn unique(options: &Options, stdin: &str) -> Output {
    let mut groups: Vec<(usize, &str)> = Vec::new();
    for line in stdin.lines() {
        match groups.last_mut() {
            Some((count, last)) if *last == line => *count += 1,
            _ => groups.push((1, line)),
        }
    }
    let print = |(count, line): (usize, &str)| {
        if options.has('c') { format!("{count:7} {line}\n") } else { format!("{line}\n") }
    };
    Output::printed(groups.into_iter().map(print).collect::<String>())
}

/// `awk` as far as `/word/ {print $1, $NF}` goes: the lines that hold the word, and fields of them.
fn awk(options: &Options, stdin: &str, files: &BTreeMap<String, String>) -> Output {
    let Some((program, operands)) = options.operands.split_first() else {
        return Output::failed("usage: awk [-F fs] 'prog' [file ...]\n", 1);
    };
    let program = program.trim();
    let (word, action) = match program.strip_prefix('/').and_then(|rest| rest.split_once('/')) {
        Some((word, action)) => (word, action.trim()),
        None => ("", program),
    };
    let (line, action) = match action.strip_prefix("NR>1") {
        Some(action) => (1, action.trim()),
        None => (0, action),
    };
    let printed = action.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let Some(printed) = printed.and_then(|it| it.trim().strip_prefix("print")) else {
        return Output::failed("awk: only '/word/ {print $1, $2}' is simulated\n", 2);
    };
    let text = match input(operands, stdin, files, "awk") {
        Ok(text) => text,
        Err(complaint) => return complaint,
    };
    let mut output = String::new();
    for line in text.lines().skip(line).filter(|line| line.contains(word)) {
        let fields: Vec<&str> = match options.value('F') {
            Some(separator) => line.split(separator).collect(),
            None => line.split_whitespace().collect(),
        };
        let value = |term: &str| match term.trim() {
            "" | "$0" => line.to_owned(),
            "$NF" => fields.last().copied().unwrap_or_default().to_owned(),
            term => match term.strip_prefix('$').and_then(|number| number.parse::<usize>().ok()) {
                Some(number) => {
                    fields.get(number.wrapping_sub(1)).copied().unwrap_or_default().to_owned()
                }
                None => term.trim_matches('"').to_owned(),
            },
        };
        let values: Vec<String> = printed.split(',').map(value).collect();
        output.push_str(&values.join(" "));
        output.push('\n');
    }
    Output::printed(output)
}

/// `sed` as far as `s/word/other/g` goes, without patterns.
fn substitute(options: &Options, stdin: &str, files: &BTreeMap<String, String>) -> Output {
    let mut operands = options.operands.as_slice();
    let script = match (options.value('e'), operands) {
        (Some(script), _) => script,
        (None, [script, rest @ ..]) => {
            operands = rest;
            script.as_str()
        }
        (None, []) => {
            return Output::failed("Usage: sed [OPTION]... {script} [input-file]...\n", 1);
        }
    };
    let parts = script.strip_prefix('s').and_then(|rest| {
        let mark = rest.chars().next()?;
        let mut parts = rest[mark.len_utf8()..].split(mark);
        Some((parts.next()?, parts.next()?, parts.next()?))
    });
    let Some((word, other, flags)) = parts.filter(|(word, ..)| !word.is_empty()) else {
        return Output::failed("sed: only s/word/other/ and s/word/other/g are simulated\n", 1);
    };
    let text = match input(operands, stdin, files, "sed") {
        Ok(text) => text,
        Err(complaint) => return complaint,
    };
    let count = if flags.contains('g') { usize::MAX } else { 1 };
    let lines = text.lines().map(|line| line.replacen(word, other, count) + "\n");
    Output::printed(lines.collect::<String>())
}

fn cut(options: &Options, stdin: &str) -> Output {
    let delimiter = options.value('d').unwrap_or("\t").to_owned();
    let fields: Vec<usize> = options
        .value('f')
        .unwrap_or("1")
        .split(',')
        .filter_map(|field| field.parse().ok())
        .collect();
    let lines = stdin.lines().map(|line| {
        let pieces: Vec<&str> = line.split(delimiter.as_str()).collect();
        let chosen: Vec<&str> =
            fields.iter().filter_map(|field| pieces.get(field.wrapping_sub(1)).copied()).collect();
        format!("{}\n", chosen.join(&delimiter))
    });
    Output::printed(lines.collect::<String>())
}

fn translate(options: &Options, stdin: &str) -> Output {
    let unescape = |text: &String| text.replace("\\n", "\n").replace("\\t", "\t");
    let sets: Vec<Vec<char>> = options
        .operands
        .iter()
        .map(|set| spread(&unescape(set).chars().collect::<Vec<_>>()))
        .collect();
    let (Some(from), to) = (sets.first(), sets.get(1)) else {
        return Output::failed("tr: missing operand\n", 1);
    };
    let changed = stdin.chars().filter_map(|character| {
        let Some(at) = from.iter().position(|member| *member == character) else {
            return Some(character);
        };
        if options.has('d') { None } else { to.and_then(|to| to.get(at).or(to.last())).copied() }
    });
    Output::printed(changed.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(line: &str, stdin: &str) -> Output {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        run(&words, stdin, &BTreeMap::new()).unwrap()
    }

    #[test]
    fn filters_lines() {
        let text = "NAME   READY\nweb-1   1/1\ndb   0/1\n";
        assert_eq!(filter("grep web", text).stdout, "web-1   1/1\n");
        assert_eq!(filter("grep -v 1/1", text).stdout, "NAME   READY\ndb   0/1\n");
        assert_eq!(filter("grep ^d.*1$", text).stdout, "db   0/1\n");
        assert_eq!(filter("grep -c web|db", text).stdout, "2\n");
        assert_eq!(filter("grep nothing", text).code, 1);
        assert_eq!(filter("head -1", text).stdout, "NAME   READY\n");
        assert_eq!(filter("tail -n +2", text).stdout, "web-1   1/1\ndb   0/1\n");
        assert_eq!(filter("wc -l", text).stdout, "3\n");
        assert_eq!(filter("sort -r", "a\nb\n").stdout, "b\na\n");
    }
}
