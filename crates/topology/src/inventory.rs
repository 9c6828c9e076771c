//! What a drawing of the cluster shows: nodes, Pods, Services, endpoints, what lets traffic in.
//!
//! Pods in the node's own network (`hostNetwork`) have no namespace of their own on the map; they
//! are listed with their node.

use std::collections::BTreeMap;
use std::net::IpAddr;

use apiserver::Snapshot;
use dataplane::Network;
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use k8s_openapi::api::networking::v1::{Ingress, IngressClass};
use manifest::{Kind, ObjectRef};
use serde::{Deserialize, Serialize};
use trace::PolicyDirection;

use crate::EntryFacts;

/// Everything the map shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Inventory {
    /// The nodes, by name.
    pub nodes: Vec<NodeFacts>,
    /// The Pods with a network namespace of their own, by namespace and name.
    pub pods: Vec<PodFacts>,
    /// The Services, by namespace and name.
    pub services: Vec<ServiceFacts>,
    /// The Ingresses that have a load balancer of their own outside the cluster.
    pub balanced: Vec<ObjectRef>,
    /// The Ingresses and Gateways, by kind, namespace and name.
    pub entries: Vec<EntryFacts>,
    /// The machines on the internet, with their addresses.
    pub machines: Vec<(String, IpAddr)>,
    /// The Pods that no node has been found for.
    pub unscheduled: Vec<ObjectRef>,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeFacts {
    /// Its name.
    pub name: String,
    /// Its address on the node network.
    pub address: Option<IpAddr>,
    /// The network its Pods' addresses come from.
    pub pod_cidr: Option<String>,
    /// Whether its kubelet says it is ready.
    pub ready: bool,
    /// Why it is not ready, in its kubelet's or the node controller's words; empty if it is.
    pub trouble: String,
    /// Whether new Pods are kept off it (`kubectl cordon`).
    pub cordoned: bool,
    /// The Services whose addresses its kernel translates.
    pub translated: Vec<ObjectRef>,
    /// Pods that share the node's own network: kube-proxy, the CNI plugin's daemon.
    pub agents: Vec<ObjectRef>,
}

/// A Pod.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodFacts {
    /// The Pod.
    pub reference: ObjectRef,
    /// Who made it, and what is left of its name.
    pub family: Family,
    /// The node it runs on.
    pub node: String,
    /// Its address, once it has one.
    pub address: Option<IpAddr>,
    /// The first port its containers declare.
    pub port: Option<u16>,
    /// How it is.
    pub state: PodState,
    /// How often its containers were started again.
    pub restarts: u32,
    /// The policies that isolate it.
    pub shield: Shield,
    /// What Pods of one colour share: the label that names their app, or else their owner.
    pub app: String,
    /// Whether it belongs to the cluster's own furniture.
    pub system: bool,
}

impl PodFacts {
    /// What Pods of one colour share.
    pub fn tint_key(&self) -> String {
        format!("{}/{}", self.reference.namespace, self.app)
    }

    /// Whether two Pods have one owner.
    pub fn is_sister(&self, other: &PodFacts) -> bool {
        self.reference.namespace == other.reference.namespace
            && self.family.owner == other.family.owner
    }
}

/// The policies that isolate a Pod: only what their rules allow goes through.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shield {
    /// The policies that isolate it for traffic to it.
    pub ingress: Vec<String>,
    /// The policies that isolate it for traffic from it.
    pub egress: Vec<String>,
    /// Whether the CNI plugin enforces them.
    pub enforced: bool,
}

impl Shield {
    /// Whether any policy isolates the Pod.
    pub fn is_up(&self) -> bool {
        !self.ingress.is_empty() || !self.egress.is_empty()
    }

