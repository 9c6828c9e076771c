//! What one reconcile asks for: writes to the API server, events, changes outside it, and when to
//! look again.
//!
//! An outcome is a value. Nothing happens until `settle` applies it.

use std::time::Duration;

use k8s_openapi::api::core::v1::Probe;
use manifest::{FieldPath, Object, ObjectRef};
use serde::Serialize;

use apiserver::Time;

use crate::world::WorldChange;

/// What one reconcile asks for.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Writes, applied in this order; the first refusal stops the rest.
    pub writes: Vec<Write>,
    /// Events, recorded once every write went through.
    pub events: Vec<Event>,
    /// Events recorded instead if a write is refused; `{error}` stands for the refusal.
    pub on_refusal: Vec<Event>,
    /// Changes to what is not an API object: containers, addresses, load balancers.
    pub changes: Vec<WorldChange>,
    /// Probes to run now; their results are put into the Pod's runtime and it is reconciled again.
    pub probes: Vec<ProbeRequest>,
    /// When to reconcile this object again although nothing changed.
    pub requeue_after: Option<Requeue>,
    /// Why the writes are needed.
    pub why: Option<Why>,
}

/// One request to the API server.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Write {
    /// Create the object.
    Create(Object),
    /// Replace its metadata and spec.
    Update(Object),
    /// Replace its status.
    UpdateStatus(Object),
    /// The `pods/binding` subresource: give the Pod its node.
    Bind {
        /// The Pod.
        pod: ObjectRef,
        /// The node's name.
        node: String,
    },
    /// Delete it.
    Delete(ObjectRef, Deletion),
    /// The `namespaces/finalize` subresource: the namespace is empty and may go.
    FinalizeNamespace(String),
}

/// How an object is deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Seconds of grace; `None` takes the object's own.
    pub grace_period_seconds: Option<i64>,
    /// Whether dependents go first (`Foreground`).
    pub foreground: bool,
}

/// An event about an object, before the recorder has counted and aggregated it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The object it is about.
    pub about: ObjectRef,
    /// That object's uid.
    pub uid: String,
    /// `spec.containers{web}` where it is about one container of a Pod.
    pub field_path: Option<String>,
    /// Whether something is wrong (`Warning`) or not (`Normal`).
    pub warning: bool,
    /// The reason, one word in CamelCase.
    pub reason: &'static str,
    /// The message.
    pub message: String,
    /// Who reports it.
    pub source: Source,
}

/// The component that reports an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A controller, or the kubelet of a node (`host`), through the core `v1` events API.
    Core {
        /// `deployment-controller`, `kubelet`.
        component: &'static str,
        /// The node, for the kubelet.
        host: Option<String>,
    },
    /// Through `events.k8s.io`, as the scheduler does: no count, no timestamps but `eventTime`.
    Series {
        /// `default-scheduler`.
        controller: &'static str,
        /// `Binding`, `Scheduling`.
        action: &'static str,
    },
}

/// When to look again, and whether the cluster counts as settled before that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Requeue {
    /// How much later.
    pub after: Duration,
    /// What is waited for.
    pub kind: Waiting,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Waiting {
    /// Something that is under way and ends by itself: a Pod starting, a container stopping.
    Settling,
    /// Something that comes round or may come: back-off, probes, deadlines, schedules.
    Periodic,
}

/// A probe for the data plane (or whoever stands for it) to run.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeRequest {
    /// The Pod.
    pub pod: ObjectRef,
    /// The container's name.
    pub container: String,
    /// Which of its probes.
    pub kind: ProbeKind,
    /// The probe as written.
    pub probe: Probe,
}

/// Which probe of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum ProbeKind {
    /// `startupProbe`
    Startup,
    /// `livenessProbe`
    Liveness,
    /// `readinessProbe`
    Readiness,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProbeResult {
    /// It answered as hoped.
    Success,
    /// It did not; the text is the kubelet's (`HTTP probe failed with statuscode: 404`).
    Failure(String),
}

