//! Cilium: eBPF programs on every link, VXLAN between nodes.
//!
//! Models `cilium/cilium` in tunnel mode. Pods' gateway is the address of the node's `cilium_host`, and
//! their routes, not their devices, carry the MTU that leaves room for the tunnel. Beside kube-proxy it leaves Services to iptables; in its
//! place it translates them at `connect(2)`, so that a capture in the Pod already shows the backend.

use super::{Between, Gateway, MissingPod, PodSide, PortMapper, Profile};

pub(super) const BESIDE_KUBE_PROXY: Profile = Profile {
    key: "cilium",
    name: "Cilium",
    pod_side: PodSide::Routed {
        prefix: "lxc",
        digits: 12,
        gateway: Gateway::OfDevice("cilium_host"),
        mac: None,
    },
    between: Between::Vxlan { device: "cilium_vxlan", port: 8472, vni: 2 },
    mtu: 1450,
    enforces_policy: true,
    missing_pod: MissingPod::Blackhole,
    socket_load_balancer: false,
    masquerade_chain: "CILIUM_POST_nat",
    port_mapper: PortMapper::Nobody,
    inner_devices: &[
        ("cilium_net", Some("cilium_host"), false),
        ("cilium_host", Some("cilium_net"), false),
    ],
    pods_on_node_network: false,
};

pub(super) const KUBE_PROXY_REPLACEMENT: Profile = Profile {
    key: "cilium-kube-proxy-replacement",
    socket_load_balancer: true,
    port_mapper: PortMapper::Itself,
    ..BESIDE_KUBE_PROXY
};
