//! Weave Net: a bridge on every node and a VXLAN mesh between them. Its last release was in 2021.
//!
//! Models `weaveworks/weave` with the fast datapath, UDP 6784; `weave-npc` enforces NetworkPolicies.

use super::{Between, MissingPod, PodSide, Profile};

pub(super) const FAST_DATAPATH: Profile = Profile {
    key: "weave",
    name: "Weave Net",
    pod_side: PodSide::Bridged { bridge: "weave", prefix: "vethwepl" },
    between: Between::Vxlan { device: "vxlan-6784", port: 6784, vni: 0 },
    mtu: 1376,
    enforces_policy: true,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "WEAVE",
    pods_on_node_network: false,
};
