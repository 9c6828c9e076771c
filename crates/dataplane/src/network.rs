//! The cluster's network as one value: what every node's kernel holds, and what it remembers.
//!
//! `Network` follows snapshots (`sync`) and carries packets (`transmit`). Tables are not stored per
//! node: they are worked out from shared, indexed knowledge when a packet needs them. Only what a
//! kernel remembers — connections, clients, open sockets — is kept per node.

mod balancers;
mod chance;
mod faults;
mod host_ports;
mod link;
mod path_mtu;
mod stale;
mod targets;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use apiserver::{Change, Snapshot};
use imbl::OrdMap;
use ipnet::IpNet;
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, Object, ObjectRef};
use packet::{FiveTuple, Packet, Protocol, Time};
use trace::{Evidence, Place, PolicyDecision, PolicyDirection, Trace};

use crate::conntrack::{self, Conntrack};
use crate::netns::{
    Cni, NodeInfo, NodeQuestion, PortMapper, Profile, ROUTES_SHOWN, Route, node_routes,
};
use crate::policy::{self, Facts, Peer, PolicyIndex};
use crate::proxy::{ProxyMode, ProxyNode, ServiceMap, ServicePort, Tables, Tool};
use crate::walk::Walk;

pub(crate) use balancers::Balanced;
use balancers::Balancers;
pub(crate) use chance::NodeChance;
pub use faults::Faults;
pub(crate) use host_ports::HostPort;
use host_ports::HostPorts;
pub use link::{Link, LinkKind, Namespace, Scope};

/// The first port that the kernel gives to clients, as `net.ipv4.ip_local_port_range` says.
const EPHEMERAL_PORTS: std::ops::RangeInclusive<u16> = 32768..=60999;

/// A cluster with at most this many Service ports has its rules compiled as a whole, so that every
/// chain is shown in full; beyond, a chain that all Services share shows the relevant rules only.
const WHOLE_RULESET: usize = 64;

/// How many destinations a node keeps compiled rules for in a large cluster.
const RECENT_DESTINATIONS: usize = 256;

/// Client sockets unused for long are forgotten once there are so many.
const SOCKETS: usize = 8192;
/// How long an unused client socket is remembered then.
const SOCKET_LIFE: Duration = Duration::from_secs(600);

/// How a cluster's network is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkConfig {
    /// The CNI plugin.
    pub cni: Cni,
    /// How kube-proxy writes its rules.
    pub proxy: ProxyMode,
    /// The Pod network, one block of each family.
    pub pod_networks: Vec<IpNet>,
    /// The Service network, one block of each family.
    pub service_networks: Vec<IpNet>,
    /// The network between the nodes, one block of each family.
    pub node_networks: Vec<IpNet>,
    /// Machines on the internet, by address.
    pub internet: BTreeMap<IpAddr, String>,
    /// Where chances come from.
    pub seed: u64,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        let block = |text: &str| text.parse().expect("a literal network");
        Self {
            cni: Cni::default(),
            proxy: ProxyMode::default(),
            pod_networks: vec![block("10.244.0.0/16"), block("fd00:10:244::/56")],
            service_networks: vec![block("10.96.0.0/12"), block("fd00:10:96::/112")],
            node_networks: vec![block("192.168.1.0/24"), block("fd00:192:168:1::/64")],
            internet: BTreeMap::from([
                (IpAddr::from([203, 0, 113, 9]), "laptop".to_owned()),
                (IpAddr::from([8, 8, 8, 8]), "dns.google".to_owned()),
                (IpAddr::from([198, 51, 100, 80]), "example.com".to_owned()),
            ]),
            seed: 0,
        }
    }
}

/// Whether a process listens where a packet arrives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listening {
    /// Whether one does.
    pub listening: bool,
    /// The Pod it runs in.
    pub pod: Option<ObjectRef>,
    /// The container's name and image.
    pub container: Option<(String, String)>,
    /// Ports on which something there does listen.
    pub others: Vec<u16>,
}

