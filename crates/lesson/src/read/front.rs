//! Front matter.

use std::ops::Range;

use cluster::Scenario;
use manifest::yaml::Content;

use super::fields::{Fields, Report};
use crate::lesson::{About, Bare, Kind, Setup};

const FIELDS: &[&str] = &[
    "id",
    "title",
    "kind",
    "section",
    "minutes",
    "requires",
    "teaches",
    "exams",
    "misconception",
    "fault",
    "task",
    "tasks",
    "pass",
    "scenario",
    "cluster",
    "bare",
    "seed",
];

const CLUSTER: &[&str] = &["cni", "kube-proxy", "ingress", "gateway", "load-balancer", "nodes"];

/// More nodes than this make no lesson.
const MAXIMUM_NODES: usize = 12;

pub(super) fn read(report: &mut Report<'_>, range: Range<usize>) -> About {
    let Some(root) = report.yaml(range) else { return About::default() };
    let Some(fields) = Fields::of(report, &root, "a lesson", FIELDS) else {
        return About::default();
    };
    About {
        id: fields.required(report, "id"),
        title: fields.required(report, "title"),
        kind: kind(report, fields),
        section: fields.number(report, "section"),
        minutes: fields.number(report, "minutes"),
        requires: fields.texts(report, "requires"),
        teaches: fields.texts(report, "teaches"),
        exams: fields.texts(report, "exams"),
        misconception: fields.number(report, "misconception"),
        fault: fields.text(report, "fault"),
        task: fields.text(report, "task"),
        tasks: fields.texts(report, "tasks"),
        pass: fields.number(report, "pass"),
        cluster: setup(report, fields),
    }
}

fn kind(report: &mut Report<'_>, fields: Fields<'_>) -> Kind {
    let word = fields.required(report, "kind");
    let known: Vec<&str> = Kind::ALL.iter().map(|(word, _)| *word).collect();
    let kind = Kind::ALL.iter().find(|(known, _)| *known == word);
    if let (None, Some(node)) = (kind, fields.node.get("kind")) {
        report.unknown(node.span.start, "kind", &word, &known);
    }
    kind.map(|(_, kind)| *kind).unwrap_or_default()
}

fn setup(report: &mut Report<'_>, fields: Fields<'_>) -> Setup {
    let scenario = fields.text(report, "scenario");
    if let Some(name) = &scenario
        && !Scenario::names().any(|known| known == name)
    {
        let known: Vec<&str> = Scenario::names().collect();
        let at = fields.node.get("scenario").map_or(0, |node| node.span.start);
        report.unknown(at, "scenario", name, &known);
    }
    let mut setup = Setup {
        scenario,
        bare: bare(report, fields),
        seed: fields.number(report, "seed"),
        ..Setup::default()
    };
    let Some(node) = fields.node.get("cluster") else { return setup };
    let Some(cluster) = Fields::of(report, node, "a cluster", CLUSTER) else { return setup };
    setup.cni = cluster.parsed(report, "cni");
    setup.kube_proxy = cluster.parsed(report, "kube-proxy");
    setup.ingress = cluster.parsed(report, "ingress");
    setup.gateway = cluster.parsed(report, "gateway");
    setup.load_balancer = cluster.parsed(report, "load-balancer");
    setup.nodes = cluster.number(report, "nodes");
    if setup.nodes.is_some_and(|nodes| nodes == 0 || nodes > MAXIMUM_NODES) {
        report.note(node.span.start, format!("1 to {MAXIMUM_NODES} nodes make a lesson"));
        setup.nodes = None;
    }
    setup
}

fn bare(report: &mut Report<'_>, fields: Fields<'_>) -> Bare {
    let Some(node) = fields.node.get("bare") else { return Bare::No };
    match &node.content {
        Content::Bool(true) => Bare::Yes,
        Content::Bool(false) => Bare::No,
        Content::String(text) if text == "files" => Bare::Files,
        _ => {
            report.note(node.span.start, "`bare` takes `true`, `false` or `files`");
            Bare::No
        }
    }
}

/// What is wrong with front matter as a whole.
pub(super) fn judge(report: &mut Report<'_>, name: &str, about: &About) {
    let file = name.rsplit('/').next().unwrap_or(name);
    let stem = file.strip_suffix(".md").unwrap_or(file);
    let stem = match stem.split_once('-') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => stem,
    };
    if !about.id.is_empty() && about.id != stem {
        report
            .note_line(2, format!("the id is `{}`, the file is called `{file}`", about.id))
            .hint =
            Some("name the file by its id, with a number in front if it has an order".into());
    }
    let missing = match about.kind {
        Kind::Lesson if about.section.is_none() => Some(("section", "its place in the course")),
        Kind::Card if about.misconception.is_none() => Some(("misconception", "its number")),
        Kind::Fault if about.fault.is_none() => Some(("fault", "its number, as in `T1`")),
        Kind::Task if about.task.is_none() => Some(("task", "its number, as in `D1`")),
        Kind::Exam if about.tasks.is_empty() => Some(("tasks", "the ids of its tasks in order")),
        Kind::Exam if about.minutes.is_none() => Some(("minutes", "its timer")),
        _ => None,
    };
    if let Some((field, what)) = missing {
        report.note_line(2, format!("`{field}` is missing")).hint =
            Some(format!("`{field}:` is {what}"));
    }
}
