//! One operation on a packet: the stage that acted, what it did, the packet afterwards, and why.

use manifest::ObjectRef;
use packet::{FieldChange, Frame};
use serde::{Deserialize, Serialize};

use crate::Evidence;

/// The part of the path that acts, in the order a packet meets them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Stage {
    /// A process sends, listens or answers.
    Application,
    /// The socket layer rewrites a destination at `connect(2)`, as Cilium does.
    SocketLoadBalancer,
    /// A network device: `eth0`, a veth end, a tunnel.
    Device,
    /// A bridge or an address on it.
    Bridge,
    /// The connection tracker.
    Conntrack,
    /// The `nat` table on the way in (`PREROUTING`) or from a local process (`OUTPUT`).
    DestinationNat,
    /// The routing table.
    Routing,
    /// NetworkPolicy on the sender's side.
    EgressPolicy,
    /// NetworkPolicy on the receiver's side.
    IngressPolicy,
    /// The `filter` table: kube-proxy's and the host's own rules.
    Filter,
    /// The `nat` table on the way out (`POSTROUTING`).
    SourceNat,
    /// Putting a packet into a tunnel, or taking it out.
    Tunnel,
    /// Finding the hardware address of the next hop.
    Neighbour,
    /// The wire between nodes.
    Wire,
    /// A load balancer outside the cluster.
    LoadBalancer,
}

/// What a stage did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Action {
    /// A process sent the packet: the first step of a trace.
    Sent,
    /// The packet came into this place: the first step of every later hop.
    Received,
    /// The stage looked and let the packet pass unchanged.
    Passed,
    /// The bridge or device took it in and passed it up to the IP stack or across.
    Bridged,
    /// The connection tracker knows or remembers the connection.
    Tracked,
    /// Addresses or ports were rewritten.
    Translated,
    /// A rule allows it.
    Permitted,
    /// The next hop was chosen.
    Routed,
    /// The next hop's hardware address was found and written.
    Addressed,
    /// A header was put around it.
    Encapsulated,
    /// The outer header was taken off.
    Decapsulated,
    /// The packet left this place: the last step of every hop but the last.
    Forwarded,
    /// A process took it: the end of the journey.
    Delivered,
    /// It ends here, and nobody is told.
    Dropped(DropReason),
    /// It ends here, and the sender is told.
    Rejected(RejectReason),
}

impl Action {
    /// Whether the packet goes no further.
    pub fn is_terminal(&self) -> bool {
        match self {
            Action::Delivered | Action::Dropped(_) | Action::Rejected(_) => true,
            Action::Sent
            | Action::Received
            | Action::Passed
            | Action::Bridged
            | Action::Tracked
            | Action::Translated
            | Action::Permitted
            | Action::Routed
            | Action::Addressed
            | Action::Encapsulated
            | Action::Decapsulated
            | Action::Forwarded => false,
        }
    }
}

/// Why a packet vanished in silence; the sender waits until it gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DropReason {
    /// A NetworkPolicy isolates one side and no rule allows this.
    PolicyDenied,
    /// A firewall rule that is not a NetworkPolicy: source ranges, a host firewall.
    FirewallDenied,
    /// `externalTrafficPolicy` or `internalTrafficPolicy` is `Local` and this node has no endpoint.
    NoLocalEndpoints,
    /// No route leads there, and nobody answers for it.
    NoRoute,
    /// The next hop does not answer on its link.
    NeighbourUnreachable,
    /// The hop limit ran out.
    TimeToLiveExceeded,
    /// The node or its link is down.
    LinkDown,
    /// Too big for a link, and fragmenting was forbidden.
    TooBig,
    /// The tracker holds an entry that no longer fits.
    StaleConntrack,
    /// Nothing on the internet owns this address.
    NoSuchHost,
    /// The reply came from an address nobody asked.
    UnexpectedSource,
    /// No target of a load balancer passes its health check.
    NoHealthyTarget,
    /// It came from outside with the receiver's own address.
    MartianSource,
}

/// Why a packet was refused out loud; the sender knows at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum RejectReason {
    /// A Service without ready endpoints: kube-proxy's REJECT rule.
    NoEndpoints,
    /// Nothing listens on the port: the kernel answers RST, or port unreachable for UDP.
    PortClosed,
    /// No route to the network.
    NetworkUnreachable,
    /// The host does not answer on its link; the last router says so.
    HostUnreachable,
    /// A policy engine that rejects rather than drops.
    AdministrativelyProhibited,
    /// Larger than the next link takes, and not to be cut: the router says how large it may be.
    FragmentationNeeded {
        /// The link's MTU.
        mtu: u16,
    },
}

/// One operation on a packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The part of the path that acted.
    pub stage: Stage,
    /// What it did.
    pub action: Action,
    /// The device it happened on, where there is one: `eth0`, `cni0`, `flannel.1`.
    pub device: Option<String>,
    /// The packet afterwards.
    pub frame: Frame,
    /// Header fields this step changed; never empty when `action` is `Translated`.
    pub changes: Vec<FieldChange>,
    /// What decided it, the deciding piece first.
    pub evidence: Vec<Evidence>,
}

impl Step {
    /// The objects that what decided it speaks of, each once, in that order.
    pub fn objects(&self) -> Vec<ObjectRef> {
        let mut objects: Vec<ObjectRef> = Vec::new();
        for object in self.evidence.iter().flat_map(Evidence::objects) {
            if !objects.contains(object) {
                objects.push(object.clone());
            }
        }
        objects
    }
}
