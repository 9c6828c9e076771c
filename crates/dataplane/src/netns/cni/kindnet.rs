//! kindnet: kind's own plugin, a link for every Pod and plain routes between nodes.
//!
//! Models `kubernetes-sigs/kind` `images/kindnetd`, whose daemon enforces NetworkPolicies through
//! `kube-network-policies`. The CNI plugin `ptp` gives the host end of every link the block's first address.

use super::{Between, Gateway, MissingPod, PodSide, PortMapper, Profile};

pub(super) const ROUTES: Profile = Profile {
    key: "kindnet",
    name: "kindnet",
    pod_side: PodSide::Routed {
        prefix: "veth",
        digits: 8,
        gateway: Gateway::OnEveryLink,
        mac: None,
    },
    between: Between::Direct,
    mtu: 1500,
    enforces_policy: true,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "KIND-MASQ-AGENT",
    port_mapper: PortMapper::Portmap,
    inner_devices: &[],
    pods_on_node_network: false,
};
