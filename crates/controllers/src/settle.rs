//! Runs the controllers until nothing is left to do at a moment.
//!
//! Works in rounds: what changed since the last look goes through `watch` into a queue, then each
//! queued object is reconciled, in the fixed order of [`Controller`] and of references. Only what
//! changed is looked at. Time does not pass here: a controller that wants to be called later sets a
//! timer, and whoever owns the clock calls again when it is due.
//! Models the work queues of `kube-controller-manager`, the scheduler and the kubelets together.

use apiserver::{ApiServer, DeleteOptions, Propagation, Refusal, Snapshot, Time, WriteOptions};
use imbl::{OrdMap, OrdSet};
use manifest::{FieldPath, Kind, Object, ObjectRef};
use serde::Serialize;
use serde_json::Value;

use crate::outcome::{
    Outcome, ProbeRequest, ProbeResult, ReconcileRecord, Verb, Waiting, Why, Write, WriteSummary,
};
use crate::recorder::Recorder;
use crate::view::{Index, View};
use crate::watch;
use crate::world::World;
use crate::*;

/// More rounds than any rollout needs at one moment; a cluster still changing after these does not
/// settle, and the learner is told what keeps changing.
pub const MAX_ROUNDS: usize = 200;
/// More moments than a start-up has; only `settle_until` and `settle_fully` count them.
const MAX_MOMENTS: usize = 10_000;
/// A write summary lists no more changed fields than this.
const MAX_CHANGED: usize = 12;

/// Who reconciles; also the order in which they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[allow(missing_docs)]
pub enum Controller {
    NodeStatus,
    NodeLifecycle,
    Namespace,
    NamespaceDefaults,
    CronJob,
    Deployment,
    StatefulSet,
    DaemonSet,
    Job,
    ReplicaSet,
    TaintEviction,
    GarbageCollector,
    PodGarbageCollector,
    Scheduler,
    Kubelet,
    EndpointSlice,
    Endpoints,
    EndpointSliceMirroring,
    LoadBalancer,
    Ingress,
    Gateway,
}

/// Runs probes, through the data plane or by fiat.
pub trait Prober {
    /// What the probe finds at `now`.
    fn probe(&mut self, snapshot: &Snapshot, request: &ProbeRequest, now: Time) -> ProbeResult;
}

/// A prober for which every probe succeeds.
#[derive(Clone, Copy, Debug, Default)]
pub struct EveryProbeSucceeds;

impl Prober for EveryProbeSucceeds {
    fn probe(&mut self, _: &Snapshot, _: &ProbeRequest, _: Time) -> ProbeResult {
        ProbeResult::Success
    }
}

/// What came of settling.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// How many rounds it took.
    pub rounds: usize,
    /// What was written, in order.
    pub records: Vec<ReconcileRecord>,
    /// The cluster after each round that wrote something.
    pub moments: Vec<RoundEnd>,
    /// What still wanted to be reconciled after the last allowed round; empty if all settled.
    pub unsettled: Vec<ObjectRef>,
    /// When the next timer goes off.
    pub next_due: Option<Time>,
    /// When the next timer goes off for something that is under way and ends by itself; `None` if
    /// only back-off, probes, deadlines and schedules are left.
    pub next_settling: Option<Time>,
}

/// The cluster at the end of a round.
#[derive(Clone, Debug)]
pub struct RoundEnd {
    /// The virtual time.
    pub at: Time,
    /// The round of this settling, from 1.
    pub round: usize,
    /// How many records of the settling were made by then.
    pub records: usize,
    /// Every object then.
    pub snapshot: Snapshot,
}

/// What the runner remembers from one call to the next.
#[derive(Clone, Default)]
pub(crate) struct LoopState {
    seen: Snapshot,
    index: Index,
    queue: OrdSet<(Controller, ObjectRef)>,
    timers: OrdMap<(Time, Controller, ObjectRef), Waiting>,
    timer_of: OrdMap<(Controller, ObjectRef), Time>,
    recorder: Recorder,
}

impl LoopState {
    /// Has every object looked at again.
    pub(crate) fn forget(&mut self) {
        self.seen = Snapshot::default();
        self.index = Index::default();
    }

    /// Has a Pod looked at again by its kubelet.
    pub(crate) fn touch_pod(&mut self, pod: &ObjectRef) {
        self.queue.insert((Controller::Kubelet, pod.clone()));
    }

