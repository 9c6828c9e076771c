//! Cilium: eBPF programs on every link, VXLAN between nodes.
//!
//! Models `cilium/cilium` in tunnel mode. Beside kube-proxy it leaves Services to iptables; in its
//! place it translates them at `connect(2)`, so that a capture in the Pod already shows the backend.

use std::net::Ipv4Addr;

use super::{Between, MissingPod, PodSide, Profile};

pub(super) const BESIDE_KUBE_PROXY: Profile = Profile {
    key: "cilium",
    name: "Cilium",
    pod_side: PodSide::Routed {
        prefix: "lxc",
        digits: 12,
        gateway: Ipv4Addr::new(169, 254, 1, 1),
        mac: None,
    },
    between: Between::Vxlan { device: "cilium_vxlan", port: 8472, vni: 2 },
    mtu: 1450,
    enforces_policy: true,
    missing_pod: MissingPod::Blackhole,
    socket_load_balancer: false,
    masquerade_chain: "CILIUM_POST_nat",
    pods_on_node_network: false,
};

pub(super) const KUBE_PROXY_REPLACEMENT: Profile = Profile {
    key: "cilium-kube-proxy-replacement",
    socket_load_balancer: true,
    ..BESIDE_KUBE_PROXY
};