/// Says what listens where: the application catalogue answers this.
pub trait Listeners {
    /// Whether a process at `place` takes packets for `address` and `port`.
    fn listening(
        &self,
        snapshot: &Snapshot,
        place: &Place,
        protocol: Protocol,
        address: IpAddr,
        port: u16,
    ) -> Listening;
}

/// Who answers for an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A Pod with its own namespace, and its node.
    Pod(ObjectRef, String),
    /// A node.
    Node(String),
    /// A load balancer, for this Service.
    LoadBalancer(ObjectRef),
}

/// Rules by the destination they are about.
type RecentTables = BTreeMap<(IpAddr, Protocol, u16), Arc<Tables>>;

/// What one node's kernel remembers.
#[derive(Clone, Debug, Default)]
pub(crate) struct NodeState {
    pub conntrack: Conntrack,
    /// Clients seen, by list: `recent` of iptables, the affinity sets of nftables.
    pub clients: BTreeMap<(String, IpAddr), Time>,
    /// The Services as they were when kube-proxy stopped.
    pub frozen: Option<ServiceMap>,
    /// How often each virtual server was asked.
    pub turns: BTreeMap<String, usize>,
    /// The whole ruleset of each family, by version of the Services.
    tables: BTreeMap<bool, (u64, Arc<Tables>)>,
    /// In a large cluster, the rules about recent destinations, by version of the Services.
    recent: (u64, RecentTables),
}

/// The network of a cluster.
#[derive(Clone, Debug)]
pub struct Network {
    pub(crate) config: NetworkConfig,
    pub(crate) snapshot: Snapshot,
    pub(crate) services: ServiceMap,
    pub(crate) policies: PolicyIndex,
    pub(crate) faults: Faults,
    nodes: OrdMap<String, Arc<NodeInfo>>,
    blocks: OrdMap<IpAddr, String>,
    owners: OrdMap<IpAddr, Owner>,
    states: OrdMap<String, NodeState>,
    balancers: Balancers,
    host_ports: HostPorts,
    sockets: OrdMap<(Place, Protocol, u16), Time>,
    ports: OrdMap<Place, u16>,
    /// Sockets that the socket layer's load balancer connected elsewhere than they asked for.
    pub(crate) connected: OrdMap<(Place, FiveTuple), (IpAddr, u16)>,
    path_mtus: OrdMap<(Place, IpAddr), (u16, Time)>,
    random: u64,
    identification: u16,
}

impl Network {
    /// A network without nodes.
    pub fn new(config: NetworkConfig) -> Self {
        Self {
            random: config.seed,
            config,
            snapshot: Snapshot::default(),
            services: ServiceMap::default(),
            policies: PolicyIndex::default(),
            faults: Faults::default(),
            nodes: OrdMap::new(),
            blocks: OrdMap::new(),
            owners: OrdMap::new(),
            states: OrdMap::new(),
            balancers: Balancers::default(),
            host_ports: HostPorts::default(),
            sockets: OrdMap::new(),
            ports: OrdMap::new(),
            connected: OrdMap::new(),
            path_mtus: OrdMap::new(),
            identification: 0,
        }
    }

    /// The settings.
    pub fn config(&self) -> &NetworkConfig {
        &self.config
    }

    /// Follows the cluster: addresses, Services, policies. kube-proxy forgets UDP connections to
    /// endpoints that are gone, on the nodes where it runs.
    pub fn sync(&mut self, snapshot: &Snapshot, now: Time) {
        let older = std::mem::replace(&mut self.snapshot, snapshot.clone());
        for change in snapshot.diff(&older) {
            match change {
                Change::Added(after) => self.attach(after),
                Change::Removed(before) => self.detach(before),
                Change::Changed { before, after } => {
                    if matters(after) {
                        self.detach(before);
                        self.attach(after);
                    }
                }
            }
        }
        self.policies.update(snapshot, &older);
        let changed = self.services.update(snapshot, &older);
        self.forget_stale_datagrams(&changed, now);
    }

