//! CNI plugins: what devices each makes, how its Pods reach each other, whether it enforces policies.
//!
//! Every plugin is one row of the same table, in a file of its own. The walk reads the row and asks
//! no plugin by name.

mod aws_vpc;
mod calico;
mod cilium;
mod flannel;
mod kindnet;
mod weave;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::NodeInfo;

/// The plugins that can be chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cni {
    /// Flannel with its VXLAN backend.
    #[default]
    FlannelVxlan,
    /// Flannel with its host-gw backend.
    FlannelHostGateway,
    /// Calico with VXLAN.
    CalicoVxlan,
    /// Calico with IP in IP.
    CalicoIpInIp,
    /// Calico with plain routes that BGP spreads.
    CalicoBgp,
    /// Cilium beside kube-proxy.
    Cilium,
    /// Cilium in place of kube-proxy.
    CiliumKubeProxyReplacement,
    /// Weave Net, retired.
    Weave,
    /// kind's own plugin.
    Kindnet,
    /// The AWS VPC plugin.
    AwsVpc,
    /// No plugin: Pods get no network.
    None,
}

/// One plugin's devices and behaviour.
#[derive(Debug, PartialEq, Eq)]
pub struct Profile {
    /// `flannel-vxlan`, as scenarios and the command line write it.
    pub key: &'static str,
    /// `Flannel`, as a person would say it.
    pub name: &'static str,
    /// How a Pod hangs on its node.
    pub pod_side: PodSide,
    /// How packets travel between nodes.
    pub between: Between,
    /// The largest packet that a Pod's device takes, in bytes.
    pub mtu: u16,
    /// Whether NetworkPolicies have any effect.
    pub enforces_policy: bool,
    /// What happens to packets for an address of this node's block that no Pod has.
    pub missing_pod: MissingPod,
    /// Whether Services are translated at `connect(2)`, before any packet exists.
    pub socket_load_balancer: bool,
    /// The chain that keeps or replaces the sender's address on the way out of the cluster.
    pub masquerade_chain: &'static str,
    /// Who leads a node's `hostPort` to its Pod.
    pub port_mapper: PortMapper,
    /// Devices between its bridge or gateway and its tunnel: the name, the other end's name, and
    /// whether it is a port of the bridge.
    pub inner_devices: &'static [(&'static str, Option<&'static str>, bool)],
    /// Whether Pods have addresses of the nodes' own network, which anything on it can reach.
    pub pods_on_node_network: bool,
}

impl Profile {
    /// A cluster without a plugin: nodes reach each other, and no Pod has a network.
    pub(crate) const BARE: Profile = Profile {
        key: "none",
        name: "no plugin",
        pod_side: PodSide::Bridged { bridge: "none", prefix: "none", spans_nodes: false },
        between: Between::Direct,
        mtu: 1500,
        enforces_policy: false,
        missing_pod: MissingPod::HostUnreachable,
        socket_load_balancer: false,
        masquerade_chain: "POSTROUTING",
        port_mapper: PortMapper::Nobody,
        inner_devices: &[],
        pods_on_node_network: false,
    };

    /// The gateway of a node's Pods; none for a node without a block of that family.
    pub(crate) fn gateway(&self, node: &NodeInfo, ipv6: bool) -> Option<IpAddr> {
        match self.pod_side {
            PodSide::Routed { gateway: Gateway::Answered { v6, .. }, .. } if ipv6 => {
                Some(IpAddr::V6(v6))
            }
            PodSide::Routed { gateway: Gateway::Answered { v4, .. }, .. } => Some(IpAddr::V4(v4)),
            PodSide::Routed { gateway: Gateway::OnEveryLink | Gateway::OfDevice(_), .. }
            | PodSide::Bridged { .. } => node.first_address(ipv6),
        }
    }

    /// The device of the node that has its Pods' gateway as its address.
    pub(crate) fn gateway_device(&self) -> Option<&'static str> {
        match self.pod_side {
            PodSide::Bridged { bridge, .. } => Some(bridge),
            PodSide::Routed { gateway: Gateway::OfDevice(device), .. } => Some(device),
            PodSide::Routed {
                gateway: Gateway::Answered { .. } | Gateway::OnEveryLink, ..
            } => None,
        }
    }

    /// The device of the node that packets to other nodes' Pods are wrapped in, and its address
    /// there: the first of the node's block. Where Pods' gateway serves for both, there is none.
    pub(crate) fn tunnel(&self, node: &NodeInfo, ipv6: bool) -> Option<(&'static str, IpAddr)> {
        let is_plain = match self.pod_side {
            PodSide::Bridged { spans_nodes, .. } => !spans_nodes,
            PodSide::Routed { gateway, .. } => !matches!(gateway, Gateway::OfDevice(_)),
        };
        match self.between {
            Between::Vxlan { device, .. } | Between::IpInIp { device } if is_plain => {
                Some((device, node.pod_cidr(ipv6)?.network()))
            }
            Between::Vxlan { .. } | Between::IpInIp { .. } | Between::Direct => None,
        }
    }

    /// Whether a Pod's neighbour table holds its gateway from the start.
    pub(crate) fn knows_gateway(&self) -> bool {
        let PodSide::Routed { gateway, .. } = self.pod_side else { return false };
        matches!(gateway, Gateway::Answered { is_permanent: true, .. })
    }

    /// The bridge that is one link over all nodes.
    pub(crate) fn spanning_bridge(&self) -> Option<&'static str> {
        match self.pod_side {
            PodSide::Bridged { bridge, spans_nodes: true, .. } => Some(bridge),
            PodSide::Bridged { .. } | PodSide::Routed { .. } => None,
        }
    }
}

