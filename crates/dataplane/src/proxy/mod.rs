//! kube-proxy: Services and EndpointSlices become rules of the node's kernel.
//!
//! kube-proxy is no proxy: no packet passes through it. It writes rules and goes on watching; when it
//! stops, the rules stay as they were. Each mode keeps its rules as typed values that are both printed
//! and evaluated, so that the rule a learner reads is the rule that decided. Only the rules of the
//! Service ports that a packet's destination concerns are built, so the cost of a packet does not grow
//! with the number of Services.

pub mod endpoints;
mod ipset;
pub mod iptables;
pub mod ipvs;
pub mod nftables;
pub mod service;
mod tables;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use manifest::ObjectRef;
use packet::FiveTuple;
use serde::{Deserialize, Serialize};
use trace::{Choice, Evidence};

pub use service::{Endpoint, ServiceMap, ServicePort, ServicePortName};
pub use tables::{Flow, Output, Tables, Tool};

/// How kube-proxy writes its rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ProxyMode {
    /// Chains of `iptables` rules.
    #[default]
    Iptables,
    /// Maps of `nftables`.
    Nftables,
    /// Virtual servers of IPVS, on the addresses of `kube-ipvs0`.
    Ipvs,
    /// Cilium's eBPF maps in place of kube-proxy; follows from the plugin, not from a choice.
    CiliumReplacement,
    /// No kube-proxy: nobody translates Services.
    None,
}

impl ProxyMode {
    /// The modes that can be chosen.
    pub const ALL: [ProxyMode; 4] =
        [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs, ProxyMode::None];
}

/// Writes `iptables`, as kube-proxy's `mode` does.
impl fmt::Display for ProxyMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ProxyMode::Iptables => "iptables",
            ProxyMode::Nftables => "nftables",
            ProxyMode::Ipvs => "ipvs",
            ProxyMode::CiliumReplacement => "cilium",
            ProxyMode::None => "none",
        })
    }
}

impl FromStr for ProxyMode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mode = ProxyMode::ALL.into_iter().find(|mode| mode.to_string() == text);
        mode.ok_or_else(|| {
            format!(
                "unknown kube-proxy mode `{text}`, expected one of iptables, nftables, ipvs, none"
            )
        })
    }
}

/// What one kube-proxy knows about its node and its own flags.
#[derive(Clone, Debug, PartialEq)]
pub struct ProxyNode {
    /// The node's name.
    pub name: String,
    /// Label `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
    /// Every address of the node, tunnel and bridge devices included.
    pub addresses: Vec<IpAddr>,
    /// `--cluster-cidr`: where Pods are; empty if traffic from Pods cannot be told apart.
    pub pod_networks: Vec<IpNet>,
    /// `--service-cidr`, for `nftables`' rule about unallocated ClusterIPs.
    pub service_networks: Vec<IpNet>,
    /// `--masquerade-all`.
    pub masquerade_all: bool,
    /// `--iptables-localhost-nodeports`.
    pub localhost_node_ports: bool,
    /// `--nodeport-addresses`; empty means the mode's default.
    pub node_port_networks: Vec<IpNet>,
    /// Whether the kernel can masquerade with random ports.
    pub random_fully: bool,
}

impl ProxyNode {
    /// The Pod network of a family.
    pub(crate) fn pod_network(&self, ipv6: bool) -> Option<IpNet> {
        self.pod_networks.iter().copied().find(|net| net.addr().is_ipv6() == ipv6)
    }

    pub(crate) fn service_network(&self, ipv6: bool) -> Option<IpNet> {
        self.service_networks.iter().copied().find(|net| net.addr().is_ipv6() == ipv6)
    }

    /// The first address of a family, the node's own.
    pub(crate) fn address(&self, ipv6: bool) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|address| address.is_ipv6() == ipv6)
    }

    /// Whether node ports are open on every address.
    pub(crate) fn node_ports_everywhere(&self, ipv6: bool) -> bool {
        self.node_port_networks.is_empty()
            || self
                .node_port_networks
                .iter()
                .any(|net| net.addr().is_ipv6() == ipv6 && net.prefix_len() == 0)
    }
}

/// Where in the kernel's path rules are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// From a device, before routing.
    Prerouting,
    /// To a local process.
    Input,
    /// Through the node.
    Forward,
    /// From a local process.
    Output,
    /// To a device, after routing.
    Postrouting,
}

impl Hook {
    /// `PREROUTING`.
    pub fn chain(self) -> &'static str {
        match self {
            Hook::Prerouting => "PREROUTING",
            Hook::Input => "INPUT",
            Hook::Forward => "FORWARD",
            Hook::Output => "OUTPUT",
            Hook::Postrouting => "POSTROUTING",
        }
    }
}