    /// Has a node and its Pods looked at again.
    pub(crate) fn touch_node(&mut self, node: &str) {
        let reference = ObjectRef::cluster(Kind::Node, node);
        self.queue.insert((Controller::NodeStatus, reference.clone()));
        self.queue.insert((Controller::NodeLifecycle, reference));
        for pod in self.index.on_node(node) {
            self.queue.insert((Controller::Kubelet, pod.clone()));
        }
    }
}

/// Runs everything that is due at `now` to a fixed point.
pub fn settle(
    api: &mut ApiServer,
    world: &mut World,
    prober: &mut dyn Prober,
    now: Time,
) -> Settled {
    let mut runner = Runner { api, world, prober, now, records: Vec::new(), round: 0 };
    let mut moments = Vec::new();
    runner.absorb();
    runner.wake_timers();
    while !runner.world.state.queue.is_empty() && runner.round < MAX_ROUNDS {
        runner.round += 1;
        let before = runner.records.len();
        let batch = std::mem::take(&mut runner.world.state.queue);
        for (controller, key) in batch {
            runner.run(controller, &key);
        }
        let (round, records) = (runner.round, runner.records.len());
        if records > before {
            moments.push(RoundEnd { at: now, round, records, snapshot: runner.api.snapshot() });
        }
        runner.absorb();
        runner.wake_timers();
    }
    let (rounds, records) = (runner.round, runner.records);
    let mut unsettled: Vec<ObjectRef> =
        world.state.queue.iter().map(|(_, key)| key.clone()).collect();
    unsettled.sort();
    unsettled.dedup();
    let timers = &world.state.timers;
    Settled {
        rounds,
        records,
        moments,
        unsettled,
        next_due: timers.keys().next().map(|(at, ..)| *at),
        next_settling: timers
            .iter()
            .find(|(_, kind)| **kind == Waiting::Settling)
            .map(|((at, ..), _)| *at),
    }
}

/// Settles, and goes on to each later moment at which something is due, up to and including `until`.
pub fn settle_until(
    api: &mut ApiServer,
    world: &mut World,
    prober: &mut dyn Prober,
    from: Time,
    until: Time,
) -> Settled {
    follow(api, world, prober, from, |settled| settled.next_due.filter(|at| *at <= until)).0
}

/// Settles until only back-off, probes, deadlines and schedules are left, but not beyond `limit`;
/// the moment reached comes with it.
pub fn settle_fully(
    api: &mut ApiServer,
    world: &mut World,
    prober: &mut dyn Prober,
    from: Time,
    limit: Time,
) -> (Settled, Time) {
    // A periodic timer that is due earlier is run on the way, in its turn.
    follow(api, world, prober, from, |settled| {
        let goal = settled.next_settling.filter(|at| *at <= limit)?;
        settled.next_due.map(|at| at.min(goal))
    })
}

fn follow(
    api: &mut ApiServer,
    world: &mut World,
    prober: &mut dyn Prober,
    from: Time,
    next: impl Fn(&Settled) -> Option<Time>,
) -> (Settled, Time) {
    let mut now = from;
    let mut total = settle(api, world, prober, now);
    for _ in 0..MAX_MOMENTS {
        let Some(at) = next(&total).filter(|_| total.unsettled.is_empty()) else { break };
        now = now.max(at);
        let step = settle(api, world, prober, now);
        total.rounds += step.rounds;
        let earlier = total.records.len();
        total.moments.extend(
            step.moments.into_iter().map(|end| RoundEnd { records: earlier + end.records, ..end }),
        );
        total.records.extend(step.records);
        total.unsettled = step.unsettled;
        total.next_due = step.next_due;
        total.next_settling = step.next_settling;
    }
    (total, now)
}

struct Runner<'a> {
    api: &'a mut ApiServer,
    world: &'a mut World,
    prober: &'a mut dyn Prober,
    now: Time,
    records: Vec<ReconcileRecord>,
    round: usize,
}

