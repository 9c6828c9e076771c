//! The cluster of one visit, and the answer to each command.

use cluster::{Cluster, Scenario};
use dataplane::{DataPlane, Request};
use manifest::ObjectRef;
use topology::{Fabric, Inventory, Map, Seating};
use trace::{Journey, Place};

use super::events;
use super::fields::fields_of;
use crate::protocol::{Command, NodeTables, Told, Update, View};

/// The cluster of one visit.
#[derive(Default)]
pub struct Session {
    cluster: Option<Cluster>,
    seating: Seating,
    network: Option<DataPlane>,
}

impl Session {
    /// Does what a command asks for.
    pub fn answer(&mut self, command: Command) -> Update {
        match command {
            Command::Open => {
                let scenario = Scenario::opening();
                let files = scenario.files.clone();
                self.cluster = Some(Cluster::new(scenario));
                self.seating = Seating::default();
                self.view().map_or_else(not_open, |view| Update::Opened { files, view })
            }
            Command::Check(files) => match &self.cluster {
                Some(cluster) => Update::Checked(cluster.check(&files)),
                None => not_open(),
            },
            Command::Apply(files) => {
                let applied = self.cluster.as_mut().map(|cluster| cluster.apply(&files));
                match (applied, self.view()) {
                    (Some(applied), Some(view)) => Update::Applied { applied, view },
                    _ => not_open(),
                }
            }
            Command::Delete(object) => self.delete(&object),
            Command::Send { from, target } => self.send(from, target),
        }
    }

    fn delete(&mut self, object: &ObjectRef) -> Update {
        let Some(cluster) = &mut self.cluster else { return not_open() };
        if let Err(refusal) = cluster.delete(object) {
            return Update::Refused(refusal.message);
        }
        let said = format!(
            "{} \"{}\" deleted from {} namespace",
            object.kind.resource().singular,
            object.name,
            object.namespace
        );
        self.view().map_or_else(not_open, |view| Update::Changed { said, view })
    }

    fn send(&mut self, from: Place, target: String) -> Update {
        let Some(cluster) = &mut self.cluster else { return not_open() };
        let network = self.network.get_or_insert_with(|| DataPlane::new(Default::default()));
        network.sync(&cluster.snapshot(), cluster.now());
        let journey = network.send(&Request::get(from, target), cluster.now());
        let told = Box::new(told(cluster, journey));
        self.view().map_or_else(not_open, |view| Update::Sent { told, view })
    }

    fn view(&mut self) -> Option<Box<View>> {
        let cluster = self.cluster.as_ref()?;
        let scenario = cluster.scenario();
        let inventory = Inventory::of(&cluster.snapshot());
        let map = Map::of(&inventory, Fabric::of(&scenario.cni), &self.seating);
        self.seating = map.seating.clone();
        Some(Box::new(View {
            title: scenario.title.clone(),
            kube_proxy: scenario.kube_proxy.clone(),
            senders: senders(&inventory),
            targets: targets(&inventory),
            events: events::lines(cluster.records().iter().map(|record| &**record)),
            nodes: tables(&inventory, self.network.as_ref(), cluster),
            map,
        }))
    }
}

/// What each node's kernel holds.
fn tables(
    inventory: &Inventory,
    network: Option<&DataPlane>,
    cluster: &Cluster,
) -> Vec<NodeTables> {
    let Some(network) = network.map(|it| &it.network) else { return Vec::new() };
    let tables = inventory.nodes.iter().map(|node| NodeTables {
        node: node.name.clone(),
        rules: network.rules(&node.name),
        conntrack: network.conntrack(&node.name, cluster.now()),
    });
    tables.collect()
}

fn not_open() -> Update {
    Update::Refused("the cluster is not running yet".into())
}

/// A journey with the lines that its causes stand in.
fn told(cluster: &Cluster, journey: Journey) -> Told {
    let mut sources: Vec<_> = Vec::new();
    for field in fields_of(&journey) {
        if let Some(lines) = cluster.locate(&field) {
            sources.push((field, lines));
        }
    }
    Told { journey, sources }
}

/// Who can send a request: the learner's Pods, those that serve nothing first.
fn senders(inventory: &Inventory) -> Vec<Place> {
    let serves = |pod: &ObjectRef| {
        inventory.services.iter().any(|service| service.endpoints.iter().any(|it| &it.pod == pod))
    };
    let mut pods: Vec<_> = inventory
        .pods
        .iter()
        .filter(|pod| !pod.system && pod.address.is_some())
        .map(|pod| (serves(&pod.reference), pod.reference.clone()))
        .collect();
    pods.sort();
    pods.into_iter().map(|(_, pod)| Place::Pod(pod)).collect()
}

/// What a request could be for: the learner's Services by name, then by address.
fn targets(inventory: &Inventory) -> Vec<String> {
    let services = || inventory.services.iter().filter(|service| !service.system);
    let names = services().map(|service| {
        let (name, namespace) = (&service.reference.name, &service.reference.namespace);
        let port = match service.ports.as_str() {
            "80" | "" => String::new(),
            ports => format!(":{}", ports.split([',', '/']).next().unwrap_or_default()),
        };
        match namespace.as_str() {
            "default" => format!("http://{name}{port}"),
            namespace => format!("http://{name}.{namespace}{port}"),
        }
    });
    let full = services().map(|service| {
        let reference = &service.reference;
        format!("http://{}.{}.svc.cluster.local", reference.name, reference.namespace)
    });
    let pods = inventory
        .pods
        .iter()
        .filter(|pod| !pod.system)
        .filter_map(|pod| Some(format!("http://{}", packet::socket(pod.address?, pod.port?))));
    names.chain(full).chain(pods).collect()
}