    /// Carries one packet from the process at `from` until it is delivered, dropped or refused.
    ///
    /// A delivered packet's `Trace::last_frame` is what the receiver's socket sees; its answer is
    /// another packet, sent from where this one ended.
    pub fn transmit(
        &mut self,
        from: &Place,
        packet: Packet,
        now: Time,
        evidence: Vec<Evidence>,
        listeners: &dyn Listeners,
    ) -> Trace {
        let (source_port, _) = packet.ports();
        if EPHEMERAL_PORTS.contains(&source_port) {
            self.open_socket(from, packet.protocol(), source_port, now);
        }
        Walk::new(self, listeners, from.clone(), packet, now, evidence).run()
    }

    /// A client at this place waits for packets to this port from now on.
    pub(crate) fn open_socket(&mut self, from: &Place, protocol: Protocol, port: u16, now: Time) {
        if self.sockets.len() >= SOCKETS {
            let kept = self.sockets.iter().filter(|(_, used)| now.since(**used) < SOCKET_LIFE);
            self.sockets = kept.map(|(socket, used)| (socket.clone(), *used)).collect();
        }
        self.sockets.insert((self.namespace_of(from), protocol, port), now);
    }

    /// The address that packets from this place carry, of the cluster's first family.
    pub fn address_of(&self, place: &Place) -> Option<IpAddr> {
        self.addresses_of(place).into_iter().next()
    }

    /// Every address of a place, the first family first.
    pub fn addresses_of(&self, place: &Place) -> Vec<IpAddr> {
        match place {
            Place::Pod(reference) => match self.pod(reference) {
                Some(pod) if is_on_host_network(pod) => self.node_addresses(node_of(pod)),
                Some(pod) => pod_addresses(pod),
                None => Vec::new(),
            },
            Place::Node(name) => self.node_addresses(name),
            Place::Internet(name) => {
                let known = self.config.internet.iter();
                known.filter(|(_, host)| *host == name).map(|(address, _)| *address).collect()
            }
            Place::LoadBalancer(service) => self
                .owners
                .iter()
                .filter(|(_, owner)| **owner == Owner::LoadBalancer(service.clone()))
                .map(|(address, _)| *address)
                .collect(),
            Place::NodeNetwork => Vec::new(),
        }
    }

    /// The address that a process at this place gets for packets to `destination`: the kernel picks
    /// it by the route, so a node's process that talks to a Pod may get the bridge's or tunnel's.
    pub fn source_address(&self, place: &Place, destination: IpAddr) -> Option<IpAddr> {
        let same_family = self
            .addresses_of(place)
            .into_iter()
            .find(|address| address.is_ipv6() == destination.is_ipv6());
        match self.namespace_of(place) {
            Place::Node(name) => {
                let node = self.nodes.get(&name)?;
                self.route(node, destination, self.profile()).source.or(same_family)
            }
            Place::LoadBalancer(owner) => match self.owners.get(&destination) {
                Some(Owner::Node(_) | Owner::Pod(..)) => {
                    self.balancer(&owner).map(|balancer| balancer.inside).or(same_family)
                }
                Some(Owner::LoadBalancer(_)) | None => same_family,
            },
            Place::Pod(_) | Place::NodeNetwork | Place::Internet(_) => same_family,
        }
    }

    /// A port for a new client socket at this place.
    pub fn next_port(&mut self, from: &Place) -> u16 {
        let place = self.namespace_of(from);
        let span = EPHEMERAL_PORTS.end() - EPHEMERAL_PORTS.start();
        let port = match self.ports.get(&place) {
            Some(last) if last < EPHEMERAL_PORTS.end() => last + 1,
            Some(_) => *EPHEMERAL_PORTS.start(),
            None => EPHEMERAL_PORTS.start() + (self.draw() % u64::from(span)) as u16,
        };
        self.ports.insert(place, port);
        port
    }

    /// The node's Service rules as the mode's own tools print them, one after the other, of both
    /// families where the node has both; empty for a node that does not exist.
    pub fn rules(&self, node: &str) -> String {
        let tools = Tables::tools(self.proxy_mode()).iter();
        tools.map(|tool| self.listed(node, *tool)).collect::<Vec<_>>().join("\n")
    }

