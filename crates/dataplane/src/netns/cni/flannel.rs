//! Flannel: a bridge on every node, and VXLAN or plain routes between them.
//!
//! Models `flannel-io/flannel` `pkg/backend/vxlan`, `hostgw` and the CNI plugins `flannel` and `bridge`
//! it delegates to, with `hairpinMode: true`. flanneld does not enforce NetworkPolicies.

use super::{Between, MissingPod, PodSide, PortMapper, Profile};

pub(super) const VXLAN: Profile = Profile {
    key: "flannel-vxlan",
    name: "Flannel",
    pod_side: PodSide::Bridged { bridge: "cni0", prefix: "veth", spans_nodes: false },
    between: Between::Vxlan { device: "flannel.1", port: 8472, vni: 1 },
    mtu: 1450,
    enforces_policy: false,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "FLANNEL-POSTRTG",
    port_mapper: PortMapper::Portmap,
    inner_devices: &[],
    pods_on_node_network: false,
};

pub(super) const HOST_GATEWAY: Profile =
    Profile { key: "flannel-host-gw", between: Between::Direct, mtu: 1500, ..VXLAN };
