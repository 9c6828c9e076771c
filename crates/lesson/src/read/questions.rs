//! Questions, and requests to watch.

use super::block::Fence;
use super::fields::{Fields, Report};
use super::probes;
use crate::lesson::{Answer, Pause, Predict, Watch};
use crate::probe::Probe;

pub(super) fn predict(report: &mut Report<'_>, fence: &Fence<'_>) -> Option<Predict> {
    let root = report.yaml(fence.content.clone())?;
    let fields = Fields::of(report, &root, "a question", &["question", "options", "several"])?;
    if fields.node.get("question").is_none() {
        report.note(fence.at, "`question` is missing");
    }
    let mut predict = Predict {
        question: fields.inline(report, "question"),
        several: fields.flag(report, "several"),
        options: Vec::new(),
    };
    let options = root.get("options").map(|node| node.items()).unwrap_or_default();
    for node in options {
        let known = ["text", "right", "because", "misconception"];
        let Some(option) = Fields::of(report, node, "an option", &known) else { continue };
        for key in ["text", "because"].iter().filter(|key| node.get(key).is_none()) {
            report.note(node.span.start, format!("`{key}` is missing"));
        }
        predict.options.push(Answer {
            text: option.inline(report, "text"),
            right: option.flag(report, "right"),
            because: option.inline(report, "because"),
            misconception: option.text(report, "misconception"),
        });
    }
    let right = predict.options.iter().filter(|option| option.right).count();
    if predict.options.len() < 2 {
        report.note(fence.at, "a question needs two options or more");
    } else if right == 0 {
        report.note(fence.at, "no option is right").hint = Some("add `right: true` to one".into());
    } else if right > 1 && !predict.several {
        report.note(fence.at, format!("{right} options are right")).hint =
            Some("only one may be, or write `several: true`".into());
    }
    Some(predict)
}

pub(super) fn watch(report: &mut Report<'_>, fence: &Fence<'_>) -> Option<Watch> {
    let root = report.yaml(fence.content.clone())?;
    let known = ["from", "to", "expect", "pause", "show"];
    let fields = Fields::of(report, &root, "a request to watch", &known)?;
    let (from, to) = (fields.required(report, "from"), fields.required(report, "to"));
    let expect = root.get("expect").and_then(|node| match node.as_str() {
        Some(verb) => probes::plain(report, verb, node, &from, &to),
        None => {
            let (verb, entry) = node.entries()?.first_key_value()?;
            probes::probe(report, verb, &entry.value, Some((&from, &to)))
        }
    });
    if let (Some(node), false) = (root.get("expect"), matches!(expect, Some(Probe::Send(..)))) {
        report.note(node.span.start, "`expect` takes a verb about a request").hint =
            Some("as in `expect: times-out` or `expect: {answers: {status: 404}}`".into());
    }
    let connect_only = match fields.text(report, "show").as_deref() {
        None | Some("request") => false,
        Some("connect") => true,
        Some(other) => {
            report.unknown(fence.at, "thing to show", other, &["request", "connect"]);
            false
        }
    };
    let pause = fields.text(report, "pause").and_then(|word| {
        let found = Pause::ALL.iter().find(|(known, _)| *known == word);
        if found.is_none() {
            let known: Vec<&str> = Pause::ALL.iter().map(|(word, _)| *word).collect();
            report.unknown(fence.at, "place to pause", &word, &known);
        }
        found.map(|(_, pause)| *pause)
    });
    Some(Watch { line: report.line(fence.at), from, to, pause, connect_only, expect })
}
