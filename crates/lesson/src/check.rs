//! What holds: every check of a step made on a copy of the cluster, with what was observed.
//!
//! Probes are real requests through `Cluster::send`; nothing here knows why one fails. A check never
//! disturbs the learner's cluster.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use apiserver::Snapshot;
use cluster::{Cluster, Request, RequestKind};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kubectl::{Shell, pattern};
use manifest::ObjectRef;
use manifest::selector::{Labels, Selector};
use packet::dns::RecordType;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use trace::{
    Direction, DropReason, Evidence, Journey, Outcome, Place, RejectReason, Verdict, explain,
};

use crate::lesson::{Check, Lesson};
use crate::probe::{Ask, Expected, Probe, Relation, short};

/// How often a request is sent where a Service balances it, so that a broken endpoint shows.
const TIMES_BALANCED: u16 = 10;
/// How often any other request is sent.
const TIMES: u16 = 3;
/// How often a request is sent whose answers are shared out.
const TIMES_SHARED: u16 = 200;
/// Nobody waits longer than this for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a check.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// What must come true.
    pub text: String,
    /// Whether it is.
    pub passed: bool,
    /// What was observed.
    pub observed: String,
    /// Whether it must hold at the start too.
    pub control: bool,
    /// What it counts.
    pub points: u32,
    /// The request that showed it, if one failed.
    pub journey: Option<Box<Journey>>,
}

/// Makes every check of a step. `start` is the cluster as it was when the learner arrived.
pub fn check(shell: &Shell, lesson: &Lesson, step: usize, start: &Snapshot) -> Vec<Checked> {
    let checks = lesson.steps.get(step).map(|step| step.checks.as_slice()).unwrap_or_default();
    checks.iter().map(|check| one(shell, check, start)).collect()
}

fn one(shell: &Shell, check: &Check, start: &Snapshot) -> Checked {
    let observed = match &check.probe {
        Some(probe) => observe(shell, probe, start),
        None => Observed::failed("the check cannot be read"),
    };
    Checked {
        text: check.text.clone(),
        passed: observed.passed,
        observed: observed.said,
        control: check.control,
        points: check.points,
        journey: observed.journey.filter(|_| !observed.passed),
    }
}

/// What a probe found.
pub(crate) struct Observed {
    pub passed: bool,
    pub said: String,
    journey: Option<Box<Journey>>,
}

impl Observed {
    fn of(passed: bool, said: impl Into<String>) -> Self {
        Self { passed, said: said.into(), journey: None }
    }

    fn failed(said: impl Into<String>) -> Self {
        Self::of(false, said)
    }
}

/// Makes a probe.
pub(crate) fn observe(shell: &Shell, probe: &Probe, start: &Snapshot) -> Observed {
    match probe {
        Probe::Send(ask, expected) => requests(shell, ask, expected),
        Probe::Resolves { from, name, record_type, to } => {
            resolves(shell, from, name, *record_type, to)
        }
        Probe::RoutesTo { ask, pods, share } => routes_to(shell, ask, pods, *share),
        Probe::Endpoints { service, ready, port } => endpoints(shell, service, *ready, *port),
        Probe::Field { object, path, relation } => field(shell, object, path, relation),
        Probe::Condition { object, condition, status, reason } => {
            self::condition(shell, object, condition, status, reason.as_deref())
        }
        Probe::Exists(object) => {
            let there = shell.cluster.snapshot().get(object).is_some();
            Observed::of(there, format!("{} {}", name_of(object), is_there(there)))
        }
        Probe::Absent(object) => {
            let there = shell.cluster.snapshot().get(object).is_some();
            Observed::of(!there, format!("{} {}", name_of(object), is_there(there)))
        }
        Probe::Unchanged(object) => unchanged(shell, object, start),
        Probe::Prints { run, matches } => prints(shell, run, matches),
    }
}

/// Judges a journey that was made already.
pub(crate) fn judge(expected: &Expected, journey: &Journey) -> Observed {
    let passed = agrees(expected, journey);
    let mut said = said(journey);
    if let (Expected::SeesSource(_), Some(source)) = (expected, seen(journey)) {
        said.push_str(&format!(", seen as {source}"));
    }
    if !passed {
        said.push_str(&format!("; expected {}", wanted(expected)));
    }
    Observed { passed, said, journey: Some(Box::new(journey.clone())) }
}

