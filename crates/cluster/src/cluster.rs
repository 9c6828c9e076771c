//! The cluster itself: a state with a clock, and the actions that move it from one settled state to
//! the next.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use apiserver::{ApiServer, Config, DeleteOptions, Refusal, Snapshot, Time, WriteOptions};
use controllers::images::Images;
use controllers::{
    GatewayAddress, KubeletHealth, ReconcileRecord, Settled, World, settle_fully, settle_until,
};
use dataplane::{Cni, DataPlane, NetworkConfig, Request};
use imbl::{OrdMap, OrdSet, Vector};
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use manifest::{Kind, Object, ObjectRef};
use trace::{FieldRef, Journey};

use crate::apply::{self, Applied};
use crate::catalogue::Catalogue;
use crate::edits::Edits;
use crate::history::History;
use crate::probes::Probes;
use crate::sources::Sources;
use crate::{
    IngressController, Moment, Round, Scenario, SourceFile, SourceSpan, node, outside, system,
};

/// A cluster settles within this much virtual time, or is shown while still changing.
const SETTLING_LIMIT: Duration = Duration::from_secs(15 * 60);

/// As many requests are kept to look at again.
const MAXIMUM_JOURNEYS: usize = 100;
/// How closely the restarts of a CoreDNS that cannot read its Corefile are watched.
const DNS_RESTART_STEP: Duration = Duration::from_secs(1);

/// As many rounds of the controllers are kept to look at again.
const MAXIMUM_ROUNDS: usize = 400;

/// The whole simulated cluster. Cloning is cheap: states share structure.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) state: State,
    history: History,
}

/// Everything that an action may change.
#[derive(Clone)]
pub(crate) struct State {
    pub scenario: Arc<Scenario>,
    pub api: ApiServer,
    pub world: World,
    pub data: DataPlane,
    pub now: Time,
    pub sources: Sources,
    pub records: Vector<Arc<ReconcileRecord>>,
    pub rounds: Vector<Arc<Round>>,
    pub unsettled: Vec<ObjectRef>,
    pub journeys: Vector<Arc<Journey>>,
    /// Pods whose readiness probes a person makes fail.
    pub unready: OrdSet<ObjectRef>,
    /// Deployments whose image was misspelt, with the image as it was.
    pub misspelt: OrdMap<ObjectRef, String>,
    /// Files that were opened by `kubectl edit`.
    pub edits: Edits,
    /// The files that were applied together last.
    pub applied: Arc<Vec<SourceFile>>,
    /// The cluster as it came, before any of the learner's files.
    pub base: Snapshot,
    /// The network before something was applied last.
    pub before_apply: Option<Arc<DataPlane>>,
}

impl Cluster {
    /// The scenario's cluster, settled: the system's Pods run, its manifests and files are applied.
    pub fn new(scenario: Scenario) -> Self {
        let mut cluster = Self {
            state: State {
                scenario: Arc::new(scenario.clone()),
                api: ApiServer::new(config(&scenario)),
                world: world(&scenario),
                data: DataPlane::new(data_plane(&scenario)),
                now: Time::default(),
                sources: Sources::default(),
                records: Vector::new(),
                rounds: Vector::new(),
                unsettled: Vec::new(),
                journeys: Vector::new(),
                unready: OrdSet::new(),
                misspelt: OrdMap::new(),
                edits: Edits::default(),
                applied: Arc::default(),
                base: Snapshot::default(),
                before_apply: None,
            },
            history: History::default(),
        };
        cluster.boot();
        cluster
    }

    /// The scenario it began with.
    pub fn scenario(&self) -> &Scenario {
        &self.state.scenario
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.state.now
    }

    /// Every object at the present moment.
    pub fn snapshot(&self) -> Snapshot {
        self.state.api.snapshot()
    }

    /// What the controllers did, in order, since the session began.
    pub fn records(&self) -> &Vector<Arc<ReconcileRecord>> {
        &self.state.records
    }

    /// The cluster after each of its controllers' latest rounds, in order.
    pub fn rounds(&self) -> &Vector<Arc<Round>> {
        &self.state.rounds
    }

    /// The objects that kept changing when the controllers last ran; empty if all settled.
    pub fn unsettled(&self) -> &[ObjectRef] {
        &self.state.unsettled
    }

    /// What the kubelets, images and machines are doing.
    pub fn world(&self) -> &World {
        &self.state.world
    }

