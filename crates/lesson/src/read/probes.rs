//! Checks: each one verb and its fields.

use manifest::yaml::Node;
use manifest::{Kind, ObjectRef};
use packet::dns::RecordType;

use super::block::Fence;
use super::fields::{Fields, Report, scalar};
use crate::lesson::Check;
use crate::probe::{Ask, Expected, Probe, Relation};

pub(super) const VERBS: &[&str] = &[
    "reaches",
    "answers",
    "refused",
    "times-out",
    "unreachable",
    "unresolved",
    "resolves",
    "blocked-by",
    "sees-source",
    "routes-to",
    "endpoints",
    "field",
    "condition",
    "exists",
    "absent",
    "unchanged",
    "prints",
];

/// What stands beside the verb.
const BESIDE: &[&str] = &["text", "points", "control", "times"];

pub(super) fn checks(report: &mut Report<'_>, fence: &Fence<'_>) -> Vec<Check> {
    let Some(root) = report.yaml(fence.content.clone()) else { return Vec::new() };
    if root.items().is_empty() {
        report.note(fence.at, "a list of checks is expected").hint =
            Some("as in `- reaches: {from: pod/default/frontend, to: http://web-service}`".into());
    }
    root.items().iter().filter_map(|node| check(report, node)).collect()
}

fn check(report: &mut Report<'_>, node: &Node) -> Option<Check> {
    let known: Vec<&str> = BESIDE.iter().chain(VERBS).copied().collect();
    let fields = Fields::of(report, node, "a check", &known)?;
    let entries = node.entries()?;
    let mut verbs = entries.iter().filter(|(key, _)| VERBS.contains(&key.as_str()));
    let Some((verb, entry)) = verbs.next() else {
        let at = node.span.start;
        report.note(at, "the check has no verb").hint =
            Some(format!("there are {}", VERBS.join(", ")));
        return None;
    };
    if let Some((second, entry)) = verbs.next() {
        report.note(entry.key_span.start, format!("`{second}` stands beside `{verb}`")).hint =
            Some("one check has one verb; write two".into());
    }
    let mut probe = probe(report, verb, &entry.value, None)?;
    if let Some(times) = fields.number(report, "times") {
        match &mut probe {
            Probe::Send(ask, _) | Probe::RoutesTo { ask, .. } => ask.times = Some(times),
            _ => {
                report.note(node.span.start, format!("`{verb}` takes no `times`"));
            }
        }
    }
    Some(Check {
        line: report.line(node.span.start),
        text: fields.text(report, "text").unwrap_or_else(|| probe.sentence()),
        points: fields.number(report, "points").unwrap_or_default(),
        control: fields.flag(report, "control"),
        probe: Some(probe),
    })
}

/// A verb that needs nothing but who asks whom.
pub(super) fn plain(
    report: &mut Report<'_>,
    verb: &str,
    node: &Node,
    from: &str,
    to: &str,
) -> Option<Probe> {
    let expected = match verb {
        "reaches" => Expected::Answer { status: None, body: None },
        "refused" => Expected::Refused,
        "times-out" => Expected::TimesOut,
        "unreachable" => Expected::Unreachable,
        "unresolved" => Expected::Unresolved,
        "blocked-by" => Expected::BlockedBy(None),
        _ => {
            let known =
                ["reaches", "refused", "times-out", "unreachable", "unresolved", "blocked-by"];
            report.unknown(node.span.start, "verb that stands alone", verb, &known);
            return None;
        }
    };
    let ask = Ask { from: from.to_owned(), to: to.to_owned(), ..Ask::default() };
    Some(Probe::Send(ask, expected))
}