/// How a Pod hangs on its node.
#[derive(Debug, PartialEq, Eq)]
pub enum PodSide {
    /// The host ends of the veth pairs are ports of a bridge, whose address is the Pods' gateway.
    Bridged {
        /// `cni0`.
        bridge: &'static str,
        /// `veth`.
        prefix: &'static str,
        /// Whether the bridges of all nodes are one link, so that Pods everywhere are neighbours.
        spans_nodes: bool,
    },
    /// Each veth pair is a link of its own, with one route to it.
    Routed {
        /// `cali`.
        prefix: &'static str,
        /// Hexadecimal digits after the prefix.
        digits: usize,
        /// The gateway that Pods see.
        gateway: Gateway,
        /// The hardware address of every host end, where it is a fixed one.
        mac: Option<[u8; 6]>,
    },
}

/// Whose address a Pod's default route leads to, where every Pod has a link of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// An address that nobody has, and that the host end of every link answers for.
    Answered {
        /// Of the first family.
        v4: Ipv4Addr,
        /// Of the second.
        v6: Ipv6Addr,
        /// Whether the Pod's neighbour table holds it from the start, so that it never asks.
        is_permanent: bool,
    },
    /// The first address of the node's block, which the host end of every link has.
    OnEveryLink,
    /// The first address of the node's block, which a device of the node has.
    OfDevice(&'static str),
}

/// Who leads a node's `hostPort` to its Pod.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortMapper {
    /// The plugin `portmap`, chained after the plugin's own, by rules of iptables.
    Portmap,
    /// The plugin itself, in the table of its load balancer.
    Itself,
    /// Nobody: nothing listens there.
    Nobody,
}

/// How packets travel between nodes.
#[derive(Debug, PartialEq, Eq)]
pub enum Between {
    /// In VXLAN.
    Vxlan {
        /// `flannel.1`.
        device: &'static str,
        /// The UDP port.
        port: u16,
        /// The virtual network identifier.
        vni: u32,
    },
    /// In IP packets of protocol 4.
    IpInIp {
        /// `tunl0`.
        device: &'static str,
    },
    /// As they are: every node has a route to every other node's Pods.
    Direct,
}

/// What happens to packets for an address that no Pod has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingPod {
    /// Nobody answers for it on the bridge; after three seconds the node says so.
    HostUnreachable,
    /// A blackhole route swallows it.
    Blackhole,
}

impl Cni {
    /// Every plugin, in the order a person chooses from.
    pub const ALL: [Cni; 11] = [
        Cni::FlannelVxlan,
        Cni::FlannelHostGateway,
        Cni::CalicoVxlan,
        Cni::CalicoIpInIp,
        Cni::CalicoBgp,
        Cni::Cilium,
        Cni::CiliumKubeProxyReplacement,
        Cni::Weave,
        Cni::Kindnet,
        Cni::AwsVpc,
        Cni::None,
    ];

    /// The plugin's row; none for no plugin.
    pub fn profile(self) -> Option<&'static Profile> {
        match self {
            Cni::FlannelVxlan => Some(&flannel::VXLAN),
            Cni::FlannelHostGateway => Some(&flannel::HOST_GATEWAY),
            Cni::CalicoVxlan => Some(&calico::VXLAN),
            Cni::CalicoIpInIp => Some(&calico::IP_IN_IP),
            Cni::CalicoBgp => Some(&calico::BGP),
            Cni::Cilium => Some(&cilium::BESIDE_KUBE_PROXY),
            Cni::CiliumKubeProxyReplacement => Some(&cilium::KUBE_PROXY_REPLACEMENT),
            Cni::Weave => Some(&weave::FAST_DATAPATH),
            Cni::Kindnet => Some(&kindnet::ROUTES),
            Cni::AwsVpc => Some(&aws_vpc::SECONDARY_ADDRESSES),
            Cni::None => None,
        }
    }

    /// `flannel-vxlan`.
    pub fn key(self) -> &'static str {
        self.profile().map_or("none", |profile| profile.key)
    }
}

/// Writes the key: `flannel-vxlan`.
impl fmt::Display for Cni {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

impl FromStr for Cni {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let plugin = match text {
            "flannel" => Some(Cni::FlannelVxlan),
            "calico" => Some(Cni::CalicoVxlan),
            key => Cni::ALL.into_iter().find(|plugin| plugin.key() == key),
        };
        plugin.ok_or_else(|| {
            let keys: Vec<&str> = Cni::ALL.into_iter().map(Cni::key).collect();
            format!("unknown CNI plugin `{text}`, expected one of {}", keys.join(", "))
        })
    }
}
