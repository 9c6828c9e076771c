//! The policies of a cluster, by namespace, and what a policy may know of a Pod.

use std::net::IpAddr;
use std::sync::Arc;

use apiserver::{Change, Snapshot};
use imbl::OrdMap;
use ipnet::IpNet;
use k8s_openapi::api::core::v1::{Namespace, Pod};
use k8s_openapi::api::networking::v1::{NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::{Object, ObjectRef};
use packet::Protocol;
use trace::PolicyDirection;

use super::selector::{Labels, selects};
use crate::network::pod_addresses;

/// What a policy may know of a Pod.
#[derive(Clone, Debug, PartialEq)]
pub struct Facts<'a> {
    /// The Pod.
    pub pod: ObjectRef,
    /// Its labels.
    pub labels: Option<&'a Labels>,
    /// Its namespace's labels.
    pub namespace_labels: Option<&'a Labels>,
    /// Its containers' ports that have a name.
    pub named_ports: Vec<NamedPort<'a>>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
}

/// A container port with a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamedPort<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub port: u16,
}

/// The other side of a connection.
#[derive(Clone, Debug, PartialEq)]
pub enum Peer<'a> {
    /// A Pod with an address of its own.
    Pod(Facts<'a>),
    /// Anything else: a node, a Pod on its node's network, a machine outside.
    Address(IpAddr),
}

impl<'a> Facts<'a> {
    /// Reads what policies may know of a Pod.
    pub fn of(snapshot: &'a Snapshot, reference: &ObjectRef) -> Option<Self> {
        let pod: &Pod = snapshot.get(reference)?.as_typed()?;
        let namespace: Option<&Namespace> = snapshot.find("", &reference.namespace);
        let containers = pod.spec.iter().flat_map(|spec| {
            let sidecars = spec.init_containers.iter().flatten();
            spec.containers
                .iter()
                .chain(sidecars.filter(|c| c.restart_policy.as_deref() == Some("Always")))
        });
        let named_ports = containers
            .flat_map(|container| container.ports.iter().flatten())
            .filter_map(|port| {
                Some(NamedPort {
                    name: port.name.as_deref()?,
                    protocol: Protocol::from_kubernetes(port.protocol.as_deref())?,
                    port: u16::try_from(port.container_port).ok()?,
                })
            })
            .collect();
        Some(Self {
            pod: reference.clone(),
            labels: pod.metadata.labels.as_ref(),
            namespace_labels: namespace.and_then(|object| object.metadata.labels.as_ref()),
            named_ports,
            addresses: pod_addresses(pod),
        })
    }
}

/// One policy, read once.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    pub reference: ObjectRef,
    pub pods: LabelSelector,
    /// The rules of each direction in which it isolates.
    pub ingress: Option<Vec<Rule>>,
    pub egress: Option<Vec<Rule>>,
}

/// One rule: peers and ports, both of which must fit. None means any.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub peers: Option<Vec<PeerClause>>,
    pub ports: Option<Vec<PortClause>>,
}

/// One entry of `from` or `to`.
#[derive(Clone, Debug)]
pub(super) enum PeerClause {
    Block { network: Option<IpNet>, except: Vec<IpNet> },
    Pods { pods: Option<LabelSelector>, namespaces: Option<LabelSelector> },
}

/// One entry of `ports`.
#[derive(Clone, Debug)]
pub(super) struct PortClause {
    pub protocol: Option<Protocol>,
    pub port: PortMatch,
}

/// Which ports an entry means.
#[derive(Clone, Debug)]
pub(super) enum PortMatch {
    Any,
    Range(u16, u16),
    Named(String),
}

impl Policy {
    pub(super) fn rules(&self, direction: PolicyDirection) -> Option<&[Rule]> {
        match direction {
            PolicyDirection::Ingress => self.ingress.as_deref(),
            PolicyDirection::Egress => self.egress.as_deref(),
        }
    }

