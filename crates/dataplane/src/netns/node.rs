//! What the network knows of one node.

use std::net::IpAddr;

use ipnet::IpNet;
use k8s_openapi::api::core::v1::Node;

use super::{Gateway, PodSide, Profile};

/// A node's place in the network.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeInfo {
    /// Its name.
    pub name: String,
    /// Its addresses on the network between the nodes, its own first.
    pub addresses: Vec<IpAddr>,
    /// Its share of the Pod network, one block of each family.
    pub pod_cidrs: Vec<IpNet>,
    /// Label `topology.kubernetes.io/zone`.
    pub zone: Option<String>,
}

impl NodeInfo {
    /// Reads a Node object.
    pub fn read(node: &Node) -> Self {
        let name = node.metadata.name.clone().unwrap_or_default();
        let status = node.status.clone().unwrap_or_default();
        let addresses = status.addresses.unwrap_or_default();
        let of_type = |kind: &'static str| {
            addresses
                .iter()
                .filter(move |address| address.type_ == kind)
                .filter_map(|address| address.address.parse().ok())
        };
        let spec = node.spec.clone().unwrap_or_default();
        let blocks = spec.pod_cidrs.unwrap_or_default();
        let pod_cidrs = if blocks.is_empty() {
            spec.pod_cidr.iter().filter_map(|block| block.parse().ok()).collect()
        } else {
            blocks.iter().filter_map(|block| block.parse().ok()).collect()
        };
        Self {
            name,
            addresses: of_type("InternalIP").chain(of_type("ExternalIP")).collect(),
            pod_cidrs,
            zone: node
                .metadata
                .labels
                .as_ref()
                .and_then(|labels| labels.get("topology.kubernetes.io/zone"))
                .cloned(),
        }
    }

    /// Its first address of a family.
    pub fn address(&self, ipv6: bool) -> Option<IpAddr> {
        self.addresses.iter().copied().find(|address| address.is_ipv6() == ipv6)
    }

    /// Its block of Pod addresses of a family.
    pub fn pod_cidr(&self, ipv6: bool) -> Option<IpNet> {
        self.pod_cidrs.iter().copied().find(|block| block.addr().is_ipv6() == ipv6)
    }

    /// The first address of its block after the block's own: that of its bridge, mostly.
    pub fn first_address(&self, ipv6: bool) -> Option<IpAddr> {
        let block = self.pod_cidr(ipv6)?;
        Some(match block.network() {
            IpAddr::V4(first) => IpAddr::V4((u32::from(first) + 1).into()),
            IpAddr::V6(first) => IpAddr::V6((u128::from(first) + 1).into()),
        })
    }

    /// Every address that the node itself answers for under a plugin.
    pub fn own_addresses(&self, profile: &Profile) -> Vec<IpAddr> {
        let mut all = self.addresses.clone();
        for ipv6 in [false, true] {
            match profile.pod_side {
                PodSide::Routed { gateway: Gateway::Answered { .. }, .. } => {}
                PodSide::Routed {
                    gateway: Gateway::OnEveryLink | Gateway::OfDevice(_), ..
                }
                | PodSide::Bridged { .. } => all.extend(self.first_address(ipv6)),
            }
            all.extend(profile.tunnel(self, ipv6).map(|(_, address)| address));
        }
        all
    }
}
