//! A packet's itinerary through namespaces and hooks, in the order of the kernel.
//!
//! `Station` is the map: every place where a packet can be, and `run` the only loop. On a node the
//! order is that of netfilter: conntrack, destination NAT, routing, policy, filter, source NAT, then
//! neighbour, tunnel and device. Every stage a packet meets writes one step, also when it lets the
//! packet pass. What a packet is, what listens, and who sends the answer are other files' business.

mod around;
mod balancer;
mod end;
mod frame;
mod netfilter;
mod node;
mod pod;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use manifest::ObjectRef;
use packet::{FiveTuple, Frame, Packet, Time};
use trace::{DropReason, Evidence, Place, Stage, Trace, TraceBuilder};

use crate::conntrack::Tracked;
use crate::netns::{NodeInfo, Route};
use crate::network::{Listeners, Network};
use crate::proxy::{Mark, Tracking};

/// From one end of a veth pair to the other.
const VETH: Duration = Duration::from_micros(20);
/// From a node's device to the switch, or back.
const WIRE: Duration = Duration::from_micros(100);
/// To or from a machine on the internet.
const INTERNET: Duration = Duration::from_millis(10);
/// Where the packet is, and what will look at it next.
enum Station {
    /// A process in a Pod has sent it.
    PodOut(ObjectRef),
    /// It came out of a Pod's `eth0`.
    PodIn(ObjectRef),
    /// A process on a node has sent it.
    HostOut(Arc<NodeInfo>),
    /// It came to the node's end of a Pod's link.
    FromPod(Arc<NodeInfo>, ObjectRef),
    /// It came to a node's `eth0`.
    FromWire(Arc<NodeInfo>),
    /// It came out of a node's tunnel device.
    FromTunnel(Arc<NodeInfo>, &'static str),
    /// It is for a process on the node.
    HostIn(Passage),
    /// It goes through the node.
    Forward(Passage, Route),
    /// It is on the network between the nodes, addressed to this next hop.
    OnWire(IpAddr),
    /// A machine on the internet has sent it.
    InternetOut,
    /// It came to a machine on the internet.
    InternetIn(String),
    /// It came to a load balancer.
    LoadBalancer(ObjectRef),
    /// A load balancer has sent it.
    BalancerOut,
    /// It has ended.
    Over,
}

/// A packet's stay in one node's netfilter.
struct Passage {
    node: Arc<NodeInfo>,
    /// What the tracker says.
    tracking: Tracking,
    /// The connection, if the tracker knows it.
    tracked: Option<Tracked>,
    /// The flow as it came, if it is to be remembered.
    original: Option<FiveTuple>,
    /// Whether its destination was translated.
    translated: bool,
    /// The marks it carries.
    marked: Mark,
    /// The Pod of this node that it came from.
    from_pod: Option<ObjectRef>,
    /// Whether a bridge carries it across without routing.
    bridged: bool,
}

/// One packet's walk.
pub(crate) struct Walk<'n> {
    network: &'n mut Network,
    listeners: &'n dyn Listeners,
    trace: TraceBuilder,
    /// The largest packet that its sender makes of a stream: what its link takes, and what routers on
    /// the way to this destination have asked for.
    largest: u16,
}

impl<'n> Walk<'n> {
    pub(crate) fn new(
        network: &'n mut Network,
        listeners: &'n dyn Listeners,
        from: Place,
        mut packet: Packet,
        now: Time,
        evidence: Vec<Evidence>,
    ) -> Self {
        packet.identification = network.next_identification();
        let largest = network.largest_packet(&from, packet.destination, now);
        let trace = TraceBuilder::sent(from, Frame::bare(packet), now, evidence);
        Self { network, listeners, trace, largest }
    }

    pub(crate) fn run(mut self) -> Trace {
        let mut station = self.start();
        loop {
            station = match station {
                Station::PodOut(pod) => self.pod_out(pod),
                Station::PodIn(pod) => self.deliver(Place::Pod(pod)),
                Station::HostOut(node) => self.host_out(node),
                Station::FromPod(node, pod) => self.enter_from_pod(node, pod),
                Station::FromWire(node) => self.enter_from_wire(node),
                Station::FromTunnel(node, device) => self.enter_from_tunnel(node, device),
                Station::HostIn(passage) => self.host_in(passage),
                Station::Forward(passage, route) => self.forward(passage, route),
                Station::OnWire(next) => self.on_wire(next),
                Station::InternetOut => self.internet_out(),
                Station::InternetIn(name) => self.deliver(Place::Internet(name)),
                Station::LoadBalancer(service) => self.load_balancer(service),
                Station::BalancerOut => self.balancer_out(),
                Station::Over => return self.trace.finish(),
            };
        }
    }

    /// Whether the machine under a place is switched off.
    fn is_off(&self, place: &Place) -> bool {
        let node = match place {
            Place::Node(name) => Some(name.as_str()),
            Place::Pod(pod) => self.network.pod(pod).map(crate::network::node_of),
            Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => None,
        };
        node.is_some_and(|node| self.network.faults.nodes_off.contains(node))
    }

    fn start(&mut self) -> Station {
        let from = self.network.namespace_of(self.trace.place());
        if self.is_off(&from) {
            return self.drop(Stage::Application, None, DropReason::LinkDown, vec![]);
        }
        match from {
            Place::Pod(pod) => Station::PodOut(pod),
            Place::Node(name) => match self.network.node(&name).cloned() {
                Some(node) => Station::HostOut(node),
                None => self.drop(Stage::Device, None, DropReason::LinkDown, vec![]),
            },
            Place::LoadBalancer(_) => Station::BalancerOut,
            Place::Internet(_) | Place::NodeNetwork => Station::InternetOut,
        }
    }
}