    /// All policies of several shields.
    pub(crate) fn of_any<'a>(shields: impl Iterator<Item = &'a Shield>) -> Self {
        let mut all = Self::default();
        let add = |known: &mut Vec<String>, more: &[String]| {
            for policy in more {
                if !known.contains(policy) {
                    known.push(policy.clone());
                }
            }
        };
        for shield in shields {
            add(&mut all.ingress, &shield.ingress);
            add(&mut all.egress, &shield.egress);
            all.enforced |= shield.enforced;
        }
        all
    }

    /// What it is, for a person: `isolated for ingress by deny-all`.
    pub fn words(&self) -> String {
        let sides = [("ingress", &self.ingress), ("egress", &self.egress)];
        let sides: Vec<String> = sides
            .into_iter()
            .filter(|(_, policies)| !policies.is_empty())
            .map(|(side, policies)| format!("for {side} by {}", policies.join(", ")))
            .collect();
        match (sides.is_empty(), self.enforced) {
            (true, _) => String::new(),
            (false, true) => format!("isolated {}", sides.join(" and ")),
            (false, false) => {
                format!("selected {}, which this plugin does not enforce", sides.join(" and "))
            }
        }
    }
}

/// A Pod's name in two parts: what its owner is called, and what tells it from its sisters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Family {
    /// `web-app`, or the Pod's own name if nobody owns it.
    pub owner: String,
    /// `x2k9p`, or nothing.
    pub suffix: String,
}

/// How a Pod is, in the order of how much it needs a person's eye.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PodState {
    /// Its containers run and its readiness probes pass.
    Ready,
    /// Its containers run, but it is not ready.
    NotReady,
    /// It waits: `ContainerCreating`, `Pending` …
    Waiting(String),
    /// Its containers cannot run: `CrashLoopBackOff`, `ImagePullBackOff` …
    Failing(String),
    /// It is being deleted.
    Terminating,
    /// It has run to its end.
    Completed,
}

impl PodState {
    /// One word for a card, empty for the state that needs no word.
    pub fn word(&self) -> &str {
        match self {
            PodState::Ready => "",
            PodState::NotReady => "not ready",
            PodState::Waiting(reason) | PodState::Failing(reason) => reason,
            PodState::Terminating => "terminating",
            PodState::Completed => "completed",
        }
    }
}

/// A Service.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceFacts {
    /// The Service.
    pub reference: ObjectRef,
    /// Its address: `10.96.15.20`, `headless`, or the name an ExternalName stands for.
    pub address: String,
    /// The address of its load balancer, once somebody gave it one.
    pub external: Option<String>,
    /// `80`, `80, 443`, `53/UDP`.
    pub ports: String,
    /// Its type: `ClusterIP`, `NodePort` …
    pub type_: String,
    /// The Pods behind it, ready ones first.
    pub endpoints: Vec<EndpointFacts>,
    /// Whether it belongs to the cluster's own furniture.
    pub system: bool,
}

/// One endpoint of a Service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EndpointFacts {
    /// The Pod.
    pub pod: ObjectRef,
    /// Whether traffic is sent there.
    pub ready: bool,
}

impl Inventory {
    /// What a cluster holds, by its objects and its network.
    pub fn of(snapshot: &Snapshot, network: &Network) -> Self {
        let mut agents: BTreeMap<String, Vec<ObjectRef>> = BTreeMap::new();
        let (mut pods, mut unscheduled) = (Vec::new(), Vec::new());
        for pod in snapshot.list::<Pod>() {
            let Some(node) = pod.spec.as_ref().and_then(|spec| spec.node_name.clone()) else {
                unscheduled.push(reference(Kind::Pod, &pod.metadata));
                continue;
            };
            if pod.spec.as_ref().is_some_and(|spec| spec.host_network == Some(true)) {
                agents.entry(node).or_default().push(reference(Kind::Pod, &pod.metadata));
            } else {
                pods.push(pod_facts(pod, node, network));
            }
        }
        let nodes =
            snapshot.list::<Node>().map(|node| node_facts(node, &mut agents, network)).collect();
        let services = snapshot.list::<Service>().map(|it| service_facts(it, snapshot)).collect();
        let balanced = snapshot.list::<Ingress>().filter_map(|it| balanced(it, snapshot)).collect();
        let entries = EntryFacts::all(snapshot);
        let machines = network.machines().iter().map(|(at, name)| (name.clone(), *at)).collect();
        Self { nodes, pods, services, balanced, entries, machines, unscheduled }
    }

    /// The Pods on a node.
    pub fn pods_on<'a>(&'a self, node: &'a str) -> impl Iterator<Item = &'a PodFacts> {
        self.pods.iter().filter(move |pod| pod.node == node)
    }

