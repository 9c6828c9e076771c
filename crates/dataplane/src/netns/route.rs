//! Routing tables, as `ip route` prints them, worked out for one destination.

use std::net::IpAddr;

use ipnet::IpNet;
use manifest::ObjectRef;
use trace::Line;

use super::{Between, Gateway, MissingPod, NodeInfo, PodSide, Profile, suffix};

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
    /// The network of all Pods.
    pub pod_network: Option<IpNet>,
    /// Other nodes, for the table's other lines.
    pub others: Vec<&'a NodeInfo>,
    /// The network between the nodes.
    pub link: IpNet,
    /// The router on it.
    pub router: IpAddr,
}

/// The route of a node to a destination.
pub(crate) fn node_routes(question: &NodeQuestion<'_>, profile: &Profile) -> Route {
    let NodeQuestion { node, destination, owner, pod, pod_network, others, link, router } =
        question;
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
    let is_own = owner.is_some_and(|owner| owner.name == node.name);
    let mut table = Table { lines: Vec::new(), wanted: None };
    table.add(RouteKind::Default, format!("default via {router} dev eth0"), false);
    if let (Some(bridge), Some(network)) = (profile.spanning_bridge(), pod_network) {
        let gateway = node.first_address(ipv6).unwrap_or(own);
        let kind = if owner.is_some() && !is_own { RouteKind::ToNode } else { RouteKind::ToPod };
        let text = format!("{network} dev {bridge} proto kernel scope link src {gateway}");
        table.add(kind, text, network.contains(destination));
    } else {
        let mut nodes: Vec<&&NodeInfo> = others.iter().take(ROUTES_SHOWN).collect();
        if let Some(owner) = owner
            && !is_own
            && !nodes.iter().any(|other| other.name == owner.name)
        {
            nodes.push(owner);
        }
        for other in nodes {
            if let Some((text, ..)) = to_node(node, other, ipv6, profile) {
                let is_wanted = owner.is_some_and(|owner| owner.name == other.name);
                table.add(RouteKind::ToNode, text, is_wanted);
            }
        }
        if let Some(block) = node.pod_cidr(ipv6) {
            let pod = pod.filter(|_| is_own);
            own_block(&mut table, node, block, (*destination, pod), profile);
        }
    }
    if link.addr().is_ipv6() == ipv6 {
        let text = format!("{link} dev eth0 proto kernel scope link src {own}");
        let is_wanted = link.contains(destination) && table.wanted.is_none();
        table.add(RouteKind::OnLink, text, is_wanted);
    }
    let position = table.wanted.unwrap_or(0);
    let kind = table.lines[position].0;
    let (device, via, source) = match kind {
        RouteKind::ToNode if profile.spanning_bridge().is_some() => {
            let bridge = profile.spanning_bridge().unwrap_or("eth0");
            (bridge.to_owned(), None, node.first_address(ipv6))
        }
        RouteKind::ToNode => match owner.and_then(|owner| to_node(node, owner, ipv6, profile)) {
            Some((_, device, via)) => {
                let source = tunnel_source(node, ipv6, profile);
                (device.to_owned(), Some(via), source)
            }
            None => ("eth0".to_owned(), None, None),
        },
        RouteKind::ToPod => match (&profile.pod_side, pod) {
            (PodSide::Bridged { bridge, .. }, _) => {
                ((*bridge).to_owned(), None, node.first_address(ipv6))
            }
            (PodSide::Routed { .. }, Some(pod)) => {
                let source = profile.gateway_device().and_then(|_| node.first_address(ipv6));
                (host_device(pod, profile), None, source)
            }
            (PodSide::Routed { .. }, None) => {
                (profile.gateway_device().unwrap_or("lo").to_owned(), None, None)
            }
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
            lines: table.lines.into_iter().map(|(_, text)| text).collect(),
            position,
        },
    }
}

/// A table as it is written, and the line that matches.
struct Table {
    lines: Vec<(RouteKind, String)>,
    wanted: Option<usize>,
}

impl Table {
    fn add(&mut self, kind: RouteKind, text: String, is_wanted: bool) {
        if is_wanted {
            self.wanted = Some(self.lines.len());
        }
        self.lines.push((kind, text));
    }
}

/// The routes of a node to its own Pods.
fn own_block(
    table: &mut Table,
    node: &NodeInfo,
    block: IpNet,
    (destination, pod): (IpAddr, Option<&ObjectRef>),
    profile: &Profile,
) {
    let is_inside = block.contains(&destination);
    let first = node.first_address(block.addr().is_ipv6()).unwrap_or(destination);
    match profile.pod_side {
        PodSide::Bridged { bridge, .. } => {
            let text = format!("{block} dev {bridge} proto kernel scope link src {first}");
            table.add(RouteKind::ToPod, text, is_inside);
        }
        PodSide::Routed { gateway: Gateway::OfDevice(device), .. } => {
            let text = format!("{block} via {first} dev {device} proto kernel src {first}");
            table.add(RouteKind::ToPod, text, is_inside);
            let text = format!("{first} dev {device} proto kernel scope link");
            table.add(RouteKind::ToPod, text, false);
        }
        PodSide::Routed { gateway, .. } => {
            if profile.missing_pod == MissingPod::Blackhole {
                table.add(RouteKind::Blackhole, format!("blackhole {block} proto 80"), is_inside);
            }
            if let Some(pod) = pod {
                table.add(RouteKind::ToPod, to_pod(destination, pod, gateway, profile), true);
            }
        }
    }
}

