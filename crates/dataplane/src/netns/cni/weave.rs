//! Weave Net: a bridge on every node and a VXLAN mesh between them. Its last release was in 2021.
//!
//! Models `weaveworks/weave` with the fast datapath, UDP 6784; `weave-npc` enforces NetworkPolicies.
//! The bridges of all nodes are one link: Pods find each other by ARP, and no router stands between.

use super::{Between, MissingPod, PodSide, PortMapper, Profile};

pub(super) const FAST_DATAPATH: Profile = Profile {
    key: "weave",
    name: "Weave Net",
    pod_side: PodSide::Bridged { bridge: "weave", prefix: "vethwepl", spans_nodes: true },
    between: Between::Vxlan { device: "vxlan-6784", port: 6784, vni: 0 },
    mtu: 1376,
    enforces_policy: true,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "WEAVE",
    port_mapper: PortMapper::Portmap,
    inner_devices: &[
        ("datapath", None, false),
        ("vethwe-datapath", Some("vethwe-bridge"), false),
        ("vethwe-bridge", Some("vethwe-datapath"), true),
    ],
    pods_on_node_network: false,
};