/// Why a controller wrote. Prose is made of this elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Why {
    /// The status said something else than what is.
    StatusOutdated,
    /// Fewer Pods than asked for.
    TooFewPods {
        /// How many are asked for.
        desired: i32,
        /// How many there are.
        actual: i32,
    },
    /// More Pods than asked for.
    TooManyPods {
        /// How many are asked for.
        desired: i32,
        /// How many there are.
        actual: i32,
    },
    /// The Pod template has no ReplicaSet yet.
    NewTemplate,
    /// A rollout takes its next step within `maxSurge` and `maxUnavailable`.
    RolloutStep,
    /// `spec.replicas` was changed.
    Scaled,
    /// The rollout was paused or resumed.
    PausedOrResumed,
    /// The rollout took longer than `progressDeadlineSeconds`.
    DeadlineExceeded,
    /// Old ReplicaSets beyond `revisionHistoryLimit`.
    HistoryLimit,
    /// An object that the selector matches had no controller.
    Adopted,
    /// An object that the selector no longer matches.
    Released,
    /// A Pod runs an old template.
    OutdatedPod,
    /// A Pod failed or ended and is replaced.
    EndedPod,
    /// The scheduler chose a node.
    Placed {
        /// The node.
        node: String,
    },
    /// No node fits.
    Unschedulable,
    /// The kubelet took a Pod one step further.
    PodStep(PodStep),
    /// The set of endpoints of a Service changed.
    EndpointsChanged,
    /// No Service selects for it any more.
    ServiceGone,
    /// All owners of the object are gone.
    OwnerGone,
    /// The owner is deleted in the foreground or left its dependents orphaned.
    OwnerDeleting,
    /// The namespace is being deleted.
    NamespaceTerminating,
    /// A Gateway's proxies and their Service have a port for each of its listeners.
    GatewayProxies,
    /// A namespace lacks what every namespace has.
    NamespaceDefaults,
    /// The node stopped reporting, or reports again.
    NodeCondition,
    /// The node that the Pod is bound to is gone.
    NodeGone,
    /// A Pod does not tolerate a `NoExecute` taint (any longer).
    TaintNotTolerated,
    /// The load balancer got an address, or lost it.
    LoadBalancer,
    /// A schedule is due.
    ScheduleDue,
}

/// How far the kubelet has brought a Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum PodStep {
    /// The kubelet has seen the Pod.
    Admitted,
    /// There is no network plugin, so no sandbox.
    NetworkNotReady,
    /// The sandbox has its network namespace and address.
    Sandbox,
    /// An image is being pulled, or cannot be.
    Image,
    /// A container started.
    Started,
    /// A container ended.
    Ended,
    /// A container is ready, or no longer.
    Readiness,
    /// The Pod is being stopped.
    Stopping,
    /// The Pod is gone from the node.
    Stopped,
}

/// What one applied write changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WriteSummary {
    /// What was done.
    pub verb: Verb,
    /// To which object.
    pub object: ObjectRef,
    /// The fields that differ afterwards, outermost first; empty for create and delete.
    pub changed: Vec<FieldPath>,
}

/// What was done to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)]
pub enum Verb {
    Create,
    Update,
    UpdateStatus,
    Bind,
    Delete,
}

/// One reconcile that wrote something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReconcileRecord {
    /// Which controller.
    pub controller: crate::Controller,
    /// The object it reconciled.
    pub object: ObjectRef,
    /// The round of this settling, from 1.
    pub round: usize,
    /// The virtual time.
    pub at: Time,
    /// What it wrote.
    pub writes: Vec<WriteSummary>,
    /// Why.
    pub why: Why,
    /// The API server's words if it refused a write.
    pub refused: Option<String>,
}

impl Outcome {
    /// Nothing to do.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// Says why, unless an earlier step of this reconcile already did.
    pub fn because(&mut self, why: Why) -> &mut Self {
        self.why.get_or_insert(why);
        self
    }

    /// Asks for a write.
    pub fn write(&mut self, write: Write, why: Why) -> &mut Self {
        self.writes.push(write);
        self.because(why)
    }

    /// Asks to be called again; the earliest wish counts, and what settles counts before what
    /// merely comes round.
    pub fn requeue(&mut self, after: Duration, kind: Waiting) -> &mut Self {
        self.requeue_after = Some(match self.requeue_after {
            Some(earlier) if earlier.after <= after => {
                Requeue { after: earlier.after, kind: earlier.kind.min(kind) }
            }
            Some(later) => Requeue { after, kind: later.kind.min(kind) },
            None => Requeue { after, kind },
        });
        self
    }
}

impl Event {
    /// An event of a controller about an object.
    pub fn normal(
        component: &'static str,
        about: &Object,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self {
            about: about.reference(),
            uid: about.metadata().uid.clone().unwrap_or_default(),
            field_path: None,
            warning: false,
            reason,
            message: message.into(),
            source: Source::Core { component, host: None },
        }
    }

    /// The same, as a warning.
    pub fn warning(
        component: &'static str,
        about: &Object,
        reason: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { warning: true, ..Self::normal(component, about, reason, message) }
    }
}