    /// The facts of a Pod.
    pub fn pod(&self, reference: &ObjectRef) -> Option<&PodFacts> {
        self.pods.iter().find(|pod| &pod.reference == reference)
    }
}

type Metadata = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub(crate) fn reference(kind: Kind, metadata: &Metadata) -> ObjectRef {
    ObjectRef::new(
        kind,
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    )
}

/// The namespaces a cluster brings along; a learner's own objects are elsewhere.
fn is_system(reference: &ObjectRef) -> bool {
    reference.namespace.starts_with("kube-")
        || (reference.namespace == "default" && reference.name == "kubernetes")
}

fn node_facts(
    node: &Node,
    agents: &mut BTreeMap<String, Vec<ObjectRef>>,
    network: &Network,
) -> NodeFacts {
    let name = node.metadata.name.clone().unwrap_or_default();
    let (spec, status) = (node.spec.as_ref(), node.status.as_ref());
    let address = status
        .and_then(|status| status.addresses.as_ref())
        .and_then(|list| list.iter().find(|address| address.type_ == "InternalIP"))
        .and_then(|address| address.address.parse().ok());
    let conditions = status.and_then(|status| status.conditions.as_ref());
    let condition = conditions.into_iter().flatten().find(|condition| condition.type_ == "Ready");
    let ready = condition.is_some_and(|condition| condition.status == "True");
    let message = condition.and_then(|condition| condition.message.clone());
    NodeFacts {
        address,
        pod_cidr: spec.and_then(|spec| spec.pod_cidr.clone()),
        ready,
        trouble: if ready { String::new() } else { message.unwrap_or_default() },
        cordoned: spec.and_then(|spec| spec.unschedulable).unwrap_or(false),
        translated: network.translated_on(&name).into_iter().collect(),
        agents: agents.remove(&name).unwrap_or_default(),
        name,
    }
}

/// The labels that name an app, the usual one first.
const APP_LABELS: [&str; 3] = ["app", "app.kubernetes.io/name", "k8s-app"];

fn pod_facts(pod: &Pod, node: String, network: &Network) -> PodFacts {
    let reference = reference(Kind::Pod, &pod.metadata);
    let port = pod
        .spec
        .iter()
        .flat_map(|spec| &spec.containers)
        .flat_map(|container| container.ports.iter().flatten())
        .map(|port| port.container_port as u16)
        .next();
    let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_ref());
    let family = family(pod);
    let labels = pod.metadata.labels.as_ref();
    let app = APP_LABELS.iter().find_map(|label| labels?.get(*label));
    let containers = pod.status.iter().flat_map(|it| it.container_statuses.iter().flatten());
    let isolating = |direction| {
        let policies = network.isolating(&reference, direction).into_iter();
        policies.map(|policy| policy.name).collect()
    };
    PodFacts {
        app: app.unwrap_or(&family.owner).clone(),
        family,
        node,
        address: address.and_then(|address| address.parse().ok()),
        port,
        state: state(pod),
        restarts: containers.map(|container| container.restart_count.max(0) as u32).sum(),
        shield: Shield {
            ingress: isolating(PolicyDirection::Ingress),
            egress: isolating(PolicyDirection::Egress),
            enforced: network.plugin().is_some_and(|plugin| plugin.enforces_policy),
        },
        system: is_system(&reference),
        reference,
    }
}

/// A Pod's name without what its controllers appended: the template hash and the random suffix.
fn family(pod: &Pod) -> Family {
    let name = pod.metadata.name.clone().unwrap_or_default();
    let owner =
        pod.metadata.owner_references.iter().flatten().find(|it| it.controller == Some(true));
    let Some(owner) = owner else { return Family { owner: name, suffix: String::new() } };
    let suffix = name
        .strip_prefix(&owner.name)
        .map(|rest| rest.trim_start_matches('-').to_owned())
        .unwrap_or_default();
    let hash = pod.metadata.labels.iter().flatten().find(|(key, _)| *key == "pod-template-hash");
    let family = hash
        .and_then(|(_, hash)| owner.name.strip_suffix(hash.as_str()))
        .map_or(owner.name.as_str(), |rest| rest.trim_end_matches('-'));
    Family { owner: family.to_owned(), suffix }
}