impl Runner<'_> {
    /// Takes in what changed in the store since the last look: indexes, and who must look at it.
    fn absorb(&mut self) {
        let snapshot = self.api.snapshot();
        let state = &mut self.world.state;
        if snapshot.resource_version() == state.seen.resource_version() {
            return;
        }
        let seen = std::mem::replace(&mut state.seen, snapshot.clone());
        let changes: Vec<_> = snapshot.diff(&seen).collect();
        for change in &changes {
            state.index.update(*change);
        }
        let (index, queue) = (&state.index, &mut state.queue);
        for change in changes {
            watch::keys(change, &snapshot, index, &mut |controller, key| {
                queue.insert((controller, key));
            });
        }
    }

    fn wake_timers(&mut self) {
        let state = &mut self.world.state;
        while let Some((timer, _)) = state.timers.get_min().cloned() {
            if timer.0 > self.now {
                break;
            }
            state.timers.remove(&timer);
            let (_, controller, key) = timer;
            state.timer_of.remove(&(controller, key.clone()));
            state.queue.insert((controller, key));
        }
    }

    fn run(&mut self, controller: Controller, key: &ObjectRef) {
        let snapshot = self.api.snapshot();
        let view = View { snapshot: &snapshot, world: self.world, index: &self.world.state.index };
        let outcome = reconcile(controller, &view, key, self.now);
        self.set_timer(controller, key, &outcome);
        self.apply(controller, key, outcome, &snapshot);
        self.absorb();
    }

    fn set_timer(&mut self, controller: Controller, key: &ObjectRef, outcome: &Outcome) {
        let state = &mut self.world.state;
        let entry = (controller, key.clone());
        if let Some(at) = state.timer_of.remove(&entry) {
            state.timers.remove(&(at, controller, key.clone()));
        }
        if let Some(requeue) = outcome.requeue_after {
            let at = self.now + requeue.after;
            state.timers.insert((at, controller, key.clone()), requeue.kind);
            state.timer_of.insert(entry, at);
        }
    }

    fn apply(
        &mut self,
        controller: Controller,
        key: &ObjectRef,
        outcome: Outcome,
        before: &Snapshot,
    ) {
        let mut summaries = Vec::new();
        let mut refused = None;
        for write in outcome.writes {
            match self.write(controller, write, before) {
                Ok(summary) => summaries.extend(summary),
                Err(refusal) => {
                    refused = Some(refusal.message);
                    break;
                }
            }
        }
        for change in outcome.changes {
            self.world.apply(change);
        }
        let events = if refused.is_some() { outcome.on_refusal } else { outcome.events };
        for mut event in events {
            if let Some(error) = &refused {
                event.message = event.message.replace("{error}", error);
            }
            self.world.state.recorder.record(self.api, event, self.now);
        }
        for probe in outcome.probes {
            self.probe(&probe);
        }
        if !summaries.is_empty() || refused.is_some() {
            self.records.push(ReconcileRecord {
                controller,
                object: key.clone(),
                round: self.round,
                at: self.now,
                writes: summaries,
                why: outcome.why.unwrap_or(Why::StatusOutdated),
                refused,
            });
        }
    }

    /// One write; `None` if it changed nothing.
    fn write(
        &mut self,
        controller: Controller,
        write: Write,
        before: &Snapshot,
    ) -> Result<Option<WriteSummary>, Refusal> {
        let options = WriteOptions::new(self.now, manager(controller));
        // Within one reconcile a controller may write an object twice; the versions it read are its
        // own, so they are no use as preconditions.
        let fresh = |mut object: Object| {
            object.metadata_mut().resource_version = None;
            object
        };
        let (verb, object, after) = match write {
            Write::Create(object) => {
                let written = self.api.create(fresh(object), &options)?;
                (Verb::Create, written.object.reference(), None)
            }
            Write::Update(object) => {
                let written = self.api.update(fresh(object), &options)?;
                (Verb::Update, written.object.reference(), Some(written.object))
            }
            Write::UpdateStatus(object) => {
                let written = self.api.update_status(fresh(object), &options)?;
                (Verb::UpdateStatus, written.object.reference(), Some(written.object))
            }
            Write::Bind { pod, node } => {
                self.api.bind(&pod, &node, &options)?;
                return Ok(Some(WriteSummary {
                    verb: Verb::Bind,
                    object: pod,
                    changed: vec![FieldPath::of("spec.nodeName")],
                }));
            }
            Write::Delete(object, deletion) => {
                let propagation = if deletion.foreground {
                    Propagation::Foreground
                } else {
                    Propagation::Background
                };
                let options = DeleteOptions {
                    now: self.now,
                    grace_period_seconds: deletion.grace_period_seconds,
                    propagation: Some(propagation),
                    ..DeleteOptions::default()
                };
                match self.api.delete(&object, &options) {
                    // Somebody else was faster, which is as good.
                    Err(refusal) if refusal.reason == apiserver::Reason::NotFound => {
                        return Ok(None);
                    }
                    Err(refusal) => return Err(refusal),
                    Ok(_) => (Verb::Delete, object, None),
                }
            }
            Write::FinalizeNamespace(name) => {
                self.api.finalize_namespace(&name)?;
                (Verb::Delete, ObjectRef::cluster(Kind::Namespace, name), None)
            }
        };
        let changed = match (before.get(&object), after) {
            (Some(before), Some(after)) => {
                let changed = changed_fields(before, &after);
                if changed.is_empty() {
                    return Ok(None);
                }
                changed
            }
            _ => Vec::new(),
        };
        Ok(Some(WriteSummary { verb, object, changed }))
    }

    fn probe(&mut self, request: &ProbeRequest) {
        let result = self.prober.probe(&self.api.snapshot(), request, self.now);
        let Some(mut runtime) = self.world.pods.get(&request.pod).cloned() else { return };
        let container =
            runtime.containers.iter_mut().find(|container| container.name == request.container);
        if let Some(state) = container.and_then(|container| container.probes.get_mut(&request.kind))
        {
            state.result = Some(result);
        }
        self.world.pods.insert(request.pod.clone(), runtime);
        self.world.state.queue.insert((Controller::Kubelet, request.pod.clone()));
    }
}