fn requests(shell: &Shell, ask: &Ask, expected: &Expected) -> Observed {
    let mut cluster = shell.cluster.clone();
    let first = match send(&mut cluster, ask) {
        Ok(journey) => judge(expected, &journey),
        Err(problem) => return Observed::failed(problem),
    };
    let balanced = first.journey.as_deref().is_some_and(is_balanced);
    let times = ask.times.unwrap_or(if balanced { TIMES_BALANCED } else { TIMES });
    for number in 1..times {
        if !first.passed {
            break;
        }
        match send(&mut cluster, ask) {
            Ok(journey) => {
                let mut next = judge(expected, &journey);
                if !next.passed {
                    next.said = format!("attempt {} of {times}: {}", number + 1, next.said);
                    return next;
                }
            }
            Err(problem) => return Observed::failed(problem),
        }
    }
    first
}

fn send(cluster: &mut Cluster, ask: &Ask) -> Result<Journey, String> {
    let from = cluster.place(&ask.from)?;
    let mut request = Request::to(from, &ask.to)?;
    request.timeout = Some(PATIENCE);
    if let RequestKind::Http { headers, insecure, .. } = &mut request.kind {
        *insecure = ask.insecure;
        headers.extend(ask.host.iter().map(|host| ("Host".to_owned(), host.clone())));
    }
    Ok(cluster.send(&request))
}

/// Whether one endpoint out of several was chosen.
fn is_balanced(journey: &Journey) -> bool {
    evidence(journey).any(|each| matches!(each, Evidence::Endpoint { of, .. } if *of > 1))
}

fn evidence(journey: &Journey) -> impl Iterator<Item = &Evidence> {
    let steps = journey.packets.iter().flat_map(|flight| flight.trace.steps());
    steps.flat_map(|(_, step)| &step.evidence)
}

fn agrees(expected: &Expected, journey: &Journey) -> bool {
    match (expected, &journey.outcome) {
        (Expected::Answer { status, body }, Outcome::Http { status: got, body: text, .. }) => {
            status.map_or((200..400).contains(got), |status| status == *got)
                && body.as_ref().is_none_or(|body| text.contains(body))
        }
        (Expected::Answer { status: None, body: None }, outcome) => outcome.is_success(),
        (Expected::Refused, Outcome::Refused) => true,
        (Expected::TimesOut, Outcome::TimedOut) => true,
        (Expected::Unreachable, Outcome::Unreachable) => true,
        (Expected::Unresolved, Outcome::Unresolved { .. }) => true,
        (Expected::BlockedBy(policy), _) => {
            let blocking = blocking(journey);
            match policy {
                Some(policy) => blocking.contains(policy),
                None => !blocking.is_empty(),
            }
        }
        (Expected::SeesSource(source), outcome) => {
            outcome.is_success() && seen(journey).is_some_and(|seen| seen.to_string() == *source)
        }
        _ => false,
    }
}

/// The policies that stopped a packet, if they did.
fn blocking(journey: &Journey) -> Vec<ObjectRef> {
    let stopped = journey.packets.iter().filter(|flight| {
        matches!(
            flight.trace.verdict(),
            Verdict::Dropped(DropReason::PolicyDenied)
                | Verdict::Rejected(RejectReason::AdministrativelyProhibited)
        )
    });
    let last = stopped.filter_map(|flight| flight.trace.steps().last());
    last.flat_map(|(_, step)| &step.evidence)
        .filter_map(|each| match each {
            Evidence::Policy(decision) if !decision.allowed => Some(decision.isolating.clone()),
            _ => None,
        })
        .flatten()
        .collect()
}

/// The client's address as the last server saw it.
fn seen(journey: &Journey) -> Option<IpAddr> {
    let last = journey.exchanges.len().checked_sub(1)?;
    let arrived = journey.packets_of(last).find(|flight| {
        flight.direction == Direction::Request && flight.trace.verdict().is_success()
    })?;
    Some(arrived.trace.last_frame().packet()?.source)
}

/// Who answered.
fn answered_by(journey: &Journey) -> Option<ObjectRef> {
    if let Outcome::Http { server, .. } = &journey.outcome {
        return server.clone();
    }
    let last = journey.exchanges.len().checked_sub(1)?;
    let arrived = journey.packets_of(last).find(|flight| {
        flight.direction == Direction::Request && flight.trace.verdict().is_success()
    })?;
    match arrived.trace.hops().last()?.place() {
        Place::Pod(pod) => Some(pod.clone()),
        _ => None,
    }
}

