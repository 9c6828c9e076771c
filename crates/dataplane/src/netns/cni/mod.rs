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
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

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
    /// Whether Pods have addresses of the nodes' own network, which anything on it can reach.
    pub pods_on_node_network: bool,
}

impl Profile {
    /// A cluster without a plugin: nodes reach each other, and no Pod has a network.
    pub(crate) const BARE: Profile = Profile {
        key: "none",
        name: "no plugin",
        pod_side: PodSide::Bridged { bridge: "none", prefix: "none" },
        between: Between::Direct,
        mtu: 1500,
        enforces_policy: false,
        missing_pod: MissingPod::HostUnreachable,
        socket_load_balancer: false,
        masquerade_chain: "POSTROUTING",
        pods_on_node_network: false,
    };
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
    },
    /// Each veth pair is a link of its own, with one route to it.
    Routed {
        /// `cali`.
        prefix: &'static str,
        /// Hexadecimal digits after the prefix.
        digits: usize,
        /// The gateway that Pods see; the plugin answers for it.
        gateway: Ipv4Addr,
        /// The hardware address of every host end, where it is a fixed one.
        mac: Option<[u8; 6]>,
    },
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
