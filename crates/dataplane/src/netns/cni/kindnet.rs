//! kindnet: kind's own plugin, a link for every Pod and plain routes between nodes.
//!
//! Models `kubernetes-sigs/kind` `images/kindnetd`, whose daemon enforces NetworkPolicies through
//! `kube-network-policies`.

use std::net::Ipv4Addr;

use super::{Between, MissingPod, PodSide, Profile};

pub(super) const ROUTES: Profile = Profile {
    key: "kindnet",
    name: "kindnet",
    pod_side: PodSide::Routed {
        prefix: "veth",
        digits: 8,
        gateway: Ipv4Addr::new(169, 254, 1, 1),
        mac: None,
    },
    between: Between::Direct,
    mtu: 1500,
    enforces_policy: true,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "KIND-MASQ-AGENT",
    pods_on_node_network: false,
};