/// `frontend → http://web-service: timed out`.
fn said(journey: &Journey) -> String {
    let question = &journey.question;
    let outcome = explain::outcome(&journey.outcome);
    let mut said = format!("{} → {}: {outcome}", question.from, question.target);
    if let Outcome::Http { server: Some(server), .. } = &journey.outcome {
        said.push_str(&format!(" from {}", server.name));
    }
    if let Some(policy) = blocking(journey).first() {
        said.push_str(&format!(", stopped by policy {}", policy.name));
    }
    said
}

fn wanted(expected: &Expected) -> String {
    match expected {
        Expected::Answer { status: None, body: None } => "an answer".into(),
        Expected::Answer { status: Some(status), body: None } => format!("HTTP {status}"),
        Expected::Answer { status: None, body: Some(body) } => {
            format!("an answer with `{body}` in it")
        }
        Expected::Answer { status: Some(status), body: Some(body) } => {
            format!("HTTP {status} with `{body}` in it")
        }
        Expected::Refused => "`connection refused`".into(),
        Expected::TimesOut => "no answer at all".into(),
        Expected::Unreachable => "nobody to be there".into(),
        Expected::Unresolved => "a name that is not found".into(),
        Expected::BlockedBy(Some(policy)) => format!("policy {} to stop it", policy.name),
        Expected::BlockedBy(None) => "a NetworkPolicy to stop it".into(),
        Expected::SeesSource(source) => format!("to be seen as {source}"),
    }
}

fn resolves(
    shell: &Shell,
    from: &str,
    name: &str,
    record_type: Option<RecordType>,
    to: &[String],
) -> Observed {
    let mut cluster = shell.cluster.clone();
    let place = match cluster.place(from) {
        Ok(place) => place,
        Err(problem) => return Observed::failed(problem),
    };
    let kind = RequestKind::Resolve { name: name.to_owned(), record_type, server: None };
    let request = Request { from: place, kind, timeout: Some(PATIENCE), resolver: None };
    let journey = cluster.send(&request);
    let mut wanted = BTreeSet::new();
    for each in to {
        match addresses(&cluster.snapshot(), each) {
            Ok(addresses) => wanted.extend(addresses),
            Err(problem) => return Observed::failed(problem),
        }
    }
    let got: BTreeSet<IpAddr> = match &journey.outcome {
        Outcome::Resolved(addresses) => addresses.iter().copied().collect(),
        _ => BTreeSet::new(),
    };
    let passed = got == wanted && !got.is_empty();
    let outcome = explain::outcome(&journey.outcome);
    let mut said = match journey.outcome {
        Outcome::Resolved(_) => format!("{}: {name} {outcome}", short(from)),
        _ => format!("{}: {outcome}", short(from)),
    };
    if !passed {
        let list: Vec<String> = wanted.iter().map(IpAddr::to_string).collect();
        said.push_str(&format!("; expected {}", list.join(", ")));
    }
    Observed { passed, said, journey: Some(Box::new(journey)) }
}

/// An address, those of a Service, or those of the Pods that a selector chooses.
fn addresses(snapshot: &Snapshot, text: &str) -> Result<Vec<IpAddr>, String> {
    if let Ok(address) = text.parse() {
        return Ok(vec![address]);
    }
    let parsed = |texts: Vec<&String>| texts.iter().filter_map(|text| text.parse().ok()).collect();
    match text.split('/').collect::<Vec<_>>().as_slice() {
        ["service", namespace, name] => {
            let service: Option<&Service> = snapshot.find(namespace, name);
            let spec = service.and_then(|service| service.spec.as_ref());
            let spec = spec.ok_or_else(|| format!("there is no service `{namespace}/{name}`"))?;
            Ok(parsed(spec.cluster_ips.iter().flatten().collect()))
        }
        ["pods", rest @ ..] => {
            let (namespace, selector) = match rest {
                [namespace, selector] => (*namespace, *selector),
                [selector] => ("default", *selector),
                _ => return Err(format!("`{text}` names no Pods")),
            };
            let selector = Selector::parse(selector)?;
            let pods = snapshot.list_in::<Pod>(namespace).filter(|pod| chooses(&selector, pod));
            Ok(parsed(pods.filter_map(|pod| pod.status.as_ref()?.pod_ip.as_ref()).collect()))
        }
        _ => Err(format!("`{text}` is no address, `service/NAMESPACE/NAME` or `pods/SELECTOR`")),
    }
}

