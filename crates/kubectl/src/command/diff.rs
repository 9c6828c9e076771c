//! `kubectl diff`: what applying would change, as `diff -u` prints it.
//!
//! Models `k8s.io/kubectl/pkg/cmd/diff`, which writes both states into files and runs `diff`.

use apiserver::WriteOptions;

use super::files;
use super::get::shown;
use super::{Line, options};
use crate::arguments::{Flag, switch, value};
use crate::output;
use crate::report::{DryRun, Failure, Output, Report, time_text};
use crate::resource_arguments::find;
use crate::shell::Shell;

pub(super) const FLAGS: &[Flag] = &[
    value("filename").short('f'),
    value("selector").short('l'),
    switch("recursive").short('R'),
    switch("server-side"),
    value("field-manager"),
];

/// How many equal lines stand around each change.
const AROUND: usize = 3;

pub(super) fn run(shell: &mut Shell, words: &[String], stdin: &str) -> Result<Output, Failure> {
    let line = Line::parse(shell, "diff", words, FLAGS)?;
    if line.arguments.value("filename").is_none() {
        return Err(Failure::local("must specify one of -f and -k"));
    }
    let sent = files::read(shell, &line.arguments, stdin, &line.namespace)?;
    let mut report = Report::new();
    let mut differs = false;
    for item in &sent {
        let Some(object) = &item.object else {
            report.fail(item.failure());
            continue;
        };
        let (kind, namespace) = (object.kind(), object.namespace().to_owned());
        let live = find(&shell.cluster.snapshot(), kind, &namespace, object.name());
        let version = live.as_ref().ok().and_then(|live| live.metadata().resource_version.clone());
        let live = live.map(|live| output::yaml::print(&shown(&live))).unwrap_or_default();
        let merged = shell.cluster.write(|api, write: &WriteOptions| {
            api.apply(object.clone(), item.last_applied(), &options(write, DryRun::Server))
        });
        let merged = match merged {
            Ok(written) => {
                let mut json = shown(&written.object);
                // A dry run makes no new version.
                if let Some(version) = version {
                    json["metadata"]["resourceVersion"] = version.into();
                }
                output::yaml::print(&json)
            }
            Err(refusal) => {
                report.fail(Failure::from(refusal));
                continue;
            }
        };
        let Some(text) = unified(&live, &merged) else { continue };
        differs = true;
        let version = kind.resource().api_version().replace('/', ".");
        let file = format!("{version}.{kind}.{namespace}.{}", object.name());
        let number = shell.cluster.snapshot().resource_version();
        let (before, after) =
            (format!("/tmp/LIVE-{number}/{file}"), format!("/tmp/MERGED-{number}/{file}"));
        let now = time_text(&shell.cluster);
        report.print(&format!(
            "diff -u -N {before} {after}\n--- {before}\t{now}\n+++ {after}\t{now}\n{text}"
        ));
    }
    let mut output = report.finish();
    if differs && output.code == 0 {
        output.code = 1;
    }
    Ok(output)
}

/// Whether a line is of a kind.
type Is = fn(&Edit<'_>) -> bool;

/// One line of either text.
#[derive(Clone, Copy, PartialEq)]
enum Edit<'a> {
    Same(&'a str),
    Gone(&'a str),
    New(&'a str),
}

/// The hunks of `diff -u`; nothing if the texts are equal.
fn unified(before: &str, after: &str) -> Option<String> {
    let edits = edits(&before.lines().collect::<Vec<_>>(), &after.lines().collect::<Vec<_>>());
    let changed: Vec<usize> =
        (0..edits.len()).filter(|at| !matches!(edits[*at], Edit::Same(_))).collect();
    let mut text = String::new();
    let mut hunks = changed.chunk_by(|one, two| two - one <= 2 * AROUND + 1).peekable();
    hunks.peek()?;
    for hunk in hunks {
        let start = hunk[0].saturating_sub(AROUND);
        let end = (hunk[hunk.len() - 1] + AROUND + 1).min(edits.len());
        let count = |edits: &[Edit<'_>], other: Is| {
            edits.iter().filter(|edit| matches!(edit, Edit::Same(_)) || other(edit)).count()
        };
        let (gone, new): (Is, Is) =
            (|edit| matches!(edit, Edit::Gone(_)), |edit| matches!(edit, Edit::New(_)));
        let range = |other| {
            let (first, length) =
                (count(&edits[..start], other) + 1, count(&edits[start..end], other));
            if length == 0 { format!("{},0", first - 1) } else { format!("{first},{length}") }
        };
        text.push_str(&format!("@@ -{} +{} @@\n", range(gone), range(new)));
        for edit in &edits[start..end] {
            let (sign, line) = match edit {
                Edit::Same(line) => (' ', line),
                Edit::Gone(line) => ('-', line),
                Edit::New(line) => ('+', line),
            };
            text.push(sign);
            text.push_str(line);
            text.push('\n');
        }
    }
    Some(text)
}

/// The shortest way from one text to the other, by their longest common subsequence.
fn edits<'a>(before: &[&'a str], after: &[&'a str]) -> Vec<Edit<'a>> {
    let width = after.len() + 1;
    let mut common = vec![0_u32; (before.len() + 1) * width];
    for i in (0..before.len()).rev() {
        for j in (0..after.len()).rev() {
            common[i * width + j] = if before[i] == after[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut edits = Vec::new();
    while i < before.len() || j < after.len() {
        if i < before.len() && j < after.len() && before[i] == after[j] {
            edits.push(Edit::Same(before[i]));
            (i, j) = (i + 1, j + 1);
        } else if j == after.len()
            || (i < before.len() && common[(i + 1) * width + j] >= common[i * width + j + 1])
        {
            edits.push(Edit::Gone(before[i]));
            i += 1;
        } else {
            edits.push(Edit::New(after[j]));
            j += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_printed_with_the_lines_around_them() {
        let before = "a\nb\nc\nd\ne\nf\ng\n";
        let text = unified(before, &before.replace('e', "E")).expect("they differ");
        assert_eq!(text, "@@ -2,6 +2,6 @@\n b\n c\n d\n-e\n+E\n f\n g\n");
        assert_eq!(unified(before, before), None);
        assert_eq!(unified("", "a\n").expect("it is new"), "@@ -0,0 +1,1 @@\n+a\n");
    }
}
