//! Routing tables, as `ip route` prints them, worked out for one destination.

use std::net::IpAddr;

use ipnet::IpNet;
use manifest::ObjectRef;
use trace::Line;

use super::{Between, MissingPod, NodeInfo, PodSide, Profile, suffix};

/// Of a longer table only so many routes to other nodes are shown, and the one that matched.
pub(crate) const ROUTES_SHOWN: usize = 8;

/// What a route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteKind {
    /// To a process here.
    Local,
    /// To a Pod of this node.
    ToPod,
    /// To another node's Pods.
    ToNode,
    /// On the network between the nodes.
    OnLink,
    /// To the router.
    Default,
    /// To nowhere.
    Blackhole,
}

/// The route that matched.
#[derive(Clone, Debug)]
pub struct Route {
    /// What it does.
    pub kind: RouteKind,
    /// The device it leads out of.
    pub device: String,
    /// The next hop, if it is not the destination itself.
    pub via: Option<IpAddr>,
    /// The address that a local process gets for this route.
    pub source: Option<IpAddr>,
    /// The node that it leads to.
    pub node: Option<String>,
    /// The route in its table.
    pub line: Line,
}

impl Route {
    /// To an address of IPVS's dummy device, which every node has for itself.
    pub(crate) fn to_dummy(destination: IpAddr) -> Self {
        let text =
            format!("local {destination} dev kube-ipvs0 proto kernel scope host src {destination}");
        Self {
            kind: RouteKind::Local,
            device: "lo".into(),
            via: None,
            source: Some(destination),
            node: None,
            line: Line { table: "local".into(), lines: vec![text], position: 0 },
        }
    }
}

/// What a node's routing table says about a destination.
pub(crate) struct NodeQuestion<'a> {
    /// The node.
    pub node: &'a NodeInfo,
    /// Where to.
    pub destination: IpAddr,
    /// The node whose Pod block holds the destination.
    pub owner: Option<&'a NodeInfo>,
    /// The Pod that has the destination.
    pub pod: Option<&'a ObjectRef>,
    /// Other nodes, for the table's other lines.
    pub others: Vec<&'a NodeInfo>,
    /// The network between the nodes.
    pub link: IpNet,
    /// The router on it.
    pub router: IpAddr,
}

/// The route of a node to a destination.
pub(crate) fn node_routes(question: &NodeQuestion<'_>, profile: &Profile) -> Route {
    let NodeQuestion { node, destination, owner, pod, others, link, router } = question;
    let ipv6 = destination.is_ipv6();
    let own = node.address(ipv6).unwrap_or(*destination);
    if node.own_addresses(profile).contains(destination) || destination.is_loopback() {
        let device = if destination.is_loopback() {
            "lo"
        } else {
            local_device(node, *destination, profile)
        };
        let line =
            format!("local {destination} dev {device} proto kernel scope host src {destination}");
        return Route {
            kind: RouteKind::Local,
            device: "lo".into(),
            via: None,
            source: Some(*destination),
            node: None,
            line: Line { table: "local".into(), lines: vec![line], position: 0 },
        };
    }
    let mut lines = vec![(RouteKind::Default, format!("default via {router} dev eth0"))];
    let mut wanted = None;
    let mut nodes: Vec<&&NodeInfo> = others.iter().take(ROUTES_SHOWN).collect();
    if let Some(owner) = owner
        && owner.name != node.name
        && !nodes.iter().any(|other| other.name == owner.name)
    {
        nodes.push(owner);
    }
    for other in nodes {
        if let Some((text, ..)) = to_node(other, ipv6, profile) {
            if owner.is_some_and(|owner| owner.name == other.name) {
                wanted = Some(lines.len());
            }
            lines.push((RouteKind::ToNode, text));
        }
    }
    let mut missing = false;
    if let Some(block) = node.pod_cidr(ipv6) {
        match profile.pod_side {
            PodSide::Bridged { bridge, .. } => {
                if block.contains(destination) {
                    wanted = Some(lines.len());
                }
                let gateway = node.bridge_address(ipv6).unwrap_or(own);
                lines.push((
                    RouteKind::ToPod,
                    format!("{block} dev {bridge} proto kernel scope link src {gateway}"),
                ));
            }
            PodSide::Routed { .. } => {
                if profile.missing_pod == MissingPod::Blackhole {
                    if block.contains(destination) {
                        wanted = Some(lines.len());
                        missing = true;
                    }
                    lines.push((RouteKind::Blackhole, format!("blackhole {block} proto 80")));
                } else if block.contains(destination) && pod.is_none() {
                    missing = true;
                }
                if let Some(pod) = pod
                    && owner.is_some_and(|owner| owner.name == node.name)
                {
                    wanted = Some(lines.len());
                    missing = false;
                    let device = host_device(pod, profile);
                    lines
                        .push((RouteKind::ToPod, format!("{destination} dev {device} scope link")));
                }
            }
        }
    }
    if link.contains(destination) && wanted.is_none() {
        wanted = Some(lines.len());
    }
    if link.addr().is_ipv6() == ipv6 {
        lines.push((
            RouteKind::OnLink,
            format!("{link} dev eth0 proto kernel scope link src {own}"),
        ));
    }
    let position = wanted.unwrap_or(0);
    let kind = if missing && profile.missing_pod == MissingPod::Blackhole {
        RouteKind::Blackhole
    } else {
        lines[position].0
    };
    let (device, via, source) = match kind {
        RouteKind::ToNode => match owner.and_then(|owner| to_node(owner, ipv6, profile)) {
            Some((_, device, via)) => {
                (device.to_owned(), Some(via), tunnel_source(node, ipv6, profile))
            }
            None => ("eth0".to_owned(), None, None),
        },
        RouteKind::ToPod => match (&profile.pod_side, pod) {
            (PodSide::Bridged { bridge, .. }, _) => {
                ((*bridge).to_owned(), None, node.bridge_address(ipv6))
            }
            (PodSide::Routed { .. }, Some(pod)) => (host_device(pod, profile), None, None),
            (PodSide::Routed { .. }, None) => ("lo".to_owned(), None, None),
        },
        RouteKind::OnLink => ("eth0".to_owned(), None, None),
        RouteKind::Default => ("eth0".to_owned(), Some(*router), None),
        RouteKind::Local | RouteKind::Blackhole => ("lo".to_owned(), None, None),
    };
    Route {
        kind,
        device,
        via,
        source: source.or(Some(own)),
        node: owner.map(|owner| owner.name.clone()),
        line: Line {
            table: "main".into(),
            lines: lines.into_iter().map(|(_, text)| text).collect(),
            position,
        },
    }
}