/// The route of a node to one of its Pods that has a link of its own.
pub(crate) fn to_pod(
    address: IpAddr,
    pod: &ObjectRef,
    gateway: Gateway,
    profile: &Profile,
) -> String {
    let scope = if gateway == Gateway::OnEveryLink { "host" } else { "link" };
    format!("{address} dev {} scope {scope}", host_device(pod, profile))
}

/// The route of a Pod to a destination: the line in its table, and the next hop.
pub(crate) fn pod_routes(
    address: IpAddr,
    destination: IpAddr,
    node: &NodeInfo,
    pod_network: Option<IpNet>,
    profile: &Profile,
) -> (Line, Option<IpAddr>) {
    let ipv6 = address.is_ipv6();
    let gateway = profile.gateway(node, ipv6);
    let block = node.pod_cidr(ipv6);
    let via = gateway.map_or_else(|| "link".to_owned(), |gateway| gateway.to_string());
    let mut lines = vec![format!("default via {via} dev eth0")];
    let mut position = 0;
    let mut next = gateway;
    let mut add = |network: IpNet, text: String, on_link: bool| {
        if network.contains(&destination) {
            position = lines.len();
            next = gateway.filter(|_| !on_link);
        }
        lines.push(text);
    };
    match profile.pod_side {
        PodSide::Bridged { spans_nodes, .. } => {
            if let Some(network) = pod_network.filter(|_| !spans_nodes) {
                add(network, format!("{network} via {via} dev eth0"), false);
            }
            if let Some(link) = if spans_nodes { pod_network } else { block } {
                let text = format!("{link} dev eth0 proto kernel scope link src {address}");
                add(link, text, true);
            }
        }
        PodSide::Routed { gateway: Gateway::OnEveryLink, .. } => {
            if let Some(block) = block {
                add(block, format!("{block} via {via} dev eth0 src {address}"), false);
            }
            lines.push(format!("{via} dev eth0 scope link src {address}"));
        }
        PodSide::Routed { gateway: Gateway::Answered { .. }, .. } => {
            lines.push(format!("{via} dev eth0 scope link"));
        }
        PodSide::Routed { gateway: Gateway::OfDevice(_), .. } => {
            lines[0] += &format!(" mtu {}", profile.mtu);
            lines.push(format!("{via} dev eth0 scope link"));
        }
    }
    (Line { table: "main".into(), lines, position }, next)
}

/// The host end of a Pod's veth pair: `veth1a2b3c4d`, `cali1a2b3c4d5e6`.
pub(crate) fn host_device(pod: &ObjectRef, profile: &Profile) -> String {
    match profile.pod_side {
        PodSide::Bridged { prefix, .. } => format!("{prefix}{}", suffix(pod, 8)),
        PodSide::Routed { prefix, digits, .. } => format!("{prefix}{}", suffix(pod, digits)),
    }
}

/// The route to another node's Pods: its text, device and next hop. Where Pods have addresses of the
/// nodes' network, the router there knows the way.
fn to_node(
    node: &NodeInfo,
    other: &NodeInfo,
    ipv6: bool,
    profile: &Profile,
) -> Option<(String, &'static str, IpAddr)> {
    if profile.pods_on_node_network {
        return None;
    }
    let block = other.pod_cidr(ipv6)?;
    let remote = other.address(ipv6)?;
    Some(match (&profile.between, profile.tunnel(other, ipv6)) {
        (Between::Vxlan { .. }, Some((device, via))) => {
            (format!("{block} via {via} dev {device} onlink"), device, via)
        }
        (Between::Vxlan { device, .. }, None) => {
            let via = profile.gateway(node, ipv6)?;
            let own = profile.gateway_device().unwrap_or(device);
            let mtu = profile.mtu;
            let text = format!("{block} via {via} dev {own} proto kernel src {via} mtu {mtu}");
            (text, device, via)
        }
        (Between::IpInIp { device }, _) => {
            (format!("{block} via {remote} dev {device} proto bird onlink"), device, remote)
        }
        (Between::Direct, _) => {
            // Where a blackhole covers the node's own block, BGP has spread the others.
            let by = if profile.missing_pod == MissingPod::Blackhole { " proto bird" } else { "" };
            (format!("{block} via {remote} dev eth0{by}"), "eth0", remote)
        }
    })
}

/// The address a local process gets towards other nodes' Pods.
fn tunnel_source(node: &NodeInfo, ipv6: bool, profile: &Profile) -> Option<IpAddr> {
    match (&profile.between, profile.tunnel(node, ipv6)) {
        (Between::Direct, _) => node.address(ipv6),
        (_, Some((_, address))) => Some(address),
        (_, None) => profile.gateway(node, ipv6),
    }
}

fn local_device(node: &NodeInfo, address: IpAddr, profile: &Profile) -> &'static str {
    let ipv6 = address.is_ipv6();
    match (profile.gateway_device(), profile.tunnel(node, ipv6)) {
        (Some(device), _) if node.first_address(ipv6) == Some(address) => device,
        (_, Some((device, own))) if own == address => device,
        _ => "eth0",
    }
}