    /// What one tool prints on a node.
    pub fn listed(&self, node: &str, tool: Tool) -> String {
        let Some(proxy) = self.proxy_node(node) else { return String::new() };
        let services = self.services_at(node);
        let families = [false, true].into_iter().filter(|ipv6| proxy.address(*ipv6).is_some());
        let tables = families.map(|ipv6| self.tables(services.ports(ipv6), &proxy, ipv6));
        Tables::list(&tables.collect::<Vec<_>>(), tool)
    }

    /// The node's connections, as `conntrack -L` prints them.
    pub fn conntrack(&self, node: &str, now: Time) -> Vec<String> {
        self.connections(node, now).map(|entry| entry.line(now)).collect()
    }

    /// The node's connections that its kernel still remembers, oldest first.
    pub fn connections(&self, node: &str, now: Time) -> impl Iterator<Item = &conntrack::Entry> {
        self.states.get(node).into_iter().flat_map(move |state| state.conntrack.entries(now))
    }

    /// Stops or starts a node's kube-proxy. A stopped one leaves its rules as they are.
    pub fn set_proxy_running(&mut self, node: &str, running: bool, now: Time) {
        let services = self.services.clone();
        let state = self.states.entry(node.to_owned()).or_default();
        match (running, &state.frozen) {
            (true, Some(_)) => {
                state.frozen = None;
                self.clean_up_all(node, now);
            }
            (false, None) => state.frozen = Some(services),
            (true, None) | (false, Some(_)) => {}
        }
    }

    /// What NetworkPolicies say about a connection between two places, egress first, and whether it
    /// may be made; says nothing about routes, Services or listeners. A side that is no Pod with a
    /// network of its own has no policies.
    pub fn policy_decisions(
        &self,
        from: &Place,
        to: &Place,
        protocol: Protocol,
        port: u16,
    ) -> Vec<PolicyDecision> {
        let sides = [(PolicyDirection::Egress, from, to), (PolicyDirection::Ingress, to, from)];
        let decide = |(direction, subject, other): (PolicyDirection, &Place, &Place)| {
            let Place::Pod(subject) = self.namespace_of(subject) else { return None };
            let facts = Facts::of(&self.snapshot, &subject)?;
            let peer = match self.namespace_of(other) {
                Place::Pod(pod) => Peer::Pod(Facts::of(&self.snapshot, &pod)?),
                other => Peer::Address(self.address_of(&other)?),
            };
            let own_node = Place::Node(self.pod(&subject).map(node_of)?.to_owned());
            let peer_is_own_node = self.namespace_of(other) == own_node;
            let decision =
                policy::evaluate(&self.policies, direction, &facts, &peer, protocol, port);
            if direction == PolicyDirection::Ingress && peer_is_own_node {
                return Some(PolicyDecision { allowed: true, allowed_by: None, ..decision });
            }
            Some(decision)
        };
        sides.into_iter().filter_map(decide).collect()
    }

    /// What policies say about every pair of Pods on one port; all are open where nobody enforces.
    pub fn matrix(&self, protocol: Protocol, port: u16) -> policy::Matrix {
        let index = self.profile().enforces_policy.then_some(&self.policies);
        policy::Matrix::of(&self.snapshot, index, protocol, port)
    }

    /// Asks the policies of a Pod about the owner of an address.
    pub(crate) fn decide(
        &self,
        direction: PolicyDirection,
        subject: &ObjectRef,
        peer: IpAddr,
        protocol: Protocol,
        port: u16,
    ) -> Option<PolicyDecision> {
        let facts = Facts::of(&self.snapshot, subject)?;
        let peer = match self.owners.get(&peer) {
            Some(Owner::Pod(pod, _)) => {
                Facts::of(&self.snapshot, pod).map_or(Peer::Address(peer), Peer::Pod)
            }
            Some(Owner::Node(_) | Owner::LoadBalancer(_)) | None => Peer::Address(peer),
        };
        Some(policy::evaluate(&self.policies, direction, &facts, &peer, protocol, port))
    }

