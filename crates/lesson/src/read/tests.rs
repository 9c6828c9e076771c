//! Reading: what a file becomes, and what is said about mistakes in it.

use super::*;
use crate::lesson::Action;

const FRONT: &str = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\n---\n\n# A\n\n";

fn findings(body: &str) -> Vec<String> {
    let (_, findings) = read("01-a.md", &format!("{FRONT}{body}"));
    let said = |finding: Finding| {
        let hint = finding.hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{}: {}{hint}", finding.line, finding.message)
    };
    findings.into_iter().map(said).collect()
}

#[test]
fn a_file_becomes_steps_with_blocks_in_order() {
    let text = format!(
        "{FRONT}Hello.\n\n```yaml start file=a.yaml hidden\nkind: Pod\n```\n\n## One\n\nProse.\n\n```yaml\nplain: true\n```\n\n```predict\nquestion: Why?\noptions:\n- {{text: a, right: true, because: b}}\n- {{text: c, because: d}}\n```\n\n```checks\n- exists: pod/default/a\n```\n\n```console solution\n$ kubectl run a --image=nginx\n```\n\n```hint\nTry.\n```\n"
    );
    let (lesson, findings) = read("01-a.md", &text);
    assert_eq!(findings, []);
    assert!(matches!(lesson.start.as_slice(), [Action::Hidden(file)] if file.name == "a.yaml"));
    let step = &lesson.steps[0];
    assert!(matches!(
        step.blocks.as_slice(),
        [Block::Prose(prose), Block::Predict(_), Block::Checks] if prose.len() == 2
    ));
    assert_eq!(step.checks[0].text, "Pod `a` exists");
    assert_eq!(step.hints.len(), 1);
    assert_eq!(about("id: x\ntitle: X\nkind: card\n").kind, Kind::Card);
}

#[test]
fn a_mistake_is_named_with_its_line_and_a_hint() {
    let step = |block: &str| findings(&format!("## One\n\n{block}\n"));
    assert_eq!(step("```predct\nx\n```"), ["12: `predct` is no role (did you mean `predict`?)"]);
    assert_eq!(
        step("```yaml soluton file=a\nx: 1\n```"),
        ["12: `soluton` is no role of a `yaml` block (did you mean `solution`?)"]
    );
    assert_eq!(
        step(
            "```predict\nquestion: a\noptions:\n- {text: a, right: true, because: x}\n- {text: b, right: true, because: y}\n```"
        ),
        ["12: 2 options are right (only one may be, or write `several: true`)"]
    );
    let verb =
        step("```checks\n- reches: {from: a, to: b}\n```\n\n```console solution\n$ true\n```");
    assert_eq!(
        verb,
        [
            "13: `reches` is no field of a check (did you mean `reaches`?)".to_owned(),
            format!("13: the check has no verb (there are {})", super::probes::VERBS.join(", ")),
        ]
    );
    assert_eq!(
        step("```checks\n- reaches: {from: a, too: b}\n```\n\n```console solution\n$ true\n```"),
        ["13: `to` is missing", "13: `too` is no field of `reaches` (did you mean `to`?)",]
    );
    assert_eq!(
        step("```checks\n- exists: pod/default/a\n```"),
        ["10: nothing solves the step `One` (add a `yaml solution` or `console solution` block)"]
    );
    assert_eq!(
        step("<b>x</b>"),
        [
            "12: raw HTML is not shown (write it in plain Markdown)",
            "12: raw HTML is not shown (write it in plain Markdown)",
        ]
    );
    assert_eq!(
        step("```note\nx"),
        ["12: the block is not closed (close it with as many backticks as opened it)"]
    );
}

#[test]
fn reading_never_fails() {
    for text in [
        "",
        "---",
        "---\n---\n",
        "---\nid: [\n---\n",
        "```",
        "# \n## \n```checks\n- {}\n```",
        "---\ncluster: {cni: x, nodes: 0}\n---\n",
    ] {
        let (_, findings) = read("x.md", text);
        assert!(!findings.is_empty(), "{text:?}");
    }
    let unknown = read("a.md", "---\nid: b\ntitel: B\nkind: lessn\n---\n# B\n## C\n");
    let said = format!("{:?}", unknown.1);
    for word in ["did you mean `title`?", "did you mean `lesson`?", "the file is called `a.md`"] {
        assert!(said.contains(word), "{said}");
    }
}