    /// What applying these files would say, without doing it.
    pub fn check(&self, files: &[SourceFile]) -> Applied {
        apply::apply(&mut self.state.api.clone(), files, &self.state.edits, self.state.now).0
    }

    /// Applies every object of the files, or nothing if any of them is refused; then settles.
    pub fn apply(&mut self, files: &[SourceFile]) -> Applied {
        let mut draft = self.state.api.clone();
        let (applied, read) = apply::apply(&mut draft, files, &self.state.edits, self.state.now);
        if applied.is_refused() {
            return applied;
        }
        self.remember("apply");
        self.begin_apply();
        self.state.api = draft;
        for (file, documents) in read {
            for document in &documents {
                let Some(object) = &document.object else { continue };
                self.state.edits.saved(&file.name, &object.reference(), document.as_json());
            }
            self.state.sources.remember(&file, documents);
        }
        self.state.applied = Arc::new(files.to_vec());
        self.settle();
        applied
    }

    /// The files that were applied together last.
    pub fn applied(&self) -> &[SourceFile] {
        &self.state.applied
    }

    /// Lets `write` talk to the API server, then settles; a refused write leaves no trace.
    ///
    /// # Errors
    /// As the API server's.
    pub fn write<T>(
        &mut self,
        write: impl FnOnce(&mut ApiServer, &WriteOptions) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        self.write_as("change", write)
    }

    /// As [`Cluster::write`], as an action of that name.
    pub(crate) fn write_as<T>(
        &mut self,
        called: &str,
        write: impl FnOnce(&mut ApiServer, &WriteOptions) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut draft = self.state.api.clone();
        let options = WriteOptions::new(self.state.now, apply::KUBECTL);
        let answer = write(&mut draft, &options)?;
        if draft.snapshot().resource_version() != self.snapshot().resource_version() {
            self.remember(called);
            self.state.api = draft;
            self.settle();
        }
        Ok(answer)
    }

    /// Deletes an object, as `kubectl delete` does, then settles.
    ///
    /// # Errors
    /// As the API server's.
    pub fn delete(&mut self, object: &ObjectRef) -> Result<(), Refusal> {
        let deletion = DeleteOptions::background(self.state.now);
        let called = format!("delete {}", object.name);
        self.write_as(&called, |api, _| api.delete(object, &deletion).map(|_| ()))
    }

    /// Lets virtual time pass, with everything that falls due in it.
    pub fn advance(&mut self, by: Duration) {
        self.pass_until(self.state.now + by);
    }

    /// Stops a node's kubelet, turns the machine off, or brings it back; then settles.
    pub fn set_kubelet(&mut self, node: &str, health: KubeletHealth) {
        self.remember("change of a kubelet");
        self.state.world.set_kubelet(node, health);
        self.settle();
    }

    /// Gives the containers started from now on another catalogue of images.
    pub fn set_images(&mut self, images: Arc<dyn Images>) {
        self.state.world.images = images;
    }

    /// Makes a request and follows every packet it causes; virtual time passes as it would.
    pub fn send(&mut self, request: &Request) -> Journey {
        let journey = self.state.data.send(request, self.state.now);
        self.pass_until(journey.ended);
        let journeys = &mut self.state.journeys;
        if journeys.len() >= MAXIMUM_JOURNEYS {
            journeys.pop_front();
        }
        journeys.push_back(Arc::new(journey.clone()));
        journey
    }

    /// The requests made lately, in order.
    pub fn journeys(&self) -> &Vector<Arc<Journey>> {
        &self.state.journeys
    }

    /// The states before each action that can be undone, the oldest first.
    pub fn moments(&self) -> impl Iterator<Item = Moment> {
        self.history.past().map(|state| Moment { at: state.now, snapshot: state.api.snapshot() })
    }

    /// What changes from here on is what was applied last.
    pub fn begin_apply(&mut self) {
        self.state.before_apply = Some(Arc::new(self.state.data.clone()));
    }

    /// The network as it was before something was applied last.
    pub fn data_plane_before_apply(&self) -> Option<&DataPlane> {
        self.state.before_apply.as_deref()
    }

    /// The network and the processes on it, to look at.
    pub fn data_plane(&self) -> &DataPlane {
        &self.state.data
    }

    /// The lines of the learner's files that caused a field.
    pub fn locate(&self, field: &FieldRef) -> Option<SourceSpan> {
        self.state.sources.locate(&self.snapshot(), field)
    }

