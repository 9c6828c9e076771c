//! What is broken in the network itself, beside the API: machines, links, and what lies between them.

use std::collections::BTreeSet;

/// A link or a node that does not work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Nodes that are switched off: nothing runs there.
    pub nodes_off: BTreeSet<String>,
    /// Nodes whose `eth0` carries nothing; what happens within them goes on.
    pub links_down: BTreeSet<String>,
    /// Whether something between the nodes swallows tunnel packets.
    pub tunnels_blocked: bool,
    /// Whether nodes' firewalls swallow the ICMP messages that tell how large a packet may be.
    pub sizes_withheld: bool,
    /// The MTU that Pods' devices were given, where it is not the one the plugin would choose.
    pub pod_mtu: Option<u16>,
}

impl Faults {
    /// Whether nothing from the network reaches the node.
    pub fn cut_off(&self, node: &str) -> bool {
        self.nodes_off.contains(node) || self.links_down.contains(node)
    }
}