fn state(pod: &Pod) -> PodState {
    if pod.metadata.deletion_timestamp.is_some() {
        return PodState::Terminating;
    }
    let Some(status) = &pod.status else { return PodState::Waiting("Pending".into()) };
    match status.phase.as_deref() {
        Some("Succeeded") => return PodState::Completed,
        Some("Failed") => {
            return PodState::Failing(status.reason.clone().unwrap_or_else(|| "failed".into()));
        }
        _ => {}
    }
    let waiting = status
        .container_statuses
        .iter()
        .flatten()
        .find_map(|container| container.state.as_ref()?.waiting.as_ref()?.reason.clone());
    match waiting {
        Some(reason) if reason.ends_with("BackOff") || reason.starts_with("Err") => {
            return PodState::Failing(reason);
        }
        Some(reason) => return PodState::Waiting(reason),
        None => {}
    }
    let ready = status
        .conditions
        .iter()
        .flatten()
        .any(|condition| condition.type_ == "Ready" && condition.status == "True");
    match (ready, status.phase.as_deref()) {
        (true, _) => PodState::Ready,
        (false, Some("Running")) => PodState::NotReady,
        (false, phase) => PodState::Waiting(phase.unwrap_or("Pending").to_owned()),
    }
}

/// An Ingress whose class belongs to AWS Load Balancer Controller, once it was given a name.
fn balanced(ingress: &Ingress, snapshot: &Snapshot) -> Option<ObjectRef> {
    let class = ingress.spec.as_ref()?.ingress_class_name.as_deref()?;
    let class: &IngressClass = snapshot.find("", class)?;
    let is_own = class.spec.as_ref()?.controller.as_deref() == Some("ingress.k8s.aws/alb");
    let points = ingress.status.as_ref()?.load_balancer.as_ref()?.ingress.as_ref()?;
    let name = ingress.metadata.name.clone()?;
    let namespace = ingress.metadata.namespace.clone()?;
    (is_own && !points.is_empty()).then(|| ObjectRef::new(Kind::Ingress, namespace, name))
}

fn service_facts(service: &Service, snapshot: &Snapshot) -> ServiceFacts {
    let reference = reference(Kind::Service, &service.metadata);
    let spec = service.spec.clone().unwrap_or_default();
    let address = match (spec.external_name, spec.cluster_ip.as_deref()) {
        (Some(name), _) => name,
        (None, Some("None")) => "headless".to_owned(),
        (None, address) => address.unwrap_or_default().to_owned(),
    };
    let ports = spec.ports.iter().flatten().map(|port| match port.protocol.as_deref() {
        None | Some("TCP") => port.port.to_string(),
        Some(protocol) => format!("{}/{protocol}", port.port),
    });
    let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let point = balancer.and_then(|balancer| balancer.ingress.as_ref()?.first());
    let external = point.and_then(|point| point.ip.clone().or_else(|| point.hostname.clone()));
    let mut endpoints = endpoints(&reference, snapshot);
    endpoints.sort_by_key(|endpoint| (!endpoint.ready, endpoint.pod.clone()));
    endpoints.dedup();
    ServiceFacts {
        address,
        external,
        ports: ports.collect::<Vec<_>>().join(", "),
        type_: spec.type_.unwrap_or_else(|| "ClusterIP".into()),
        endpoints,
        system: is_system(&reference),
        reference,
    }
}

fn endpoints(service: &ObjectRef, snapshot: &Snapshot) -> Vec<EndpointFacts> {
    snapshot
        .list_in::<EndpointSlice>(&service.namespace)
        .filter(|slice| {
            let labels = slice.metadata.labels.iter().flatten();
            labels
                .into_iter()
                .any(|(key, value)| key == "kubernetes.io/service-name" && *value == service.name)
        })
        .flat_map(|slice| slice.endpoints.iter().flatten())
        .filter_map(|endpoint| {
            let target = endpoint.target_ref.as_ref()?;
            let namespace = target.namespace.as_deref().unwrap_or(&service.namespace);
            let ready = endpoint.conditions.as_ref().and_then(|it| it.ready).unwrap_or(true);
            let pod = ObjectRef::new(Kind::Pod, namespace, target.name.as_deref()?);
            Some(EndpointFacts { pod, ready })
        })
        .collect()
}
