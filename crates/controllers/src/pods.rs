//! What the controllers ask of a Pod.
//!
//! Models `pkg/api/v1/pod` and the Pod parts of `pkg/controller/controller_utils.go`.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use apiserver::{Time, Timestamps};
use k8s_openapi::api::core::v1::{Pod, PodCondition, PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{ObjectMeta, OwnerReference};
use manifest::{Kind, Object, ObjectRef};

static EMPTY_SPEC: LazyLock<PodSpec> = LazyLock::new(PodSpec::default);

/// The Pod's spec.
pub fn spec(pod: &Pod) -> &PodSpec {
    pod.spec.as_ref().unwrap_or(&EMPTY_SPEC)
}

/// The Pod's reference.
pub fn reference(pod: &Pod) -> ObjectRef {
    ObjectRef::new(Kind::Pod, namespace(&pod.metadata), name(&pod.metadata))
}

/// The node the Pod is bound to.
pub fn node_name(pod: &Pod) -> Option<&str> {
    spec(pod).node_name.as_deref().filter(|node| !node.is_empty())
}

/// `status.phase`, `Pending` if there is none yet.
pub fn phase(pod: &Pod) -> &str {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()).unwrap_or("Pending")
}

/// Whether the Pod's containers have all ended for good.
pub fn is_ended(pod: &Pod) -> bool {
    matches!(phase(pod), "Succeeded" | "Failed")
}

/// Whether the Pod is being deleted.
pub fn is_terminating(pod: &Pod) -> bool {
    pod.metadata.deletion_timestamp.is_some()
}

/// Whether the Pod counts for its controller: neither ended nor being deleted.
pub fn is_active(pod: &Pod) -> bool {
    !is_ended(pod) && !is_terminating(pod)
}

/// A condition of the Pod.
pub fn condition<'a>(pod: &'a Pod, kind: &str) -> Option<&'a PodCondition> {
    pod.status.as_ref()?.conditions.as_ref()?.iter().find(|condition| condition.type_ == kind)
}

/// Whether condition `Ready` is `True`.
pub fn is_ready(pod: &Pod) -> bool {
    condition(pod, "Ready").is_some_and(|condition| condition.status == "True")
}

/// Since when the Pod is ready.
pub fn ready_since(pod: &Pod) -> Option<Time> {
    condition(pod, "Ready")
        .filter(|condition| condition.status == "True")
        .and_then(|condition| condition.last_transition_time.as_ref())
        .map(Time::from_timestamp)
}

/// When a Pod that is ready counts as available.
pub fn available_at(pod: &Pod, min_ready_seconds: i32) -> Option<Time> {
    let since = ready_since(pod)?;
    Some(since + std::time::Duration::from_secs(min_ready_seconds.max(0).unsigned_abs().into()))
}

/// Whether the Pod has been ready for long enough.
pub fn is_available(pod: &Pod, min_ready_seconds: i32, now: Time) -> bool {
    available_at(pod, min_ready_seconds).is_some_and(|at| min_ready_seconds <= 0 || at <= now)
}

/// How often the Pod's containers were restarted, the most restarted one counting.
pub fn restarts(pod: &Pod) -> i32 {
    pod.status
        .iter()
        .flat_map(|status| status.container_statuses.iter().flatten())
        .map(|status| status.restart_count)
        .max()
        .unwrap_or(0)
}

/// The controller among an object's owners.
pub fn controller_of(metadata: &ObjectMeta) -> Option<&OwnerReference> {
    metadata.owner_references.iter().flatten().find(|owner| owner.controller == Some(true))
}

/// Whether an object is controlled by the owner of this uid.
pub fn is_controlled_by(metadata: &ObjectMeta, uid: &str) -> bool {
    controller_of(metadata).is_some_and(|owner| owner.uid == uid)
}

/// The owner reference that makes `owner` an object's controller.
pub fn controller_reference(owner: &Object) -> OwnerReference {
    OwnerReference {
        api_version: owner.kind().resource().api_version(),
        kind: owner.kind().resource().kind.to_owned(),
        name: owner.name().to_owned(),
        uid: owner.metadata().uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// A Pod from a controller's template, named `name`.
pub fn from_template(template: &PodTemplateSpec, owner: &Object, name: String) -> Pod {
    let source = template.metadata.clone().unwrap_or_default();
    Pod {
        metadata: ObjectMeta {
            namespace: Some(owner.namespace().to_owned()),
            name: Some(name),
            labels: source.labels,
            annotations: source.annotations,
            finalizers: source.finalizers,
            owner_references: Some(vec![controller_reference(owner)]),
            ..ObjectMeta::default()
        },
        spec: template.spec.clone(),
        status: None,
    }
}

/// The labels of a template.
pub fn template_labels(template: &PodTemplateSpec) -> Option<&BTreeMap<String, String>> {
    template.metadata.as_ref().and_then(|metadata| metadata.labels.as_ref())
}

/// An object's uid, empty before it is stored.
pub fn uid(metadata: &ObjectMeta) -> &str {
    metadata.uid.as_deref().unwrap_or_default()
}

/// An object's name.
pub fn name(metadata: &ObjectMeta) -> &str {
    metadata.name.as_deref().unwrap_or_default()
}

/// An object's namespace.
pub fn namespace(metadata: &ObjectMeta) -> &str {
    metadata.namespace.as_deref().unwrap_or_default()
}

/// When an object was created.
pub fn created(metadata: &ObjectMeta) -> Time {
    metadata.creation_timestamp.as_ref().map_or(Time(0), Time::from_timestamp)
}

/// Which of two Pods goes first when there are too many: `ActivePodsWithRanks`. `rank` is how many
/// of the owner's Pods share the Pod's node.
pub fn deletion_order(left: (&Pod, usize), right: (&Pod, usize), now: Time) -> Ordering {
    let (a, b) = (left.0, right.0);
    let phase_rank = |pod| match phase(pod) {
        "Pending" => 0,
        "Unknown" => 1,
        _ => 2,
    };
    node_name(a)
        .is_some()
        .cmp(&node_name(b).is_some())
        .then_with(|| phase_rank(a).cmp(&phase_rank(b)))
        .then_with(|| is_ready(a).cmp(&is_ready(b)))
        .then_with(|| deletion_cost(a).cmp(&deletion_cost(b)))
        .then_with(|| right.1.cmp(&left.1))
        .then_with(|| match (ready_since(a), ready_since(b)) {
            (Some(x), Some(y)) => younger_first(x, y, now),
            _ => Ordering::Equal,
        })
        .then_with(|| restarts(b).cmp(&restarts(a)))
        .then_with(|| younger_first(created(&a.metadata), created(&b.metadata), now))
        .then_with(|| uid(&a.metadata).cmp(uid(&b.metadata)))
}

fn deletion_cost(pod: &Pod) -> i32 {
    pod.metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get("controller.kubernetes.io/pod-deletion-cost"))
        .and_then(|cost| cost.parse().ok())
        .unwrap_or(0)
}

/// Ages are compared by their logarithm, so that of Pods about equally old no particular one goes.
fn younger_first(a: Time, b: Time, now: Time) -> Ordering {
    let rank = |at: Time| {
        let age = now.since(at).as_nanos();
        if age == 0 { -1 } else { i64::from(age.ilog2()) }
    };
    rank(a).cmp(&rank(b))
}
