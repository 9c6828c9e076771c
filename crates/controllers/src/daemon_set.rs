//! Keeps one Pod on every node that fits.
//!
//! Watches DaemonSets, Pods and nodes. Owns the Pods it creates or adopts, their ControllerRevisions
//! and the DaemonSet's status. It never binds a Pod: node affinity sends each to its node.
//! Models `pkg/controller/daemon`.

use std::collections::BTreeMap;

use apiserver::Time;
use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, DaemonSetStatus};
use k8s_openapi::api::core::v1::{
    Node, NodeAffinity, NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, Pod, PodSpec,
    Toleration,
};
use manifest::{Kind, Object, ObjectRef};

use crate::adopt::claim;
use crate::deployment::scaled_value;
use crate::history::{self, Revision};
use crate::outcome::{Deletion, Event, Outcome, Why, Write};
use crate::pods;
use crate::replica_set::wait_for_available;
use crate::scheduler::{matches_node_selection, tolerates};
use crate::view::View;

const COMPONENT: &str = "daemonset-controller";
const REVISION_LABEL: &str = "controller-revision-hash";
const GENERATION_LABEL: &str = "pod-template-generation";
const GENERATION_ANNOTATION: &str = "deprecated.daemonset.template.generation";

/// Brings one DaemonSet's Pods and status up to its spec and the nodes.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(set) = view.find::<DaemonSet>(key) else { return outcome };
    let spec = set.spec.clone().unwrap_or_default();
    let owner = Object::from(set.clone());
    let all = claim(
        view,
        &owner,
        Some(&spec.selector),
        |pod: &Pod| &pod.metadata,
        |pod: &mut Pod| &mut pod.metadata,
        |pod| !pods::is_terminating(pod),
        &mut outcome,
    );
    let revisions = history::sync(view, &owner, &spec.template, &mut outcome);
    let Some(update) = revisions.last().cloned() else { return outcome };
    let mut on_node: BTreeMap<&str, Vec<&Pod>> = BTreeMap::new();
    for pod in &all {
        on_node.entry(target_node(pod).unwrap_or_default()).or_default().push(pod);
    }
    let nodes: Vec<(&Node, bool)> =
        view.snapshot.list::<Node>().map(|node| (node, should_run(&spec, node))).collect();
    if set.metadata.deletion_timestamp.is_none() {
        let mut sync = Sync {
            view,
            now,
            owner: &owner,
            spec: &spec,
            update: &update,
            outcome,
            names: Vec::new(),
        };
        sync.place(set, &nodes, &on_node);
        sync.roll(&nodes, &on_node);
        outcome = sync.outcome;
    }
    let status = status(set, &spec, &nodes, &on_node, &update, now);
    if set.status.as_ref() != Some(&status) {
        let updated = DaemonSet { status: Some(status), ..set.clone() };
        outcome.write(Write::UpdateStatus(updated.into()), Why::StatusOutdated);
    }
    let hashes: Vec<&str> = all.iter().filter_map(revision_of).collect();
    let live: Vec<&str> = revisions
        .iter()
        .filter(|revision| revision.name == update.name || hashes.contains(&revision.hash.as_str()))
        .map(|revision| revision.name.as_str())
        .collect();
    history::truncate(&owner, &revisions, &live, spec.revision_history_limit, &mut outcome);
    wait_for_available(&all, spec.min_ready_seconds.unwrap_or(0), now, &mut outcome);
    outcome
}

struct Sync<'a> {
    view: &'a View<'a>,
    now: Time,
    owner: &'a Object,
    spec: &'a DaemonSetSpec,
    update: &'a Revision,
    outcome: Outcome,
    names: Vec<String>,
}