/// What a verb and its fields ask. `between` is who asks whom where that is said already.
pub(super) fn probe(
    report: &mut Report<'_>,
    verb: &str,
    node: &Node,
    between: Option<(&str, &str)>,
) -> Option<Probe> {
    match verb {
        "exists" => return object(report, node).map(Probe::Exists),
        "absent" => return object(report, node).map(Probe::Absent),
        "unchanged" => return object(report, node).map(Probe::Unchanged),
        _ => {}
    }
    let known: &[&str] = match verb {
        "reaches" => &["from", "to", "status", "body", "host", "tls"],
        "answers" => &["from", "to", "status", "body", "host", "tls"],
        "refused" | "times-out" | "unreachable" | "unresolved" => &["from", "to", "host"],
        "resolves" => &["from", "name", "type", "to"],
        "blocked-by" => &["from", "to", "policy", "host"],
        "sees-source" => &["from", "to", "source", "host"],
        "routes-to" => &["from", "to", "pods", "share", "times", "host"],
        "endpoints" => &["service", "ready", "port"],
        "field" => &["object", "path", "is", "isnt", "contains", "matches", "exists"],
        "condition" => &["object", "type", "status", "reason"],
        "prints" => &["run", "matches"],
        _ => {
            report.unknown(node.span.start, "verb of a check", verb, VERBS);
            return None;
        }
    };
    let fields = Fields::of(report, node, &format!("`{verb}`"), known)?;
    Some(match verb {
        "resolves" => resolves(report, fields),
        "endpoints" => Probe::Endpoints {
            service: service(report, fields)?,
            ready: required_number(report, fields, "ready")?,
            port: fields.number(report, "port"),
        },
        "field" => Probe::Field {
            object: named(report, fields)?,
            path: fields.required(report, "path"),
            relation: relation(report, fields)?,
        },
        "condition" => Probe::Condition {
            object: named(report, fields)?,
            condition: fields.required(report, "type"),
            status: fields.text(report, "status").unwrap_or_else(|| "True".into()),
            reason: fields.text(report, "reason"),
        },
        "prints" => Probe::Prints {
            run: fields.required(report, "run"),
            matches: fields.required(report, "matches"),
        },
        "routes-to" => {
            let mut ask = ask(report, fields, between);
            ask.times = fields.number(report, "times");
            let pods = fields.required(report, "pods");
            Probe::RoutesTo { ask, pods, share: share(report, fields) }
        }
        _ => Probe::Send(ask(report, fields, between), expected(report, verb, fields)?),
    })
}

fn ask(report: &mut Report<'_>, fields: Fields<'_>, between: Option<(&str, &str)>) -> Ask {
    let (from, to) = match between {
        Some((from, to)) => (from.to_owned(), to.to_owned()),
        None => (fields.required(report, "from"), fields.required(report, "to")),
    };
    let insecure = match fields.text(report, "tls").as_deref() {
        None | Some("valid") => false,
        Some("any") => true,
        Some(other) => {
            let at = fields.node.span.start;
            report.unknown(at, "value of `tls`", other, &["valid", "any"]);
            false
        }
    };
    Ask { from, to, host: fields.text(report, "host"), insecure, times: None }
}

fn expected(report: &mut Report<'_>, verb: &str, fields: Fields<'_>) -> Option<Expected> {
    Some(match verb {
        "reaches" => Expected::Answer {
            status: fields.number(report, "status"),
            body: fields.text(report, "body"),
        },
        "answers" => Expected::Answer {
            status: Some(required_number(report, fields, "status")?),
            body: fields.text(report, "body"),
        },
        "refused" => Expected::Refused,
        "times-out" => Expected::TimesOut,
        "unreachable" => Expected::Unreachable,
        "unresolved" => Expected::Unresolved,
        "sees-source" => Expected::SeesSource(fields.required(report, "source")),
        _ => Expected::BlockedBy(match fields.node.get("policy") {
            Some(node) if !node.is_null() => {
                let text = scalar(report, node)?;
                let (namespace, name) = text.split_once('/').unwrap_or(("default", &text));
                Some(ObjectRef::new(Kind::NetworkPolicy, namespace, name))
            }
            _ => None,
        }),
    })
}

