//! Calico: one route for every Pod, and VXLAN, IP in IP or plain routes between nodes.
//!
//! Models `projectcalico/calico` (`felix`, `cni-plugin`). Pods see the gateway 169.254.1.1, which the
//! node answers for with proxy ARP; a blackhole route covers the rest of the node's block.

use std::net::Ipv4Addr;

use super::{Between, MissingPod, PodSide, Profile};

pub(super) const VXLAN: Profile = Profile {
    key: "calico-vxlan",
    name: "Calico",
    pod_side: PodSide::Routed {
        prefix: "cali",
        digits: 11,
        gateway: Ipv4Addr::new(169, 254, 1, 1),
        mac: Some([0xee; 6]),
    },
    between: Between::Vxlan { device: "vxlan.calico", port: 4789, vni: 4096 },
    mtu: 1450,
    enforces_policy: true,
    missing_pod: MissingPod::Blackhole,
    socket_load_balancer: false,
    masquerade_chain: "cali-nat-outgoing",
    pods_on_node_network: false,
};

pub(super) const IP_IN_IP: Profile = Profile {
    key: "calico-ipip",
    between: Between::IpInIp { device: "tunl0" },
    mtu: 1480,
    ..VXLAN
};

pub(super) const BGP: Profile =
    Profile { key: "calico-bgp", between: Between::Direct, mtu: 1500, ..VXLAN };
