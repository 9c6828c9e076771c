//! Who can reach a Pod or a Service, as far as NetworkPolicy has a say, and why not.
//!
//! Nothing is sent: the policies are asked as they are asked for the first packet of a connection.
//! Whether the rest of the way works shows a request.

use apiserver::Snapshot;
use dataplane::Network;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::discovery::v1::EndpointSlice;
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use serde::{Deserialize, Serialize};
use trace::explain::{self, Fragment};
use trace::{Place, PolicyDirection};

use crate::Inventory;

/// Who can reach something.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reach {
    /// The port that was asked about: the first on which something listens.
    pub port: Option<u16>,
    /// What holds for everybody, if something does.
    pub note: Vec<Fragment>,
    /// Everybody inside the cluster, those who cannot before those who can.
    pub from: Vec<Access>,
}

/// Whether one place can reach it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// Who asks.
    pub from: Place,
    /// Whether the connection may be made.
    pub open: bool,
    /// Why.
    pub why: Vec<Fragment>,
}

impl Reach {
    /// Who can reach a Pod or a Service; nothing for anything else.
    pub fn of(
        snapshot: &Snapshot,
        network: &Network,
        inventory: &Inventory,
        object: &ObjectRef,
    ) -> Option<Self> {
        match object.kind {
            Kind::Pod => Some(to_pod(snapshot, network, inventory, object)),
            Kind::Service => Some(to_service(snapshot, network, inventory, object)),
            _ => None,
        }
    }
}

fn to_pod(snapshot: &Snapshot, network: &Network, inventory: &Inventory, pod: &ObjectRef) -> Reach {
    let found = snapshot.find::<Pod>(&pod.namespace, &pod.name);
    let port = found.and_then(|pod| dataplane::listening_ports(snapshot, pod).first().copied());
    let facts = inventory.pod(pod);
    if facts.is_none_or(|facts| facts.address.is_none()) {
        return Reach::to_nobody("It has no address yet, so nobody can reach it.");
    }
    let mut reach = Reach { port, note: Vec::new(), from: Vec::new() };
    let enforces = network.plugin().is_some_and(|plugin| plugin.enforces_policy);
    if let (false, Some(plugin)) = (enforces, network.plugin()) {
        let policies = network.isolating(pod, PolicyDirection::Ingress);
        if !policies.is_empty() {
            reach.note = explain::unenforced(plugin.name, &policies);
        }
    }
    if port.is_none() {
        reach.note.push(Fragment::Text("No process in it listens on a TCP port.".into()));
    }
    let places = places(inventory).filter(|place| *place != Place::Pod(pod.clone()));
    let accesses = places.map(|from| {
        let (open, why) = access(network, enforces, &from, pod, port.unwrap_or_default());
        Access { from, open, why }
    });
    reach.from = accesses.collect();
    reach.from.sort_by_key(|access| (access.open, access.from.clone()));
    reach
}

fn to_service(
    snapshot: &Snapshot,
    network: &Network,
    inventory: &Inventory,
    service: &ObjectRef,
) -> Reach {
    let facts = inventory.services.iter().find(|facts| &facts.reference == service);
    let ready: Vec<&ObjectRef> = facts
        .iter()
        .flat_map(|facts| &facts.endpoints)
        .filter(|endpoint| endpoint.ready)
        .map(|endpoint| &endpoint.pod)
        .collect();
    if ready.is_empty() {
        return Reach::to_nobody("It has no ready endpoint, so nobody reaches anything behind it.");
    }
    let slices = snapshot.list_in::<EndpointSlice>(&service.namespace);
    let port = slices
        .filter(|slice| {
            let owners = slice.metadata.owner_references.iter().flatten();
            owners.into_iter().any(|owner| owner.name == service.name)
        })
        .flat_map(|slice| slice.ports.iter().flatten())
        .find_map(|port| u16::try_from(port.port?).ok());
    let enforces = network.plugin().is_some_and(|plugin| plugin.enforces_policy);
    let accesses = places(inventory).map(|from| {
        let answers =
            ready.iter().map(|pod| access(network, enforces, &from, pod, port.unwrap_or_default()));
        let answers: Vec<(bool, Vec<Fragment>)> = answers.collect();
        let best = answers.iter().find(|(open, _)| *open).or(answers.first()).cloned();
        let (open, why) = best.unwrap_or_default();
        Access { from, open, why }
    });
    let mut from: Vec<Access> = accesses.collect();
    from.sort_by_key(|access| (access.open, access.from.clone()));
    Reach { port, note: Vec::new(), from }
}

impl Reach {
    fn to_nobody(why: &str) -> Self {
        Self { port: None, note: vec![Fragment::Text(why.into())], from: Vec::new() }
    }
}

/// Whether policies let a connection be made, by the direction that says no first.
fn access(
    network: &Network,
    enforces: bool,
    from: &Place,
    to: &ObjectRef,
    port: u16,
) -> (bool, Vec<Fragment>) {
    if !enforces {
        return (true, Vec::new());
    }
    let decisions = network.policy_decisions(from, &Place::Pod(to.clone()), Protocol::Tcp, port);
    let decisive = decisions.iter().find(|decision| !decision.allowed).or(decisions.last());
    let why = decisive.map(explain::decision).unwrap_or_default();
    (decisions.iter().all(|decision| decision.allowed), why)
}

/// Everything inside the cluster that could ask: Pods with an address, and nodes.
fn places(inventory: &Inventory) -> impl Iterator<Item = Place> {
    let pods = inventory.pods.iter().filter(|pod| pod.address.is_some());
    let pods = pods.map(|pod| Place::Pod(pod.reference.clone()));
    pods.chain(inventory.nodes.iter().map(|node| Place::Node(node.name.clone())))
}