fn chooses(selector: &Selector, pod: &Pod) -> bool {
    selector.matches(pod.metadata.labels.as_ref().unwrap_or(&Labels::new()))
}

fn routes_to(shell: &Shell, ask: &Ask, pods: &str, share: Option<(f64, f64)>) -> Observed {
    let mut cluster = shell.cluster.clone();
    let times = ask.times.unwrap_or(if share.is_some() { TIMES_SHARED } else { TIMES_BALANCED });
    let selector = if pods.contains('=') { Selector::parse(pods).ok() } else { None };
    let prefix = pods.trim_end_matches('*');
    let mut hits = 0_u32;
    for _ in 0..times {
        let journey = match send(&mut cluster, ask) {
            Ok(journey) => journey,
            Err(problem) => return Observed::failed(problem),
        };
        let Some(server) = answered_by(&journey).filter(|_| journey.outcome.is_success()) else {
            let said = format!("{}; expected an answer from {pods}", said(&journey));
            return Observed { passed: false, said, journey: Some(Box::new(journey)) };
        };
        let is_hit = match &selector {
            Some(selector) => {
                let snapshot = cluster.snapshot();
                let pod: Option<&Pod> = snapshot.find(&server.namespace, &server.name);
                pod.is_some_and(|pod| chooses(selector, pod))
            }
            None => server.name.starts_with(prefix),
        };
        if !is_hit && share.is_none() {
            let said = format!("{}; expected {pods}", said(&journey));
            return Observed { passed: false, said, journey: Some(Box::new(journey)) };
        }
        hits += u32::from(is_hit);
    }
    let (least, most) = share.unwrap_or((1.0, 1.0));
    let part = f64::from(hits) / f64::from(times.max(1));
    let passed = (least..=most).contains(&part);
    let mut said = format!("{pods} answered {hits} of {times} requests for {}", ask.to);
    if !passed {
        said.push_str(&format!("; expected {:.0} to {:.0} %", least * 100.0, most * 100.0));
    }
    Observed::of(passed, said)
}

fn endpoints(shell: &Shell, service: &ObjectRef, ready: usize, port: Option<u16>) -> Observed {
    let snapshot = shell.cluster.snapshot();
    let Some(named) = snapshot.find::<Service>(&service.namespace, &service.name) else {
        return Observed::failed(format!("service {} does not exist", service.name));
    };
    let own_ports = named.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let names: BTreeSet<&str> =
        own_ports.map(|port| port.name.as_deref().unwrap_or_default()).collect();
    let slices = snapshot.list_in::<EndpointSlice>(&service.namespace).filter(|slice| {
        let labels = slice.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get("kubernetes.io/service-name")) == Some(&service.name)
    });
    let mut found = BTreeSet::new();
    let (mut ports, mut strangers) = (BTreeSet::new(), BTreeSet::new());
    for slice in slices {
        // A node's rules join a Service's port and a slice's by their names.
        let fits = |name: &Option<String>| names.contains(name.as_deref().unwrap_or_default());
        let own = slice.ports.iter().flatten().filter(|port| fits(&port.name));
        let own: Vec<i32> = own.filter_map(|port| port.port).collect();
        ports.extend(own.iter().copied());
        let listed = slice.endpoints.iter().flatten().filter(|endpoint| {
            let conditions = endpoint.conditions.as_ref();
            conditions.and_then(|conditions| conditions.ready) != Some(false)
        });
        let addresses = listed.flat_map(|endpoint| &endpoint.addresses);
        match port {
            _ if own.is_empty() && !names.is_empty() => strangers.extend(addresses),
            Some(port) if !own.contains(&i32::from(port)) => {}
            _ => found.extend(addresses),
        }
    }
    let passed = found.len() == ready;
    let on = port.map(|port| format!(" on port {port}")).unwrap_or_default();
    let mut said = format!("Service {} has {} ready endpoints{on}", service.name, found.len());
    if !passed {
        said.push_str(&format!("; expected {ready}"));
        if !strangers.is_empty() {
            let count = strangers.len();
            said.push_str(&format!(" ({count} are listed, but at no port of this Service)"));
        } else if port.is_some() && !ports.is_empty() {
            let list: Vec<String> = ports.iter().map(ToString::to_string).collect();
            said.push_str(&format!(" (its endpoints have port {})", list.join(", ")));
        }
    }
    Observed::of(passed, said)
}