    /// What does not work.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// What does not work, to be changed.
    pub fn faults_mut(&mut self) -> &mut Faults {
        &mut self.faults
    }

    /// The plugin's row; without a plugin, one without devices.
    pub(crate) fn profile(&self) -> &'static Profile {
        self.config.cni.profile().unwrap_or(&Profile::BARE)
    }

    /// The largest packet that Pods' devices take.
    pub fn pod_mtu(&self) -> u16 {
        self.faults.pod_mtu.unwrap_or(self.profile().mtu)
    }

    pub(crate) fn pod(&self, reference: &ObjectRef) -> Option<&Pod> {
        self.snapshot.get(reference).and_then(|object| object.as_typed())
    }

    /// The namespace a place is in: a Pod on the host's network is in its node's.
    pub(crate) fn namespace_of(&self, place: &Place) -> Place {
        match place {
            Place::Pod(reference) => match self.pod(reference) {
                Some(pod) if is_on_host_network(pod) => Place::Node(node_of(pod).to_owned()),
                _ => place.clone(),
            },
            Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                place.clone()
            }
        }
    }

    pub(crate) fn owner(&self, address: IpAddr) -> Option<&Owner> {
        self.owners.get(&address)
    }

    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Arc<NodeInfo>> {
        self.nodes.values()
    }

    pub(crate) fn node(&self, name: &str) -> Option<&Arc<NodeInfo>> {
        self.nodes.get(name)
    }

    /// The node whose Pod block holds an address, or that the Pod with it is on.
    pub(crate) fn node_of_pod_address(&self, address: IpAddr) -> Option<&Arc<NodeInfo>> {
        if let Some(Owner::Pod(_, node)) = self.owners.get(&address) {
            return self.nodes.get(node);
        }
        let (_, name) = self.blocks.range(..=address).next_back()?;
        let node = self.nodes.get(name)?;
        node.pod_cidrs.iter().any(|block| block.contains(&address)).then_some(node)
    }

    /// The route of a node to a destination.
    pub(crate) fn route(&self, node: &NodeInfo, destination: IpAddr, profile: &Profile) -> Route {
        let ipv6 = destination.is_ipv6();
        if self.proxy_mode() == ProxyMode::Ipvs
            && self.services_at(&node.name).is_virtual(destination)
        {
            return Route::to_dummy(destination);
        }
        let pod = match self.owners.get(&destination) {
            Some(Owner::Pod(pod, _)) => Some(pod),
            _ => None,
        };
        let owner = self.node_of_pod_address(destination).map(Arc::as_ref);
        let link = self.node_network(ipv6);
        let question = NodeQuestion {
            node,
            destination,
            owner,
            pod,
            pod_network: self.pod_network(ipv6),
            others: self
                .nodes
                .values()
                .filter(|other| other.name != node.name)
                .take(ROUTES_SHOWN)
                .map(Arc::as_ref)
                .collect(),
            link,
            router: self.router(ipv6),
        };
        node_routes(&question, profile)
    }

    /// The network between the nodes.
    pub(crate) fn node_network(&self, ipv6: bool) -> IpNet {
        let unknown = if ipv6 { "fe80::/64" } else { "169.254.0.0/16" };
        let networks = self.config.node_networks.iter();
        networks
            .copied()
            .find(|network| network.addr().is_ipv6() == ipv6)
            .unwrap_or_else(|| unknown.parse().expect("a literal network"))
    }

    /// The network of all Pods, of one family.
    pub(crate) fn pod_network(&self, ipv6: bool) -> Option<IpNet> {
        self.config.pod_networks.iter().copied().find(|network| network.addr().is_ipv6() == ipv6)
    }

    /// The router on the network between the nodes: its first address.
    pub(crate) fn router(&self, ipv6: bool) -> IpAddr {
        match self.node_network(ipv6).network() {
            IpAddr::V4(first) => IpAddr::V4((u32::from(first) + 1).into()),
            IpAddr::V6(first) => IpAddr::V6((u128::from(first) + 1).into()),
        }
    }

    pub(crate) fn state(&mut self, node: &str) -> &mut NodeState {
        self.states.entry(node.to_owned()).or_default()
    }

    /// The Services that a node's rules were made from.
    pub(crate) fn services_at(&self, node: &str) -> &ServiceMap {
        self.states.get(node).and_then(|state| state.frozen.as_ref()).unwrap_or(&self.services)
    }

    /// Who translates Services: a plugin that replaces kube-proxy does it whatever was chosen.
    fn proxy_mode(&self) -> ProxyMode {
        if self.profile().socket_load_balancer {
            ProxyMode::CiliumReplacement
        } else {
            self.config.proxy
        }
    }

    /// What kube-proxy knows of its node.
    pub(crate) fn proxy_node(&self, node: &str) -> Option<ProxyNode> {
        let info = self.nodes.get(node)?;
        let addresses = info.own_addresses(self.profile());
        Some(ProxyNode {
            name: info.name.clone(),
            zone: info.zone.clone(),
            addresses,
            pod_networks: self.config.pod_networks.clone(),
            service_networks: self.config.service_networks.clone(),
            masquerade_all: false,
            localhost_node_ports: true,
            node_port_networks: Vec::new(),
            random_fully: true,
        })
    }

    /// The rules that can concern a packet: all of them in a small cluster.
    pub(crate) fn tables_for(
        &mut self,
        node: &str,
        destination: IpAddr,
        protocol: Protocol,
        port: u16,
    ) -> Arc<Tables> {
        let ipv6 = destination.is_ipv6();
        let services = self.services_at(node);
        let version = services.version() + self.host_ports.version();
        if let Some((of, tables)) = self.states.get(node).and_then(|s| s.tables.get(&ipv6))
            && *of == version
        {
            return tables.clone();
        }
        let Some(proxy) = self.proxy_node(node) else { return Arc::new(Tables::default()) };
        let services = self.services_at(node);
        if services.len() > WHOLE_RULESET {
            let key = (destination, protocol, port);
            let recent = self.states.get(node).map(|state| &state.recent);
            if let Some((of, recent)) = recent
                && *of == version
                && let Some(tables) = recent.get(&key)
            {
                return tables.clone();
            }
            let concerned = services.concerned(destination, protocol, port);
            let mut tables = self.tables(concerned.iter(), &proxy, ipv6);
            tables.complete(services, &proxy, key);
            let tables = Arc::new(tables);
            let (of, recent) = &mut self.state(node).recent;
            if *of != version || recent.len() >= RECENT_DESTINATIONS {
                recent.clear();
                *of = version;
            }
            recent.insert(key, tables.clone());
            return tables;
        }
        let tables = Arc::new(self.tables(services.ports(ipv6), &proxy, ipv6));
        self.state(node).tables.insert(ipv6, (version, tables.clone()));
        tables
    }

    /// Whether a client's socket at this place waits for packets to this port.
    pub(crate) fn has_socket(&self, place: &Place, protocol: Protocol, port: u16) -> bool {
        self.sockets.contains_key(&(place.clone(), protocol, port))
    }

    /// A number by chance: SplitMix64 from the seed.
    pub(crate) fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn next_identification(&mut self) -> u16 {
        self.identification = self.identification.wrapping_add(1);
        self.identification
    }

    /// kube-proxy's rules of these Service ports, with the plugin's around them.
    fn tables<'a>(
        &self,
        ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
        proxy: &ProxyNode,
        ipv6: bool,
    ) -> Tables {
        let mut tables = Tables::compile(self.proxy_mode(), ports, proxy, ipv6);
        if let Some(node) = self.nodes.get(&proxy.name) {
            let profile = self.profile();
            crate::netns::masquerade_rules(&mut tables.iptables, profile, node, proxy, ipv6);
            let ports = self.host_ports_of(&proxy.name);
            match profile.port_mapper {
                PortMapper::Portmap => {
                    crate::netns::host_port_rules(&mut tables.iptables, node, &ports, ipv6);
                }
                PortMapper::Itself => tables.add_host_ports(&ports, node.address(ipv6)),
                PortMapper::Nobody => {}
            }
        }
        tables
    }

    fn node_addresses(&self, name: &str) -> Vec<IpAddr> {
        self.nodes.get(name).map(|node| node.addresses.clone()).unwrap_or_default()
    }

    fn attach(&mut self, object: &Arc<Object>) {
        match object.as_ref() {
            Object::Node(node) => {
                let mut info = NodeInfo::read(node);
                if self.config.cni == Cni::None {
                    info.pod_cidrs.clear();
                }
                let info = Arc::new(info);
                for address in self.answered_by(&info) {
                    self.owners.insert(address, Owner::Node(info.name.clone()));
                }
                for block in &info.pod_cidrs {
                    self.blocks.insert(block.network(), info.name.clone());
                }
                self.nodes.insert(info.name.clone(), info);
            }
            Object::Pod(pod) if has_own_network(pod) => {
                let owner = Owner::Pod(object.reference(), node_of(pod).to_owned());
                for address in pod_addresses(pod) {
                    self.owners.insert(address, owner.clone());
                }
                self.host_ports.attach(object.reference(), pod);
            }
            Object::Service(_) => {
                for address in load_balancer_addresses(object) {
                    if !matches!(self.owners.get(&address), Some(Owner::Node(_))) {
                        self.owners.insert(address, Owner::LoadBalancer(object.reference()));
                    }
                }
            }
            _ => {}
        }
    }

    fn detach(&mut self, object: &Arc<Object>) {
        match object.as_ref() {
            Object::Node(_) => {
                if let Some(info) = self.nodes.remove(object.name()) {
                    for address in self.answered_by(&info) {
                        self.owners.remove(&address);
                    }
                    for block in &info.pod_cidrs {
                        self.blocks.remove(&block.network());
                    }
                }
            }
            Object::Pod(pod) => {
                let reference = object.reference();
                self.host_ports.detach(&reference, pod);
                for address in pod_addresses(pod) {
                    if matches!(self.owners.get(&address), Some(Owner::Pod(of, _)) if *of == reference)
                    {
                        self.owners.remove(&address);
                    }
                }
            }
            Object::Service(_) => {
                let owner = Owner::LoadBalancer(object.reference());
                for address in load_balancer_addresses(object) {
                    if self.owners.get(&address) == Some(&owner) {
                        self.owners.remove(&address);
                    }
                }
            }
            _ => {}
        }
    }

    fn answered_by(&self, node: &NodeInfo) -> Vec<IpAddr> {
        node.own_addresses(self.profile())
    }
}