    /// Goes back to before the last action; false if there was none.
    pub fn undo(&mut self) -> bool {
        self.history.undo(&mut self.state)
    }

    /// Does again what was undone last; false if nothing was.
    pub fn redo(&mut self) -> bool {
        self.history.redo(&mut self.state)
    }

    /// What the action is called that `undo` would undo: `apply`.
    pub fn can_undo(&self) -> Option<&str> {
        self.history.undoes()
    }

    /// What the action is called that `redo` would do again.
    pub fn can_redo(&self) -> Option<&str> {
        self.history.redoes()
    }

    /// What was done so far cannot be undone any more: the cluster begins here.
    pub fn forget_past(&mut self) {
        self.history.clear();
    }

    /// From here to [`Cluster::end_action`], all changes are one action, undone in one step.
    pub fn begin_action(&mut self, called: &str) {
        self.history.begin(called);
    }

    /// The action that was begun is complete.
    pub fn end_action(&mut self) {
        self.history.end();
    }

    fn boot(&mut self) {
        let scenario = self.state.scenario.clone();
        for spec in &scenario.nodes {
            self.start_with(node::node(spec).into());
        }
        self.settle();
        for file in system::manifests(&scenario) {
            self.start(&file);
        }
        for spec in &scenario.nodes {
            if let Some(next) = spec.next_pod_address {
                self.state.world.set_next_address(&spec.name, spec.pod_cidr, next);
            }
        }
        self.state.api.hand_out_next(&scenario.next_cluster_ips);
        for file in &scenario.manifests {
            self.start(file);
        }
        self.state.base = self.snapshot();
        for file in &scenario.files {
            self.start(file);
        }
        self.state.applied = Arc::new(scenario.files.clone());
        self.state.before_apply = None;
        self.history.clear();
    }

    /// Applies a file of the scenario's own; a mistake in it shows as a finding when it is applied
    /// again, and leaves the rest of the cluster as it is.
    fn start(&mut self, file: &SourceFile) {
        self.apply(std::slice::from_ref(file));
    }

    pub(crate) fn start_with(&mut self, object: Object) {
        let status = object.clone();
        let written = self.write(|api, options| {
            api.create(object, options)?;
            api.update_status(status, options)
        });
        debug_assert!(written.is_ok(), "a scenario's nodes are valid: {written:?}");
    }

    pub(crate) fn settle(&mut self) {
        let state = &mut self.state;
        let limit = state.now + SETTLING_LIMIT;
        let mut probes = Probes { data: &mut state.data, unready: &state.unready };
        let (settled, now) =
            settle_fully(&mut state.api, &mut state.world, &mut probes, state.now, limit);
        self.record(settled, now);
        self.end_broken_dns_servers();
        self.publish_ingress_address();
    }

    /// A CoreDNS that finds a mistake in its Corefile ends as soon as it starts. One that runs
    /// already goes on with the file it has read.
    fn end_broken_dns_servers(&mut self) {
        let (broken, now) = (self.broken_dns_servers(), self.state.now);
        let world = &mut self.state.world;
        let crashed = broken.iter().filter(|pod| world.crash(pod, now)).count();
        if crashed > 0 {
            self.settle();
        }
    }

    /// The CoreDNS Pods whose Corefile has a mistake.
    fn broken_dns_servers(&self) -> Vec<ObjectRef> {
        let snapshot = self.snapshot();
        let pods = snapshot.list_in::<Pod>("kube-system").map(|pod| {
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            ObjectRef::new(Kind::Pod, "kube-system", name)
        });
        pods.filter(|pod| self.state.data.corefile_error(pod).is_some()).collect()
    }

    /// An ingress controller publishes the address of its own Service in the Ingresses it serves.
    fn publish_ingress_address(&mut self) {
        let Some((namespace, service, controller)) = self.state.scenario.ingress.installation()
        else {
            return;
        };
        let snapshot = self.snapshot();
        let address = snapshot.find::<Service>(namespace, service).and_then(|service| {
            let balancer = service.status.as_ref()?.load_balancer.as_ref()?;
            let point = balancer.ingress.as_ref()?.first()?;
            point.ip.clone().or(point.hostname.clone())
        });
        let published = &mut self.state.world.ingress_controllers;
        if published.get(controller) == address.as_ref() {
            return;
        }
        match address {
            Some(address) => published.insert(controller.to_owned(), address),
            None => published.remove(controller),
        };
        self.state.world.touch_all();
        self.settle();
    }