fn field(shell: &Shell, object: &ObjectRef, path: &str, relation: &Relation) -> Observed {
    if shell.cluster.snapshot().get(object).is_none() {
        return Observed::failed(format!("{} does not exist", name_of(object)));
    }
    let path = if path.starts_with('{') {
        path.to_owned()
    } else {
        format!("{{.{}}}", path.trim_start_matches('.'))
    };
    let namespace = match object.namespace.as_str() {
        "" => String::new(),
        namespace => format!("-n {namespace} "),
    };
    let line = format!(
        "kubectl get {} {} {namespace}-o jsonpath='{}'",
        object.kind.resource().singular,
        object.name,
        path.replace('\'', "'\\''"),
    );
    let output = shell.clone().run(&line, None).output;
    if output.code != 0 {
        return Observed::failed(output.stderr.trim_end().to_owned());
    }
    let value = output.stdout.trim();
    let (passed, wanted) = match relation {
        Relation::Is(text) => (value == text, format!("`{text}`")),
        Relation::Isnt(text) => (value != text, format!("anything but `{text}`")),
        Relation::Contains(text) => (value.contains(text.as_str()), format!("`{text}` in it")),
        Relation::Matches(text) => (pattern::fits(text, value), format!("`{text}`")),
        Relation::Exists(true) => (!value.is_empty(), "a value".to_owned()),
        Relation::Exists(false) => (value.is_empty(), "no value".to_owned()),
    };
    let field = path.trim_matches(['{', '}', '.']);
    let mut said = match value {
        "" => format!("{field} of {} is not set", name_of(object)),
        value => format!("{field} of {} is `{value}`", name_of(object)),
    };
    if !passed {
        said.push_str(&format!("; expected {wanted}"));
    }
    Observed::of(passed, said)
}

fn condition(
    shell: &Shell,
    object: &ObjectRef,
    condition: &str,
    status: &str,
    reason: Option<&str>,
) -> Observed {
    let snapshot = shell.cluster.snapshot();
    let Some(found) = snapshot.get(object) else {
        return Observed::failed(format!("{} does not exist", name_of(object)));
    };
    let json = found.to_json();
    let conditions = json.pointer("/status/conditions").and_then(Value::as_array);
    let of_type = conditions.into_iter().flatten().find(|each| each["type"] == condition);
    let Some(each) = of_type else {
        return Observed::failed(format!("{} has no condition {condition}", name_of(object)));
    };
    let text = |key: &str| each[key].as_str().unwrap_or_default();
    let passed = text("status") == status && reason.is_none_or(|reason| text("reason") == reason);
    let because = match text("reason") {
        "" => String::new(),
        reason => format!(" ({reason})"),
    };
    let mut said = format!("{} has {condition} {}{because}", name_of(object), text("status"));
    if !passed {
        let because = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
        said.push_str(&format!("; expected {status}{because}"));
    }
    Observed::of(passed, said)
}

fn unchanged(shell: &Shell, object: &ObjectRef, start: &Snapshot) -> Observed {
    let snapshot = shell.cluster.snapshot();
    let (Some(before), Some(now)) = (start.get(object), snapshot.get(object)) else {
        return Observed::failed(format!("{} does not exist", name_of(object)));
    };
    let (before, now) = (before.to_json(), now.to_json());
    let parts = ["/metadata/labels", "/spec", "/data", "/selector"];
    match parts.iter().find(|part| before.pointer(part) != now.pointer(part)) {
        None => Observed::of(true, format!("{} is as it was", name_of(object))),
        Some(part) => {
            let part = part.trim_start_matches('/').replace('/', ".");
            Observed::failed(format!("{part} of {} was changed", name_of(object)))
        }
    }
}

fn prints(shell: &Shell, run: &str, matches: &str) -> Observed {
    let output = shell.clone().run(run, None).output;
    let printed = output.stdout + &output.stderr;
    let passed = printed.contains(matches)
        || pattern::fits(matches, &printed)
        || printed.lines().any(|line| pattern::fits(matches, line));
    let shown = printed.trim_end();
    let said = if passed {
        format!("`{run}` prints `{matches}`")
    } else if shown.is_empty() {
        format!("`{run}` prints nothing; expected `{matches}`")
    } else {
        format!("`{run}` prints `{shown}`; expected `{matches}`")
    };
    Observed::of(passed, said)
}

/// `service web-service`.
fn name_of(object: &ObjectRef) -> String {
    format!("{} {}", object.kind.resource().singular, object.name)
}

fn is_there(there: bool) -> &'static str {
    if there { "exists" } else { "does not exist" }
}

#[cfg(test)]
mod tests;