/// The route of a Pod to a destination: the line in its table, and the next hop.
pub(crate) fn pod_routes(
    address: IpAddr,
    destination: IpAddr,
    node: &NodeInfo,
    pod_network: Option<IpNet>,
    profile: &Profile,
) -> (Line, Option<IpAddr>) {
    match profile.pod_side {
        PodSide::Bridged { .. } => {
            let gateway = node.bridge_address(address.is_ipv6());
            let block = node.pod_cidr(address.is_ipv6());
            let via = gateway.map_or_else(|| "link".to_owned(), |gateway| gateway.to_string());
            let mut lines = vec![format!("default via {via} dev eth0")];
            let mut position = 0;
            if let Some(network) = pod_network {
                if network.contains(&destination) {
                    position = lines.len();
                }
                lines.push(format!("{network} via {via} dev eth0"));
            }
            let mut next = gateway;
            if let Some(block) = block {
                if block.contains(&destination) {
                    position = lines.len();
                    next = None;
                }
                lines.push(format!("{block} dev eth0 proto kernel scope link src {address}"));
            }
            (Line { table: "main".into(), lines, position }, next)
        }
        PodSide::Routed { gateway, .. } => {
            let lines = vec![
                format!("default via {gateway} dev eth0"),
                format!("{gateway} dev eth0 scope link"),
            ];
            let line = Line { table: "main".into(), lines, position: 0 };
            (line, Some(IpAddr::V4(gateway)))
        }
    }
}

/// The host end of a Pod's veth pair: `veth1a2b3c4d`, `cali1a2b3c4d5e6`.
pub(crate) fn host_device(pod: &ObjectRef, profile: &Profile) -> String {
    match profile.pod_side {
        PodSide::Bridged { prefix, .. } => format!("{prefix}{}", suffix(pod, 8)),
        PodSide::Routed { prefix, digits, .. } => format!("{prefix}{}", suffix(pod, digits)),
    }
}

/// The route to another node's Pods: its text, device and next hop.
fn to_node(
    other: &NodeInfo,
    ipv6: bool,
    profile: &Profile,
) -> Option<(String, &'static str, IpAddr)> {
    let block = other.pod_cidr(ipv6)?;
    let node = other.address(ipv6)?;
    Some(match profile.between {
        Between::Vxlan { device, .. } => {
            let via = other.tunnel_address(ipv6)?;
            (format!("{block} via {via} dev {device} onlink"), device, via)
        }
        Between::IpInIp { device } => {
            (format!("{block} via {node} dev {device} proto bird onlink"), device, node)
        }
        Between::Direct => (format!("{block} via {node} dev eth0"), "eth0", node),
    })
}

/// The address a local process gets towards other nodes' Pods.
fn tunnel_source(node: &NodeInfo, ipv6: bool, profile: &Profile) -> Option<IpAddr> {
    match profile.between {
        Between::Vxlan { .. } | Between::IpInIp { .. } => node.tunnel_address(ipv6),
        Between::Direct => node.address(ipv6),
    }
}

fn local_device(node: &NodeInfo, address: IpAddr, profile: &Profile) -> &'static str {
    let ipv6 = address.is_ipv6();
    if let PodSide::Bridged { bridge, .. } = profile.pod_side
        && node.bridge_address(ipv6) == Some(address)
    {
        return bridge;
    }
    match profile.between {
        Between::Vxlan { device, .. } | Between::IpInIp { device }
            if node.tunnel_address(ipv6) == Some(address) =>
        {
            device
        }
        Between::Vxlan { .. } | Between::IpInIp { .. } | Between::Direct => "eth0",
    }
}
