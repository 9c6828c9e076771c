//! AWS VPC CNI: Pods have addresses of the VPC itself; nothing is put around their packets.
//!
//! Models `aws/amazon-vpc-cni-k8s`: a static neighbour for 169.254.1.1, and jumbo frames of 9001 bytes.
//! Policies need its optional agent, which is off here as it is by default.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Between, Gateway, MissingPod, PodSide, PortMapper, Profile};

pub(super) const SECONDARY_ADDRESSES: Profile = Profile {
    key: "aws-vpc",
    name: "AWS VPC CNI",
    pod_side: PodSide::Routed {
        prefix: "eni",
        digits: 11,
        gateway: Gateway::Answered {
            v4: Ipv4Addr::new(169, 254, 1, 1),
            v6: Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1),
            is_permanent: true,
        },
        mac: None,
    },
    between: Between::Direct,
    mtu: 9001,
    enforces_policy: false,
    missing_pod: MissingPod::HostUnreachable,
    socket_load_balancer: false,
    masquerade_chain: "AWS-SNAT-CHAIN-0",
    port_mapper: PortMapper::Portmap,
    inner_devices: &[],
    pods_on_node_network: true,
};