/// What the connection tracker says about the packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracking {
    /// The first packet of a connection.
    New,
    /// A later packet, either way.
    Established,
    /// An error message about a connection.
    Related,
}

/// The marks that rules put on a packet, all of which ask for a new source in the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// `0x4000`, kube-proxy's.
    pub service: bool,
    /// `0x2000`, that of the CNI plugin `portmap`.
    pub host_port: bool,
}

/// What rules may look at.
#[derive(Clone, Copy, Debug)]
pub struct View {
    /// The packet as it is now.
    pub tuple: FiveTuple,
    /// What the tracker says.
    pub tracking: Tracking,
    /// Whether its destination was translated.
    pub translated: bool,
    /// Whether the node itself owns the source address.
    pub source_is_local: bool,
    /// Whether the node itself owns the destination address.
    pub destination_is_local: bool,
    /// The marks the packet carries.
    pub marked: Mark,
}

impl View {
    /// Whether a Pod has reached itself through its Service.
    pub(crate) fn source_is_target(&self) -> bool {
        self.translated && self.tuple.source == self.tuple.destination
    }
}

/// What a hook decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// No rule ended the packet's way through the hook.
    Pass,
    /// A rule lets it pass.
    Accept,
    /// A new destination.
    Translate {
        /// The new address.
        address: IpAddr,
        /// The new port.
        port: u16,
    },
    /// A new source: the address of the outgoing device.
    Masquerade,
    /// It ends here in silence.
    Drop,
    /// It ends here, and the sender is told.
    Reject,
}

/// A hook's decision, and the rules that led to it.
#[derive(Clone, Debug)]
pub struct Ruling {
    /// The decision.
    pub decision: Decision,
    /// The marks the packet carries afterwards.
    pub marked: Mark,
    /// The rules that matched, the deciding one first.
    pub evidence: Vec<Evidence>,
    /// The Service port whose rule decided.
    pub service: Option<ServicePortName>,
}

impl Ruling {
    /// No rule had anything to say.
    pub fn pass(marked: Mark) -> Self {
        Self { decision: Decision::Pass, marked, evidence: Vec::new(), service: None }
    }
}

/// How the kernel takes chances, and what it remembers of clients.
pub trait Chance {
    /// Whether a rule with probability one in `of` matches.
    fn one_in(&mut self, of: usize) -> bool;
    /// A number below `bound`.
    fn below(&mut self, bound: usize) -> usize;
    /// Whether this client was last seen in `list` within `seconds`.
    fn seen(&mut self, list: &str, client: IpAddr, seconds: u32) -> bool;
    /// Remembers the client in `list`.
    fn remember(&mut self, list: &str, client: IpAddr);
    /// Counts: how often `list` was asked before.
    fn turn(&mut self, list: &str) -> usize;
}

/// The endpoint that a translation chose, as evidence.
pub(crate) fn endpoint_evidence(
    port: &ServicePort,
    address: IpAddr,
    number: u16,
    position: usize,
    of: usize,
    choice: Choice,
) -> Option<Evidence> {
    let endpoint = port.endpoints.iter().find(|e| e.address == address && e.port == number)?;
    Some(Evidence::Endpoint {
        service: port.service.clone(),
        slice: ObjectRef::clone(&endpoint.slice),
        pod: endpoint.pod.clone(),
        address,
        port: number,
        position,
        of,
        choice,
    })
}

/// `KUBE-SVC-` and the like: the first 16 characters of base32(sha256(…)).
pub(crate) fn hash16(text: &str) -> String {
    base32_of_sha256(text, 16)
}

/// The first characters of base32(sha256(…)).
pub(crate) fn base32_of_sha256(text: &str, length: usize) -> String {
    use sha2::{Digest, Sha256};
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digest = Sha256::digest(text.as_bytes());
    let (mut out, mut buffer, mut bits) = (String::with_capacity(length), 0u32, 0u32);
    for byte in digest.iter() {
        buffer = (buffer << 8) | u32::from(*byte);
        bits += 8;
        while bits >= 5 && out.len() < length {
            bits -= 5;
            out.push(char::from(ALPHABET[(buffer >> bits & 31) as usize]));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_are_named_as_upstream_names_them() {
        assert_eq!(hash16("ns1/svc1:p80tcp"), "XPGD46QRK7WJZT7O");
        assert_eq!(hash16("ns1/svc1:p80tcp10.180.0.1:80"), "SXIVWICOYRO3J4NJ");
    }
}