    fn read(policy: &NetworkPolicy, reference: ObjectRef) -> Self {
        let spec = policy.spec.clone().unwrap_or_default();
        let egress_rules = spec.egress.unwrap_or_default();
        let types = spec.policy_types.unwrap_or_default();
        let has = |name: &str| types.iter().any(|kind| kind == name);
        let ingress = types.is_empty() || has("Ingress");
        let egress = if types.is_empty() { !egress_rules.is_empty() } else { has("Egress") };
        Self {
            reference,
            pods: spec.pod_selector.unwrap_or_default(),
            ingress: ingress.then(|| {
                let rules = spec.ingress.into_iter().flatten();
                rules.map(|rule| Rule::read(rule.from, rule.ports)).collect()
            }),
            egress: egress.then(|| {
                egress_rules.into_iter().map(|rule| Rule::read(rule.to, rule.ports)).collect()
            }),
        }
    }
}

impl Rule {
    fn read(peers: Option<Vec<NetworkPolicyPeer>>, ports: Option<Vec<NetworkPolicyPort>>) -> Self {
        let peers = peers.filter(|peers| !peers.is_empty());
        let ports = ports.filter(|ports| !ports.is_empty());
        Self {
            peers: peers.map(|peers| peers.into_iter().map(PeerClause::read).collect()),
            ports: ports.map(|ports| ports.into_iter().map(PortClause::read).collect()),
        }
    }
}

impl PeerClause {
    fn read(peer: NetworkPolicyPeer) -> Self {
        match peer.ip_block {
            Some(block) => PeerClause::Block {
                network: block.cidr.parse().ok(),
                except: block.except.iter().flatten().filter_map(|net| net.parse().ok()).collect(),
            },
            None => {
                PeerClause::Pods { pods: peer.pod_selector, namespaces: peer.namespace_selector }
            }
        }
    }
}

impl PortClause {
    fn read(port: NetworkPolicyPort) -> Self {
        let number = |value: i32| u16::try_from(value).ok();
        Self {
            protocol: Protocol::from_kubernetes(port.protocol.as_deref()),
            port: match port.port {
                None => PortMatch::Any,
                Some(IntOrString::String(name)) => PortMatch::Named(name),
                Some(IntOrString::Int(first)) => {
                    let first = number(first).unwrap_or_default();
                    PortMatch::Range(first, port.end_port.and_then(number).unwrap_or(first))
                }
            },
        }
    }
}

/// The policies of a cluster. Cloning costs nothing.
#[derive(Clone, Debug, Default)]
pub struct PolicyIndex {
    by_namespace: OrdMap<String, OrdMap<String, Arc<Policy>>>,
}

impl PolicyIndex {
    /// The policies of a snapshot.
    pub fn of(snapshot: &Snapshot) -> Self {
        let mut index = Self::default();
        index.update(snapshot, &Snapshot::default());
        index
    }

    /// Follows the API from `older` to `newer`.
    pub fn update(&mut self, newer: &Snapshot, older: &Snapshot) {
        for change in newer.diff(older) {
            let Object::NetworkPolicy(policy) = change.object().as_ref() else { continue };
            let reference = change.object().reference();
            let mut policies =
                self.by_namespace.get(&reference.namespace).cloned().unwrap_or_default();
            match change {
                Change::Added(_) | Change::Changed { .. } => {
                    let read = Arc::new(Policy::read(policy, reference.clone()));
                    policies.insert(reference.name.clone(), read);
                }
                Change::Removed(_) => {
                    policies.remove(&reference.name);
                }
            }
            if policies.is_empty() {
                self.by_namespace.remove(&reference.namespace);
            } else {
                self.by_namespace.insert(reference.namespace, policies);
            }
        }
    }

    /// The policies that isolate a Pod in a direction, by name.
    pub fn isolating(&self, direction: PolicyDirection, subject: &Facts<'_>) -> Vec<ObjectRef> {
        self.selecting(direction, subject).map(|policy| policy.reference.clone()).collect()
    }

    pub(super) fn selecting<'a>(
        &'a self,
        direction: PolicyDirection,
        subject: &'a Facts<'_>,
    ) -> impl Iterator<Item = &'a Policy> {
        static NONE: Labels = Labels::new();
        self.by_namespace
            .get(&subject.pod.namespace)
            .into_iter()
            .flat_map(|policies| policies.values())
            .map(Arc::as_ref)
            .filter(move |policy| policy.rules(direction).is_some())
            .filter(move |policy| selects(&policy.pods, subject.labels.unwrap_or(&NONE)))
    }
}