impl Sync<'_> {
    /// `manage`: Pods where they are missing, none where they should not be.
    fn place(
        &mut self,
        set: &DaemonSet,
        nodes: &[(&Node, bool)],
        on_node: &BTreeMap<&str, Vec<&Pod>>,
    ) {
        for (node, wanted) in nodes {
            let name = pods::name(&node.metadata);
            let here = on_node.get(name).map(Vec::as_slice).unwrap_or_default();
            let alive: Vec<&Pod> =
                here.iter().copied().filter(|pod| !pods::is_terminating(pod)).collect();
            if !wanted {
                for pod in alive {
                    self.delete(pod, Why::TooManyPods { desired: 0, actual: 1 });
                }
                continue;
            }
            for pod in alive.iter().filter(|pod| pods::phase(pod) == "Failed") {
                let message = format!(
                    "Found failed daemon pod {} on node {name}, will try to kill it",
                    pods::reference(pod).namespaced_name()
                );
                self.outcome.events.push(Event::warning(
                    COMPONENT,
                    self.owner,
                    "FailedDaemonPod",
                    message,
                ));
                self.delete(pod, Why::EndedPod);
            }
            // A Pod on its way out is waited for, unless there is room for a second one.
            if here.is_empty() {
                self.create(set, name);
            }
        }
    }

    /// `rollingUpdate` without surge: outdated Pods go, as many at a time as may be unavailable.
    fn roll(&mut self, nodes: &[(&Node, bool)], on_node: &BTreeMap<&str, Vec<&Pod>>) {
        let strategy = self.spec.update_strategy.as_ref();
        if strategy.and_then(|strategy| strategy.type_.as_deref()) == Some("OnDelete") {
            return;
        }
        let wanted: Vec<&Node> =
            nodes.iter().filter(|(_, wanted)| *wanted).map(|(node, _)| *node).collect();
        let value = strategy
            .and_then(|strategy| strategy.rolling_update.as_ref())
            .and_then(|rolling| rolling.max_unavailable.as_ref());
        let allowed =
            value.map_or(1, |value| scaled_value(Some(value), wanted.len() as i32, true)).max(1);
        let min_ready = self.spec.min_ready_seconds.unwrap_or(0);
        let mut unavailable = 0;
        let mut outdated = Vec::new();
        for node in wanted {
            let here =
                on_node.get(pods::name(&node.metadata)).map(Vec::as_slice).unwrap_or_default();
            let alive = here.iter().copied().find(|pod| !pods::is_terminating(pod));
            let available = alive.is_some_and(|pod| pods::is_available(pod, min_ready, self.now));
            unavailable += i32::from(!available);
            if let Some(pod) =
                alive.filter(|pod| revision_of(pod) != Some(self.update.hash.as_str()))
            {
                outdated.push((available, pod));
            }
        }
        outdated.sort_by_key(|(available, _)| *available);
        for (available, pod) in outdated {
            if available {
                if unavailable >= allowed {
                    return;
                }
                unavailable += 1;
            }
            self.delete(pod, Why::OutdatedPod);
        }
    }

    fn create(&mut self, set: &DaemonSet, node: &str) {
        let base = format!("{}-", self.owner.name());
        let salt = format!(
            "{}/{node}/{}",
            pods::uid(self.owner.metadata()),
            self.view.snapshot.resource_version()
        );
        let name =
            self.view.fresh_name(Kind::Pod, self.owner.namespace(), &base, &salt, &self.names);
        let mut pod = pods::from_template(&self.spec.template, self.owner, name.clone());
        pod.metadata.generate_name = Some(base);
        let labels = pod.metadata.labels.get_or_insert_default();
        labels.insert(REVISION_LABEL.into(), self.update.hash.clone());
        let generation = set
            .metadata
            .annotations
            .as_ref()
            .and_then(|annotations| annotations.get(GENERATION_ANNOTATION));
        labels.insert(GENERATION_LABEL.into(), generation.cloned().unwrap_or("1".into()));
        let spec = pod.spec.get_or_insert_default();
        pin(spec, node);
        tolerate(spec);
        self.outcome.write(Write::Create(pod.into()), Why::TooFewPods { desired: 1, actual: 0 });
        self.outcome.events.push(Event::normal(
            COMPONENT,
            self.owner,
            "SuccessfulCreate",
            format!("Created pod: {name}"),
        ));
        self.names.push(name);
    }

    fn delete(&mut self, pod: &Pod, why: Why) {
        self.outcome.write(Write::Delete(pods::reference(pod), Deletion::default()), why);
        let message = format!("Deleted pod: {}", pods::name(&pod.metadata));
        self.outcome.events.push(Event::normal(COMPONENT, self.owner, "SuccessfulDelete", message));
    }
}

