//! A line of shell taken apart: words with quotes, `|`, `;`, `&&`, `||`, `>`, `<<`.
//!
//! The part of a POSIX shell that a lesson needs; no loops, no substitution, no globs.

/// Commands joined by pipes, and when they run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pipeline {
    /// The commands, each its words.
    pub commands: Vec<Vec<String>>,
    /// When it runs, seen from the one before.
    pub when: When,
    /// `< file`.
    pub input: Option<String>,
    /// `> file`, and whether `>>`.
    pub output: Option<(String, bool)>,
    /// `2>&1` or `2>/dev/null` on its last command.
    pub errors: Errors,
}

/// When a pipeline runs, seen from the one before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum When {
    /// After `;` or at the beginning.
    #[default]
    Always,
    /// After `&&`.
    Succeeded,
    /// After `||`.
    Failed,
}

/// Where standard error goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Errors {
    /// To the terminal.
    #[default]
    Shown,
    /// `2>&1`.
    Joined,
    /// `2>/dev/null`.
    Dropped,
}

/// The word after `<<` if the line begins a here-document, and the line without it.
pub fn here_document(line: &str) -> Option<(String, String)> {
    let at = line.find("<<")?;
    if line[..at].matches('\'').count() % 2 == 1 || line[..at].matches('"').count() % 2 == 1 {
        return None;
    }
    let after = line[at + 2..].trim_start_matches('-').trim_start();
    let end = after.find(char::is_whitespace).unwrap_or(after.len());
    let word = after[..end].trim_matches(['\'', '"']).to_owned();
    (!word.is_empty()).then(|| (word, format!("{}{}", &line[..at], &after[end..])))
}

/// Takes a line apart.
///
/// # Errors
/// A shell's sentence about what is missing.
pub fn parse(line: &str) -> Result<Vec<Pipeline>, String> {
    let mut pipelines = Vec::new();
    let mut current = Pipeline::default();
    let mut words: Vec<String> = Vec::new();
    let mut tokens = tokens(line)?.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            Token::Word(word) => words.push(word),
            Token::Operator("|") => {
                if words.is_empty() {
                    return Err("syntax error near unexpected token `|'".into());
                }
                current.commands.push(std::mem::take(&mut words));
            }
            Token::Operator(operator @ (";" | "&&" | "||" | "&")) => {
                if words.is_empty() {
                    return Err(format!("syntax error near unexpected token `{operator}'"));
                }
                current.commands.push(std::mem::take(&mut words));
                pipelines.push(std::mem::take(&mut current));
                current.when = match operator {
                    "&&" => When::Succeeded,
                    "||" => When::Failed,
                    _ => When::Always,
                };
            }
            Token::Operator("2>&1") => current.errors = Errors::Joined,
            Token::Operator(operator) => {
                let Some(Token::Word(target)) = tokens.next() else {
                    return Err("syntax error near unexpected token `newline'".into());
                };
                match operator {
                    "<" => current.input = Some(target),
                    "2>" if target == "/dev/null" => current.errors = Errors::Dropped,
                    "2>" => {}
                    ">>" => current.output = Some((target, true)),
                    _ => current.output = Some((target, false)),
                }
            }
        }
    }
    if !words.is_empty() {
        current.commands.push(words);
    } else if !current.commands.is_empty() {
        return Err("syntax error: unexpected end of line after `|'".into());
    }
    if !current.commands.is_empty() {
        pipelines.push(current);
    }
    Ok(pipelines)
}

enum Token {
    Word(String),
    Operator(&'static str),
}

const OPERATORS: &[&str] = &["2>&1", "2>", "&&", "||", ">>", "|", ";", "&", ">", "<"];

fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = line.trim_start();
    while !rest.is_empty() {
        if rest.starts_with('#') {
            break;
        }
        if let Some(operator) = OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
            tokens.push(Token::Operator(operator));
            rest = rest[operator.len()..].trim_start();
            continue;
        }
        let (word, after) = word(rest)?;
        tokens.push(Token::Word(word));
        rest = after.trim_start();
    }
    Ok(tokens)
}

/// The first word and what comes after it.
fn word(text: &str) -> Result<(String, &str), String> {
    let mut word = String::new();
    let mut quote = None;
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match (quote, character) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (Some('"') | None, '\\') => match characters.next() {
                Some((_, next)) if quote.is_none() || matches!(next, '"' | '\\' | '$' | '`') => {
                    word.push(next);
                }
                Some((_, '\n')) => {}
                Some((_, next)) => word.extend(['\\', next]),
                None => word.push('\\'),
            },
            (None, '\'' | '"') => quote = Some(character),
            (None, end) if end.is_whitespace() || matches!(end, '|' | ';' | '&' | '<' | '>') => {
                return Ok((word, &text[at..]));
            }
            (_, other) => word.push(other),
        }
    }
    match quote {
        Some(quote) => Err(format!("unexpected EOF while looking for matching `{quote}'")),
        None => Ok((word, "")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_pipes() {
        let pipelines = parse(
            r#"kubectl patch svc web -p '{"spec":{"type":"NodePort"}}' | grep "a b" && echo \"x\""#,
        )
        .unwrap();
        assert_eq!(
            pipelines[0].commands,
            [
                vec!["kubectl", "patch", "svc", "web", "-p", r#"{"spec":{"type":"NodePort"}}"#],
                vec!["grep", "a b"]
            ]
        );
        assert_eq!(pipelines[1].when, When::Succeeded);
        assert_eq!(pipelines[1].commands, [vec!["echo", "\"x\""]]);
    }

    #[test]
    fn redirections() {
        let pipelines = parse("cat x 2>/dev/null > y").unwrap();
        assert_eq!(pipelines[0].output, Some(("y".into(), false)));
        assert_eq!(pipelines[0].errors, Errors::Dropped);
        assert_eq!(here_document("kubectl apply -f - <<EOF").unwrap().0, "EOF");
        assert!(parse("echo 'a").is_err());
    }
}
