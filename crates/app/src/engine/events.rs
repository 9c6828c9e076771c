//! What the controllers did, in sentences a learner can read.

use cluster::Cluster;
use controllers::{Controller, MAX_ROUNDS, PodStep, ReconcileRecord, Verb, Why};
use manifest::ObjectRef;

use crate::protocol::EventLine;

/// The page shows at most this many, the newest.
const LONGEST: usize = 250;

/// A line for each record, the newest last; after them, what keeps changing, if anything does.
pub fn lines(cluster: &Cluster) -> Vec<EventLine> {
    let skipped = cluster.records().len().saturating_sub(LONGEST);
    let records = cluster.records().iter().enumerate().skip(skipped);
    let mut lines: Vec<EventLine> =
        records.map(|(index, record)| line(record, round_of(cluster, index))).collect();
    number(&mut lines);
    lines.extend(restless(cluster));
    lines
}

/// Counts the rounds that were at one moment.
fn number(lines: &mut [EventLine]) {
    let mut count = 0;
    let mut before: Option<(String, Option<usize>)> = None;
    for line in lines {
        let here = (line.when.clone(), line.round);
        count = match &before {
            Some(before) if *before == here => count,
            Some((when, _)) if *when == here.0 => count + 1,
            _ => 1,
        };
        line.number = if count > 1 { count } else { 0 };
        before = Some(here);
    }
}

/// The round in which a record was made, by how many of the session's records it ended with.
fn round_of(cluster: &Cluster, record: usize) -> Option<usize> {
    let rounds = cluster.rounds();
    let first_kept = rounds.front()?;
    let (mut low, mut high) = (0, rounds.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if rounds[middle].records > record { high = middle } else { low = middle + 1 }
    }
    // What the oldest kept round did cannot be told from what was done before it.
    let found = rounds.get(low)?;
    (found.records > first_kept.records || record + 1 == found.records).then_some(found.records)
}

/// The cluster did not come to rest: which objects are written again and again.
fn restless(cluster: &Cluster) -> Option<EventLine> {
    let names: Vec<String> = cluster.unsettled().iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| EventLine {
        round: None,
        number: 0,
        when: cluster.now().to_string(),
        who: "not settled".into(),
        done: Vec::new(),
        why: format!(
            "after {MAX_ROUNDS} rounds these still change, as if two controllers disagreed: {}",
            names.join(", ")
        ),
    })
}

fn line(record: &ReconcileRecord, round: Option<usize>) -> EventLine {
    let mut done: Vec<(String, ObjectRef)> = Vec::new();
    for write in &record.writes {
        let verb = match write.verb {
            Verb::Create => "created",
            Verb::Update => "updated",
            Verb::UpdateStatus => "wrote the status of",
            Verb::Bind => "bound",
            Verb::Delete => "deleted",
        };
        done.push((verb.to_owned(), write.object.clone()));
    }
    done.dedup();
    let why = match &record.refused {
        Some(refused) => format!("was refused: {refused}: {}", reason(&record.why)),
        None => reason(&record.why),
    };
    EventLine {
        round,
        number: 0,
        when: record.at.to_string(),
        who: who(record.controller),
        done,
        why,
    }
}

fn who(controller: Controller) -> String {
    match controller {
        Controller::NodeStatus => "node status",
        Controller::NodeLifecycle => "node lifecycle",
        Controller::Namespace => "namespace",
        Controller::NamespaceDefaults => "namespace defaults",
        Controller::CronJob => "cron job",
        Controller::Deployment => "deployment",
        Controller::StatefulSet => "stateful set",
        Controller::DaemonSet => "daemon set",
        Controller::Job => "job",
        Controller::ReplicaSet => "replica set",
        Controller::TaintEviction => "taint eviction",
        Controller::GarbageCollector => "garbage collector",
        Controller::PodGarbageCollector => "Pod garbage collector",
        Controller::Scheduler => "scheduler",
        Controller::Kubelet => "kubelet",
        Controller::EndpointSlice => "endpoint slice",
        Controller::Endpoints => "endpoints",
        Controller::EndpointSliceMirroring => "slice mirroring",
        Controller::LoadBalancer => "load balancer",
        Controller::Ingress => "ingress",
        Controller::Gateway => "gateway",
    }
    .to_owned()
}

fn reason(why: &Why) -> String {
    match why {
        Why::StatusOutdated => "it was out of date",
        Why::TooFewPods { desired, actual } => {
            return format!("{desired} asked for, {actual} there");
        }
        Why::TooManyPods { desired, actual } => {
            return format!("only {desired} asked for, {actual} there");
        }
        Why::NewTemplate => "the Pod template is new",
        Why::RolloutStep => "the rollout takes its next step",
        Why::Scaled => "`spec.replicas` was changed",
        Why::PausedOrResumed => "the rollout was paused or resumed",
        Why::DeadlineExceeded => "the rollout took too long",
        Why::HistoryLimit => "older than the history limit",
        Why::Adopted => "the selector matches, and nobody owned it",
        Why::Released => "the selector no longer matches",
        Why::OutdatedPod => "it runs an old template",
        Why::EndedPod => "it has ended",
        Why::Placed { node } => return format!("it fits on {node}"),
        Why::Unschedulable => "it fits on no node",
        Why::PodStep(step) => match step {
            PodStep::Admitted => "seen by the kubelet",
            PodStep::NetworkNotReady => "no network plugin is there",
            PodStep::Sandbox => "its network namespace has an address",
            PodStep::Image => "its image was asked for",
            PodStep::Started => "its container started",
            PodStep::Ended => "its container ended",
            PodStep::Readiness => "its readiness changed",
            PodStep::Stopping => "it is being stopped",
            PodStep::Stopped => "it is gone from the node",
        },
        Why::EndpointsChanged => "the Service's endpoints changed",
        Why::ServiceGone => "its Service is gone",
        Why::OwnerGone => "its owner is gone",
        Why::OwnerDeleting => "its owner is being deleted",
        Why::NamespaceTerminating => "the namespace is being deleted",
        Why::GatewayProxies => "it serves the Gateway's listeners",
        Why::NamespaceDefaults => "every namespace has it",
        Why::NodeCondition => "the kubelet's report",
        Why::NodeGone => "its node is gone",
        Why::TaintNotTolerated => "it does not tolerate the node's taint",
        Why::LoadBalancer => "the load balancer's address changed",
        Why::ScheduleDue => "its schedule is due",
    }
    .to_owned()
}