/// `NodeShouldRunDaemonPod`.
fn should_run(spec: &DaemonSetSpec, node: &Node) -> bool {
    let mut template = spec.template.spec.clone().unwrap_or_default();
    tolerate(&mut template);
    let pod = Pod { spec: Some(template), ..Pod::default() };
    let spec = pods::spec(&pod);
    let named = spec.node_name.as_deref().filter(|name| !name.is_empty());
    named.is_none_or(|name| name == pods::name(&node.metadata))
        && matches_node_selection(&pod, node)
        && node
            .spec
            .iter()
            .flat_map(|spec| spec.taints.iter().flatten())
            .filter(|taint| taint.effect != "PreferNoSchedule")
            .all(|taint| tolerates(spec.tolerations.as_ref(), taint))
}

/// `ReplaceDaemonSetPodNodeNameNodeAffinity`.
fn pin(spec: &mut PodSpec, node: &str) {
    let requirement = NodeSelectorRequirement {
        key: "metadata.name".into(),
        operator: "In".into(),
        values: Some(vec![node.to_owned()]),
    };
    let affinity = spec
        .affinity
        .get_or_insert_default()
        .node_affinity
        .get_or_insert_with(NodeAffinity::default);
    let required = affinity
        .required_during_scheduling_ignored_during_execution
        .get_or_insert_with(NodeSelector::default);
    if required.node_selector_terms.is_empty() {
        required.node_selector_terms.push(NodeSelectorTerm::default());
    }
    for term in &mut required.node_selector_terms {
        term.match_fields = Some(vec![requirement.clone()]);
    }
}

/// `AddOrUpdateDaemonPodTolerations`: a daemon stays on nodes in trouble.
fn tolerate(spec: &mut PodSpec) {
    let mut keys = vec![
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];
    if spec.host_network == Some(true) {
        keys.push(("node.kubernetes.io/network-unavailable", "NoSchedule"));
    }
    let tolerations = spec.tolerations.get_or_insert_default();
    for (key, effect) in keys {
        let toleration = Toleration {
            key: Some(key.into()),
            operator: Some("Exists".into()),
            effect: Some(effect.into()),
            ..Toleration::default()
        };
        if !tolerations.contains(&toleration) {
            tolerations.push(toleration);
        }
    }
}

/// The node a daemon Pod is bound to, or was made for.
fn target_node(pod: &Pod) -> Option<&str> {
    pods::node_name(pod).or_else(|| {
        let affinity = pods::spec(pod).affinity.as_ref()?.node_affinity.as_ref()?;
        let terms = &affinity
            .required_during_scheduling_ignored_during_execution
            .as_ref()?
            .node_selector_terms;
        let field = terms
            .first()?
            .match_fields
            .as_ref()?
            .iter()
            .find(|field| field.key == "metadata.name")?;
        field.values.as_ref()?.first().map(String::as_str)
    })
}

fn revision_of(pod: &Pod) -> Option<&str> {
    pod.metadata.labels.as_ref()?.get(REVISION_LABEL).map(String::as_str)
}

fn status(
    set: &DaemonSet,
    spec: &DaemonSetSpec,
    nodes: &[(&Node, bool)],
    on_node: &BTreeMap<&str, Vec<&Pod>>,
    update: &Revision,
    now: Time,
) -> DaemonSetStatus {
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    let (mut desired, mut scheduled, mut misscheduled, mut ready, mut available, mut updated) =
        (0, 0, 0, 0, 0, 0);
    for (node, wanted) in nodes {
        let here = on_node.get(pods::name(&node.metadata)).map(Vec::as_slice).unwrap_or_default();
        if !wanted {
            misscheduled += i32::from(!here.is_empty());
            continue;
        }
        desired += 1;
        let Some(pod) = here.iter().find(|pod| !pods::is_terminating(pod)).or(here.first()) else {
            continue;
        };
        scheduled += 1;
        if pods::is_ready(pod) {
            ready += 1;
            available += i32::from(pods::is_available(pod, min_ready, now));
        }
        updated += i32::from(revision_of(pod) == Some(update.hash.as_str()));
    }
    let some = |number: i32| (number != 0).then_some(number);
    DaemonSetStatus {
        current_number_scheduled: scheduled,
        desired_number_scheduled: desired,
        number_misscheduled: misscheduled,
        number_ready: ready,
        number_available: some(available),
        number_unavailable: some(desired - available),
        updated_number_scheduled: some(updated),
        observed_generation: set.metadata.generation,
        collision_count: None,
        conditions: set.status.as_ref().and_then(|status| status.conditions.clone()),
    }
}