fn resolves(report: &mut Report<'_>, fields: Fields<'_>) -> Probe {
    let record_type = fields.text(report, "type").and_then(|text| {
        let found = RecordType::from_name(&text);
        if found.is_none() {
            let at = fields.node.span.start;
            report.unknown(at, "type of record", &text, &["A", "AAAA", "CNAME", "PTR", "SRV"]);
        }
        found
    });
    let to = fields.texts(report, "to");
    if to.is_empty() {
        report.note(fields.node.span.start, "`to` is missing").hint =
            Some("a list of addresses, `service/NAMESPACE/NAME` or `pods/SELECTOR`".into());
    }
    Probe::Resolves {
        from: fields.required(report, "from"),
        name: fields.required(report, "name"),
        record_type,
        to,
    }
}

fn relation(report: &mut Report<'_>, fields: Fields<'_>) -> Option<Relation> {
    let text = |key: &str, report: &mut Report<'_>| fields.text(report, key);
    if fields.node.get("exists").is_some() {
        return Some(Relation::Exists(fields.flag(report, "exists")));
    }
    let found = None
        .or_else(|| text("is", report).map(Relation::Is))
        .or_else(|| text("isnt", report).map(Relation::Isnt))
        .or_else(|| text("contains", report).map(Relation::Contains))
        .or_else(|| text("matches", report).map(Relation::Matches));
    if found.is_none() {
        report.note(fields.node.span.start, "nobody says what the field must be").hint =
            Some("add `is`, `isnt`, `contains`, `matches` or `exists`".into());
    }
    found
}

fn share(report: &mut Report<'_>, fields: Fields<'_>) -> Option<(f64, f64)> {
    fields.node.get("share")?;
    let numbers: Vec<f64> =
        fields.texts(report, "share").iter().filter_map(|text| text.parse().ok()).collect();
    match numbers.as_slice() {
        [least, most] => Some((*least, *most)),
        _ => {
            report.note(fields.node.span.start, "`share` takes two parts, as in `[0.1, 0.3]`");
            None
        }
    }
}

fn required_number<T: std::str::FromStr>(
    report: &mut Report<'_>,
    fields: Fields<'_>,
    key: &str,
) -> Option<T> {
    if fields.node.get(key).is_none() {
        report.note(fields.node.span.start, format!("`{key}` is missing"));
    }
    fields.number(report, key)
}

/// `NAMESPACE/NAME` of a Service.
fn service(report: &mut Report<'_>, fields: Fields<'_>) -> Option<ObjectRef> {
    let text = fields.required(report, "service");
    let (namespace, name) = text.split_once('/').unwrap_or(("default", &text));
    (!name.is_empty()).then(|| ObjectRef::new(Kind::Service, namespace, name))
}

fn named(report: &mut Report<'_>, fields: Fields<'_>) -> Option<ObjectRef> {
    match fields.node.get("object") {
        Some(node) => object(report, node),
        None => {
            report.note(fields.node.span.start, "`object` is missing").hint =
                Some("as in `service/default/web-service`".into());
            None
        }
    }
}

/// `KIND/NAMESPACE/NAME`, or `KIND/NAME` for what has no namespace.
fn object(report: &mut Report<'_>, node: &Node) -> Option<ObjectRef> {
    let at = node.span.start;
    let text = scalar(report, node).unwrap_or_default();
    let parts: Vec<&str> = text.split('/').collect();
    let Some(kind) = parts.first().and_then(|word| Kind::from_argument(word)) else {
        report.note(at, format!("`{text}` names no object")).hint =
            Some("as in `service/default/web-service`".into());
        return None;
    };
    match (parts.as_slice(), kind.resource().namespaced) {
        ([_, namespace, name], true) => Some(ObjectRef::new(kind, *namespace, *name)),
        ([_, name], true) => Some(ObjectRef::new(kind, "default", *name)),
        ([_, name], false) => Some(ObjectRef::cluster(kind, *name)),
        _ => {
            report.note(at, format!("`{text}` names no object")).hint =
                Some("as in `service/default/web-service` or `node/node-1`".into());
            None
        }
    }
}
