//! A file of cases taken apart: front matter, headings, fenced blocks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::block::Block;

/// A file of cases.
#[derive(Debug, Default)]
pub struct Document {
    /// Its front matter.
    pub settings: Settings,
    /// Its cases in order.
    pub cases: Vec<Case>,
}

/// What a file's cases begin with.
#[derive(Debug, Default)]
pub struct Settings {
    /// A scenario to begin with as it is.
    pub scenario: Option<String>,
    /// The seed, if not the scenario's own.
    pub seed: Option<u64>,
    /// The network plugin, if not the scenario's own: `calico-vxlan`.
    pub cni: Option<String>,
    /// Who gives Services of type LoadBalancer their address: `google`.
    pub load_balancer: Option<String>,
    /// Who answers for Ingresses: `nginx`.
    pub ingress: Option<String>,
}

/// A case: a sentence and the blocks below it.
#[derive(Debug)]
pub struct Case {
    /// The sentence.
    pub heading: String,
    /// What runs, in order.
    pub blocks: Vec<Fenced>,
}

/// A fenced block and where it stands.
#[derive(Debug)]
pub struct Fenced {
    /// The line of its opening fence, from 1.
    pub line: usize,
    /// The bytes of its content in the file.
    pub content: Range<usize>,
    /// Its content.
    pub text: String,
    /// What it is.
    pub block: Block,
}

/// Takes a file apart.
///
/// # Errors
/// A sentence that begins with the line.
pub fn read(text: &str) -> Result<Document, String> {
    let mut document = Document::default();
    let mut lines = Lines { text, at: 0, number: 0 };
    if text.starts_with("---\n") {
        lines.next();
        document.settings = front_matter(&mut lines)?;
    }
    let mut seen = BTreeSet::new();
    while let Some((number, _, line)) = lines.next() {
        if let Some(heading) = line.strip_prefix("## ") {
            if !seen.insert(heading.to_owned()) {
                return Err(format!("line {number}: `{heading}` is a case already"));
            }
            document.cases.push(Case { heading: heading.to_owned(), blocks: Vec::new() });
        } else if let Some(info) = line.strip_prefix("```") {
            let block =
                Block::parse(info).map_err(|problem| format!("line {number}: {problem}"))?;
            let start = lines.at;
            let end = loop {
                match lines.next() {
                    Some((_, at, "```")) => break at,
                    Some(_) => {}
                    None => return Err(format!("line {number}: the block is not closed")),
                }
            };
            let case = document.cases.last_mut();
            let case = case.ok_or(format!("line {number}: the block stands before any case"))?;
            let text = text[start..end].to_owned();
            case.blocks.push(Fenced { line: number, content: start..end, text, block });
        }
    }
    document.cases.iter().try_for_each(check)?;
    if document.cases.is_empty() {
        return Err("the file has no case: a case begins with `## `".into());
    }
    Ok(document)
}

/// Every case expects something, and every expectation has something it is about.
fn check(case: &Case) -> Result<(), String> {
    let expects = |fenced: &Fenced| match &fenced.block {
        Block::Yaml { .. } => false,
        Block::Console => fenced.text.lines().any(|line| line.starts_with("$ ")),
        Block::Diagnostics | Block::Trace { .. } | Block::Table { .. } => true,
    };
    if !case.blocks.iter().any(expects) {
        return Err(format!("`{}` expects nothing", case.heading));
    }
    let mut yaml_before = false;
    for fenced in &case.blocks {
        match &fenced.block {
            Block::Yaml { .. } => yaml_before = true,
            Block::Diagnostics if !yaml_before => {
                return Err(format!(
                    "line {}: the findings belong to no `yaml` block",
                    fenced.line
                ));
            }
            Block::Diagnostics => yaml_before = false,
            Block::Console if !fenced.text.starts_with("$ ") => {
                return Err(format!("line {}: the output belongs to no command", fenced.line));
            }
            Block::Console | Block::Trace { .. } | Block::Table { .. } => {}
        }
    }
    Ok(())
}

fn front_matter(lines: &mut Lines<'_>) -> Result<Settings, String> {
    let mut settings = Settings::default();
    let mut values = BTreeMap::new();
    loop {
        match lines.next() {
            Some((_, _, "---")) => break,
            Some((number, _, line)) => {
                let (key, value) = line
                    .split_once(':')
                    .ok_or(format!("line {number}: `key: value` is expected"))?;
                values.insert(key.trim().to_owned(), (number, value.trim().to_owned()));
            }
            None => return Err("line 1: the front matter is not closed".into()),
        }
    }
    for (key, (number, value)) in values {
        match key.as_str() {
            "scenario" => settings.scenario = Some(value),
            "cni" => settings.cni = Some(value),
            "load-balancer" => settings.load_balancer = Some(value),
            "ingress" => settings.ingress = Some(value),
            "seed" => {
                let seed =
                    value.parse().map_err(|_| format!("line {number}: the seed is no number"))?;
                settings.seed = Some(seed);
            }
            other => return Err(format!("line {number}: `{other}` is no setting")),
        }
    }
    Ok(settings)
}

/// Lines with their number and place.
struct Lines<'a> {
    text: &'a str,
    at: usize,
    number: usize,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<(usize, usize, &'a str)> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let length = rest.find('\n').map_or(rest.len(), |end| end + 1);
        let start = self.at;
        self.at += length;
        self.number += 1;
        Some((self.number, start, rest[..length].trim_end_matches('\n')))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(text: &str) -> String {
        read(text).expect_err("the file is wrong")
    }

    #[test]
    fn takes_a_file_apart() {
        let text = "---\nscenario: opening\nseed: 7\n---\n# Title\n\n## A case\n\nWhy.\n\n```console\n$ echo a\na\n```\n";
        let document = read(text).unwrap();
        assert_eq!(document.settings.scenario.as_deref(), Some("opening"));
        assert_eq!(document.settings.seed, Some(7));
        let fenced = &document.cases[0].blocks[0];
        assert_eq!((fenced.line, fenced.text.as_str()), (11, "$ echo a\na\n"));
        assert_eq!(&text[fenced.content.clone()], fenced.text);
    }

    #[test]
    fn refuses_what_would_test_nothing() {
        assert_eq!(problem("## A\n\n```yaml cluster\na: b\n```\n"), "`A` expects nothing");
        assert_eq!(problem("## A\n```console\n$ x\n```\n## A\n"), "line 5: `A` is a case already");
        assert_eq!(
            problem("## A\n```diagnostics\nx\n```\n"),
            "line 2: the findings belong to no `yaml` block"
        );
        assert_eq!(problem("## A\n```console\nx\n```\n## B\n"), "`A` expects nothing");
        assert!(problem("## A\n```sh\nx\n```\n").starts_with("line 2: `sh` is no kind of block"));
        assert_eq!(problem("## A\n```console\n$ x\n"), "line 2: the block is not closed");
    }
}
