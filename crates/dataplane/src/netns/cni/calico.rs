//! Calico: one route for every Pod, and VXLAN, IP in IP or plain routes between nodes.
//!
//! Models `projectcalico/calico` (`felix`, `cni-plugin`). Pods see the gateway 169.254.1.1, which the
//! node answers for with proxy ARP; a blackhole route covers the rest of the node's block.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Between, Gateway, MissingPod, PodSide, PortMapper, Profile};

pub(super) const VXLAN: Profile = Profile {
    key: "calico-vxlan",
    name: "Calico",
    pod_side: PodSide::Routed {
        prefix: "cali",
        digits: 11,
        gateway: Gateway::Answered {
            v4: Ipv4Addr::new(169, 254, 1, 1),
            v6: Ipv6Addr::new(0xfe80, 0, 0, 0, 0xecee, 0xeeff, 0xfeee, 0xeeee),
            is_permanent: false,
        },
        mac: Some([0xee; 6]),
    },
    between: Between::Vxlan { device: "vxlan.calico", port: 4789, vni: 4096 },
    mtu: 1450,
    enforces_policy: true,
    missing_pod: MissingPod::Blackhole,
    socket_load_balancer: false,
    masquerade_chain: "cali-nat-outgoing",
    port_mapper: PortMapper::Portmap,
    inner_devices: &[],
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