pub(crate) fn is_on_host_network(pod: &Pod) -> bool {
    pod.spec.as_ref().and_then(|spec| spec.host_network).unwrap_or(false)
}

pub(crate) fn node_of(pod: &Pod) -> &str {
    pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref()).unwrap_or_default()
}

/// The Pod's addresses, as its status lists them.
pub(crate) fn pod_addresses(pod: &Pod) -> Vec<IpAddr> {
    let Some(status) = &pod.status else { return Vec::new() };
    let listed: Vec<IpAddr> =
        status.pod_ips.iter().flatten().filter_map(|entry| entry.ip.parse().ok()).collect();
    if listed.is_empty() {
        status.pod_ip.iter().filter_map(|address| address.parse().ok()).collect()
    } else {
        listed
    }
}

/// Whether a Pod has a namespace of its own: it runs, and not on its host's network.
fn has_own_network(pod: &Pod) -> bool {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    !is_on_host_network(pod) && !matches!(phase, Some("Succeeded" | "Failed"))
}

/// Whether a change of such an object can change who answers for an address.
fn matters(object: &Object) -> bool {
    matches!(object.kind(), Kind::Node | Kind::Pod | Kind::Service)
}

fn load_balancer_addresses(object: &Object) -> Vec<IpAddr> {
    let Object::Service(service) = object else { return Vec::new() };
    let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    status
        .and_then(|status| status.ingress.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|ingress| ingress.ip.as_deref().and_then(|text| text.parse().ok()))
        .collect()
}