    /// Lets time pass; second by second while a CoreDNS is started again and again, so that each
    /// start ends when it comes.
    fn pass_until(&mut self, until: Time) {
        while !self.broken_dns_servers().is_empty() && self.state.now + DNS_RESTART_STEP < until {
            self.pass(self.state.now + DNS_RESTART_STEP);
            self.end_broken_dns_servers();
        }
        self.pass(until.max(self.state.now));
    }

    fn pass(&mut self, until: Time) {
        let state = &mut self.state;
        let mut probes = Probes { data: &mut state.data, unready: &state.unready };
        let settled = settle_until(&mut state.api, &mut state.world, &mut probes, state.now, until);
        self.record(settled, until);
    }

    fn record(&mut self, settled: Settled, now: Time) {
        self.state.now = now;
        let snapshot = self.state.api.snapshot();
        self.state.data.sync(&snapshot, now);
        if crate::system::runs_kube_proxy(&self.state.scenario) {
            follow_kube_proxies(&mut self.state.data, &snapshot, now);
        }
        let balancers = outside::balancers(&self.state.world, &snapshot, &self.state.scenario);
        self.state.data.set_public_names(outside::public_names(&snapshot, &balancers));
        self.state.data.set_balancers(balancers);
        let earlier = self.state.records.len();
        for end in settled.moments {
            let rounds = &mut self.state.rounds;
            if rounds.len() >= MAXIMUM_ROUNDS {
                rounds.pop_front();
            }
            rounds.push_back(Arc::new(Round {
                at: end.at,
                number: end.round,
                records: earlier + end.records,
                snapshot: end.snapshot,
            }));
        }
        self.state.records.extend(settled.records.into_iter().map(Arc::new));
        self.state.unsettled = settled.unsettled;
    }

    /// Keeps the present state, and takes all that `act` changes for one action.
    pub(crate) fn as_one<T>(&mut self, called: &str, act: impl FnOnce(&mut Self) -> T) -> T {
        self.remember(called);
        let history = std::mem::take(&mut self.history);
        let answer = act(self);
        self.history = history;
        answer
    }

    /// Keeps the present state to come back to.
    pub(crate) fn remember(&mut self, called: &str) {
        self.history.remember(&self.state, called);
    }
}

fn config(scenario: &Scenario) -> Config {
    Config {
        service_cidrs: vec![scenario.service_cidr],
        seed: scenario.seed,
        advertise_address: scenario
            .nodes
            .first()
            .map_or(Config::default().advertise_address, |node| node.address),
        ..Config::default()
    }
}

/// A node's rules follow the cluster only while a kube-proxy Pod runs there.
fn follow_kube_proxies(data: &mut DataPlane, snapshot: &Snapshot, now: Time) {
    let is_kube_proxy = |pod: &&Pod| {
        let labels = pod.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get("k8s-app")).is_some_and(|app| app == "kube-proxy")
            && pod.metadata.deletion_timestamp.is_none()
    };
    let runs_on: BTreeSet<&str> = snapshot
        .list_in::<Pod>("kube-system")
        .filter(is_kube_proxy)
        .filter_map(|pod| pod.spec.as_ref()?.node_name.as_deref())
        .collect();
    for node in snapshot.list::<Node>() {
        let name = node.metadata.name.as_deref().unwrap_or_default();
        data.network.set_proxy_running(name, runs_on.contains(name), now);
    }
}

fn world(scenario: &Scenario) -> World {
    let mut world = World::new(scenario.seed);
    world.network_plugin = scenario.cni != Cni::None;
    world.images = Arc::new(Catalogue);
    world.load_balancers = outside::provider(scenario.load_balancer);
    world.application_load_balancers =
        (scenario.ingress == IngressController::Aws).then(outside::pools);
    if let Some(controller) = scenario.gateway.controller_name() {
        world.gateway_controllers.insert(controller.to_owned(), GatewayAddress::OfItsProxies);
    }
    world
}

fn data_plane(scenario: &Scenario) -> dataplane::Config {
    dataplane::Config {
        network: NetworkConfig {
            cni: scenario.cni,
            proxy: scenario.kube_proxy,
            pod_networks: vec![scenario.pod_cidr],
            service_networks: vec![scenario.service_cidr],
            seed: scenario.seed,
            ..NetworkConfig::default()
        },
        ..dataplane::Config::default()
    }
}
