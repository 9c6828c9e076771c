//! Keeps as many Pods as a ReplicaSet asks for.
//!
//! Watches ReplicaSets and Pods. Owns the Pods it creates or adopts and the ReplicaSet's status. It
//! never changes a Pod's spec, and never looks at the template of a Pod that exists.
//! Models `pkg/controller/replicaset`.

use apiserver::Time;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetSpec, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, Object, ObjectRef};

use crate::adopt::claim;
use crate::outcome::{Deletion, Event, Outcome, Waiting, Why, Write};
use crate::pods;
use crate::selector::includes;
use crate::view::View;

const COMPONENT: &str = "replicaset-controller";
/// `BurstReplicas`: no more Pods are made or deleted in one go.
const BURST: usize = 500;

/// Brings one ReplicaSet's Pods and status up to its spec.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(set) = view.find::<ReplicaSet>(key) else { return outcome };
    let owner = Object::from(set.clone());
    let spec = set.spec.clone().unwrap_or_default();
    let claimed = claim(
        view,
        &owner,
        Some(&spec.selector),
        |pod: &Pod| &pod.metadata,
        |pod: &mut Pod| &mut pod.metadata,
        pods::is_active,
        &mut outcome,
    );
    let (active, rest): (Vec<Pod>, Vec<Pod>) = claimed.into_iter().partition(pods::is_active);
    let terminating =
        rest.iter().filter(|pod| pods::is_terminating(pod) && !pods::is_ended(pod)).count();
    if set.metadata.deletion_timestamp.is_none() {
        scale(view, &owner, &spec, &active, now, &mut outcome);
    }
    let status = status(set, &spec, &active, terminating, now);
    if set.status.as_ref() != Some(&status) {
        outcome.write(
            Write::UpdateStatus(ReplicaSet { status: Some(status), ..set.clone() }.into()),
            Why::StatusOutdated,
        );
    }
    wait_for_available(&active, spec.min_ready_seconds.unwrap_or(0), now, &mut outcome);
    outcome
}

/// Comes back when the next ready Pod has been ready for `minReadySeconds`.
pub fn wait_for_available(pods: &[Pod], min_ready_seconds: i32, now: Time, outcome: &mut Outcome) {
    let next = pods
        .iter()
        .filter_map(|pod| pods::available_at(pod, min_ready_seconds))
        .filter(|at| *at > now)
        .min();
    if let Some(at) = next {
        outcome.requeue(
            at.since(now),
            if min_ready_seconds > 0 { Waiting::Periodic } else { Waiting::Settling },
        );
    }
}

fn scale(
    view: &View<'_>,
    owner: &Object,
    spec: &ReplicaSetSpec,
    active: &[Pod],
    now: Time,
    outcome: &mut Outcome,
) {
    let desired = usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
    let why = |desired: usize| (desired as i32, active.len() as i32);
    if active.len() < desired {
        let Some(template) = &spec.template else { return };
        let (wanted, actual) = why(desired);
        let base = format!("{}-", owner.name());
        let mut names = Vec::new();
        for number in 0..(desired - active.len()).min(BURST) {
            let salt = format!(
                "{}/{}/{number}",
                pods::uid(owner.metadata()),
                view.snapshot.resource_version()
            );
            let name = view.fresh_name(Kind::Pod, owner.namespace(), &base, &salt, &names);
            let mut pod = pods::from_template(template, owner, name.clone());
            pod.metadata.generate_name = Some(base.clone());
            outcome.write(Write::Create(pod.into()), Why::TooFewPods { desired: wanted, actual });
            outcome.events.push(Event::normal(
                COMPONENT,
                owner,
                "SuccessfulCreate",
                format!("Created pod: {name}"),
            ));
            names.push(name);
        }
        outcome.on_refusal.push(Event::warning(
            COMPONENT,
            owner,
            "FailedCreate",
            "Error creating: {error}",
        ));
    } else if active.len() > desired {
        let (wanted, actual) = why(desired);
        for pod in surplus(view, owner, active, active.len() - desired, now) {
            outcome.write(
                Write::Delete(pods::reference(pod), Deletion::default()),
                Why::TooManyPods { desired: wanted, actual },
            );
            let message = format!("Deleted pod: {}", pods::name(&pod.metadata));
            outcome.events.push(Event::normal(COMPONENT, owner, "SuccessfulDelete", message));
        }
    }
}

/// The Pods to delete: those whose loss costs least, and rather from nodes where the Deployment has
/// several.
fn surplus<'a>(
    view: &View<'_>,
    owner: &Object,
    active: &'a [Pod],
    count: usize,
    now: Time,
) -> Vec<&'a Pod> {
    let related: Vec<&Pod> = match pods::controller_of(owner.metadata()) {
        Some(deployment) => view
            .owned::<ReplicaSet>(&deployment.uid)
            .into_iter()
            .flat_map(|set| view.owned::<Pod>(pods::uid(&set.metadata)))
            .filter(|pod| pods::is_active(pod))
            .collect(),
        None => active.iter().collect(),
    };
    let mut on_node = std::collections::BTreeMap::new();
    for pod in related {
        *on_node.entry(pods::node_name(pod)).or_insert(0usize) += 1;
    }
    let rank = |pod: &Pod| on_node.get(&pods::node_name(pod)).copied().unwrap_or(0);
    let mut order: Vec<&Pod> = active.iter().collect();
    order.sort_by(|a, b| pods::deletion_order((a, rank(a)), (b, rank(b)), now));
    order.truncate(count.min(BURST));
    order
}

fn status(
    set: &ReplicaSet,
    spec: &ReplicaSetSpec,
    active: &[Pod],
    terminating: usize,
    now: Time,
) -> ReplicaSetStatus {
    let count = |keep: &dyn Fn(&Pod) -> bool| active.iter().filter(|pod| keep(pod)).count() as i32;
    let some = |number: i32| (number != 0).then_some(number);
    let labels = spec.template.as_ref().and_then(pods::template_labels);
    let min_ready = spec.min_ready_seconds.unwrap_or(0);
    ReplicaSetStatus {
        replicas: active.len() as i32,
        fully_labeled_replicas: some(count(&|pod| includes(labels, pod.metadata.labels.as_ref()))),
        ready_replicas: some(count(&pods::is_ready)),
        available_replicas: some(count(&|pod| pods::is_available(pod, min_ready, now))),
        terminating_replicas: Some(terminating as i32),
        observed_generation: set.metadata.generation,
        conditions: set.status.as_ref().and_then(|status| status.conditions.clone()),
    }
}
