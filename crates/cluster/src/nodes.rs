//! A machine more, or a machine less.
//!
//! A new node is what a kubelet registers when it joins; what must run on every node follows by the
//! DaemonSets. A removed one is switched off and its Node object deleted, as an administrator does
//! without draining it first: its Pods go when the Pod garbage collector misses the node.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use controllers::KubeletHealth;
use ipnet::{IpNet, Ipv4Net};
use manifest::{Kind, ObjectRef};
use trace::Place;

use crate::node::node;
use crate::scenario::NodeSpec;
use crate::{Cluster, Scenario};

/// Where a kubelet listens.
const KUBELET_PORT: u16 = 10250;

/// As many nodes as a person can add by hand.
const MAXIMUM_NODES: usize = 12;

/// The part of the Pod network that a node gets: `--node-cidr-mask-size`.
const NODE_PREFIX: u8 = 24;

/// When the Pod garbage collector has missed a node for long enough, and its Pods run elsewhere.
const MISSED: Duration = Duration::from_secs(45);

impl Cluster {
    /// Adds a node with the next free name and addresses, and says its name.
    ///
    /// # Errors
    /// A sentence that says why there is no room for one.
    pub fn add_node(&mut self) -> Result<String, String> {
        let spec = self.scenario().next_node()?;
        let name = spec.name.clone();
        self.as_one(&format!("add {name}"), |cluster| {
            // A machine of that name may have been switched off before.
            cluster.state.world.nodes.remove(&name);
            let faults = cluster.state.data.network.faults_mut();
            faults.nodes_off.remove(&name);
            faults.links_down.remove(&name);
            Arc::make_mut(&mut cluster.state.scenario).nodes.push(spec.clone());
            cluster.start_with(node(&spec).into());
            cluster.settle();
        });
        Ok(name)
    }

    /// Where the API server would reach a node's kubelet, if the node is off or its link is cut.
    pub fn unreachable_kubelet(&self, node: &str) -> Option<SocketAddr> {
        let network = &self.data_plane().network;
        let address = network.address_of(&Place::Node(node.to_owned()))?;
        network.faults().cut_off(node).then(|| SocketAddr::new(address, KUBELET_PORT))
    }

    /// Takes a node away, with everything that runs on it.
    ///
    /// # Errors
    /// A sentence that says why it must stay.
    pub fn remove_node(&mut self, name: &str) -> Result<(), String> {
        let reference = ObjectRef::cluster(Kind::Node, name);
        if self.snapshot().get(&reference).is_none() {
            return Err(format!("there is no node {name}"));
        }
        if self.scenario().nodes.first().is_some_and(|first| first.name == name) {
            return Err(format!(
                "the API server answers at the address of {name}, so this node must stay; take another one"
            ));
        }
        let since = self.now();
        self.as_one(&format!("remove {name}"), |cluster| {
            cluster.state.world.set_kubelet(name, KubeletHealth::Down { since });
            cluster.state.data.network.faults_mut().nodes_off.insert(name.to_owned());
            Arc::make_mut(&mut cluster.state.scenario).nodes.retain(|node| node.name != name);
            cluster.delete(&reference).map_err(|refusal| refusal.message)?;
            cluster.advance(MISSED);
            cluster.state.data.network.faults_mut().nodes_off.remove(name);
            Ok(())
        })
    }
}

impl Scenario {
    /// The same cluster with as many nodes, as far as there is room: the last ones go, or further
    /// ones come.
    pub fn with_nodes(mut self, count: usize) -> Scenario {
        self.nodes.truncate(count);
        while self.nodes.len() < count {
            let Ok(next) = self.next_node() else { break };
            self.nodes.push(next);
        }
        self
    }

    /// The node with the next free name and addresses.
    fn next_node(&self) -> Result<NodeSpec, String> {
        let nodes = &self.nodes;
        if nodes.len() >= MAXIMUM_NODES {
            return Err(format!("more than {MAXIMUM_NODES} nodes are too many for one picture"));
        }
        let name = (1..)
            .map(|number| format!("node-{number}"))
            .find(|name| nodes.iter().all(|node| &node.name != name))
            .expect("numbers do not end");
        let address = nodes.iter().filter_map(|node| ipv4(node.address)).max();
        let address = address.map(|last| IpAddr::V4(Ipv4Addr::from_bits(last.to_bits() + 1)));
        let taken = |net: &Ipv4Net| nodes.iter().any(|node| node.pod_cidr == IpNet::V4(*net));
        let last = nodes.iter().filter_map(|node| ipv4(node.pod_cidr.addr())).max();
        let pod_cidr = match self.pod_cidr {
            IpNet::V4(all) => all.subnets(NODE_PREFIX).ok().and_then(|mut nets| {
                nets.find(|net| !taken(net) && last.is_none_or(|last| net.addr() > last))
            }),
            IpNet::V6(_) => None,
        };
        match (address, pod_cidr) {
            (Some(address), Some(net)) => Ok(NodeSpec {
                name,
                address,
                pod_cidr: IpNet::V4(net),
                next_pod_address: None,
                labels: Default::default(),
                taints: Vec::new(),
            }),
            _ => Err("the Pod network has no block left for another node".into()),
        }
    }
}

fn ipv4(address: IpAddr) -> Option<Ipv4Addr> {
    match address {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_begins_with_as_many_nodes_as_asked_for() {
        let nodes = |count| Scenario::opening().with_nodes(count).nodes;
        assert_eq!(nodes(1).len(), 1);
        let four = nodes(4);
        assert_eq!(four[3].name, "node-4");
        assert_eq!(four[3].address.to_string(), "192.168.1.13");
        assert_eq!(four[3].pod_cidr.to_string(), "10.244.4.0/24");
    }
}