fn reconcile(controller: Controller, view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    match controller {
        Controller::NodeStatus => kubelet::node::reconcile(view, key, now),
        Controller::Deployment => deployment::reconcile(view, key, now),
        Controller::ReplicaSet => replica_set::reconcile(view, key, now),
        Controller::Scheduler => scheduler::reconcile(view, key, now),
        Controller::Kubelet => kubelet::reconcile(view, key, now),
        Controller::EndpointSlice => endpoint_slice::reconcile(view, key, now),
        Controller::Endpoints => endpoints::reconcile(view, key, now),
        Controller::GarbageCollector => garbage_collector::reconcile(view, key, now),
        Controller::PodGarbageCollector => pod_garbage_collector::reconcile(view, key, now),
        Controller::NodeLifecycle => node_lifecycle::reconcile(view, key, now),
        Controller::Namespace => namespace::reconcile(view, key, now),
        Controller::NamespaceDefaults => namespace_defaults::reconcile(view, key, now),
        Controller::CronJob => cron_job::reconcile(view, key, now),
        Controller::StatefulSet => stateful_set::reconcile(view, key, now),
        Controller::DaemonSet => daemon_set::reconcile(view, key, now),
        Controller::Job => job::reconcile(view, key, now),
        Controller::TaintEviction => taint_eviction::reconcile(view, key, now),
        Controller::EndpointSliceMirroring => endpoint_slice_mirroring::reconcile(view, key, now),
        Controller::LoadBalancer => load_balancer::reconcile(view, key, now),
        Controller::Ingress => ingress::reconcile(view, key, now),
        Controller::Gateway => gateway::reconcile(view, key, now),
    }
}

/// The field manager a controller writes as.
fn manager(controller: Controller) -> &'static str {
    match controller {
        Controller::Scheduler => "kube-scheduler",
        Controller::Kubelet | Controller::NodeStatus => "kubelet",
        Controller::LoadBalancer => "cloud-controller-manager",
        Controller::Ingress => "ingress-controller",
        Controller::Gateway => "gateway-controller",
        _ => "kube-controller-manager",
    }
}

/// The fields in which two states of an object differ, without what every write changes.
fn changed_fields(before: &Object, after: &Object) -> Vec<FieldPath> {
    let mut found = Vec::new();
    compare(&before.to_json(), &after.to_json(), &FieldPath::root(), &mut found);
    let unimportant = ["metadata.resourceVersion", "metadata.generation", "metadata.managedFields"];
    found.retain(|path| !unimportant.contains(&path.to_string().as_str()));
    found.truncate(MAX_CHANGED);
    found
}

fn compare(before: &Value, after: &Value, path: &FieldPath, found: &mut Vec<FieldPath>) {
    match (before, after) {
        _ if before == after => {}
        (Value::Object(a), Value::Object(b)) => {
            let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let (x, y) =
                    (a.get(key).unwrap_or(&Value::Null), b.get(key).unwrap_or(&Value::Null));
                let plain = key.chars().all(|c| c.is_ascii_alphanumeric());
                let inner = if plain { path.child(key) } else { path.key(key.as_str()) };
                compare(x, y, &inner, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (x, y)) in a.iter().zip(b).enumerate() {
                compare(x, y, &path.index(index), found);
            }
        }
        _ => found.push(path.clone()),
    }
}
