//! What `ip` shows in a network namespace: devices with their addresses, routes and neighbours.
//!
//! Worked out when someone looks, from the same profile, routes and hardware addresses that packets
//! meet. Neighbours are those that the connections still remembered by the node have needed.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};
use std::time::Duration;

use ipnet::IpNet;
use manifest::ObjectRef;
use packet::{Mac, Time};
use trace::Place;

use super::{Network, Owner};
use crate::netns::{
    Between, Cni, Device, Gateway, NodeInfo, PodSide, Profile, RouteKind, host_device, mac,
    pod_routes, to_pod,
};
use crate::proxy::ProxyMode;

/// How long the kernel takes a neighbour for reachable without asking again.
const REACHABLE: Duration = Duration::from_secs(30);
/// Numbers of devices up to here are the node's own; its Pods' follow.
const FIRST_POD_LINK: u32 = 10;

/// What a namespace holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Namespace {
    /// Its devices, by number.
    pub links: Vec<Link>,
    /// Its main routing table, of both families, the default route first.
    pub routes: Vec<(bool, String)>,
    /// Its neighbours, as `ip neigh` writes them.
    pub neighbours: Vec<(bool, String)>,
}

/// A device.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Its number.
    pub number: u32,
    /// `eth0`.
    pub name: String,
    /// The other end of its pair: `if7` in another namespace, a name in the same.
    pub peer: Option<String>,
    /// The bridge it is a port of.
    pub master: Option<&'static str>,
    /// The largest packet it takes.
    pub mtu: u32,
    /// What it is.
    pub kind: LinkKind,
    /// Its addresses.
    pub addresses: Vec<(IpNet, Scope)>,
}

/// What a device is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// `lo`.
    Loopback,
    /// A device with a hardware address.
    Ethernet(Mac),
    /// A dummy device, which is never up by itself.
    Dummy(Mac),
    /// An IP in IP tunnel.
    IpInIp,
}

/// How far an address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In this namespace.
    Host,
    /// On the link.
    Link,
    /// Everywhere.
    Global,
}

impl Network {
    /// What `ip` shows at a place: in a Pod, or on a node for what runs on its network.
    pub fn namespace(&self, place: &Place, now: Time) -> Option<Namespace> {
        match self.namespace_of(place) {
            Place::Pod(pod) => self.pod_namespace(&pod, now),
            Place::Node(name) => Some(self.node_namespace(self.node(&name)?, now)),
            Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => None,
        }
    }

    fn pod_namespace(&self, pod: &ObjectRef, now: Time) -> Option<Namespace> {
        let profile = self.config.cni.profile()?;
        let node = self.node(super::node_of(self.pod(pod)?))?;
        let own = super::pod_addresses(self.pod(pod)?);
        let first = *own.first()?;
        let hardware = mac(Device::Pod(pod), profile);
        let addresses = own.iter().map(|address| {
            let full = if address.is_ipv6() { 128 } else { 32 };
            let block = match profile.pod_side {
                PodSide::Bridged { spans_nodes: true, .. } => self.pod_network(address.is_ipv6()),
                PodSide::Bridged { spans_nodes: false, .. }
                | PodSide::Routed { gateway: Gateway::OnEveryLink, .. } => {
                    node.pod_cidr(address.is_ipv6())
                }
                PodSide::Routed {
                    gateway: Gateway::Answered { .. } | Gateway::OfDevice(_),
                    ..
                } => None,
            };
            (net(*address, block.map_or(full, |block| block.prefix_len())), Scope::Global)
        });
        let eth0 = Link {
            number: 2,
            name: "eth0".into(),
            peer: Some(format!("if{}", pod_link_number(node, first))),
            master: None,
            mtu: self.device_mtu(profile),
            kind: LinkKind::Ethernet(hardware),
            addresses: addresses.chain([link_local(hardware)]).collect(),
        };
        let routes = own.iter().flat_map(|address| {
            let network = self.pod_network(address.is_ipv6());
            let (line, _) = pod_routes(*address, *address, node, network, profile);
            line.lines.into_iter().map(|text| (address.is_ipv6(), text))
        });
        let routes = routes.collect();
        let neighbours = self.pod_neighbours(pod, &own, node, profile, now);
        Some(Namespace { links: vec![loopback(), eth0], routes, neighbours })
    }

    /// The next hops that the Pod's remembered connections have needed, each with its state.
    fn pod_neighbours(
        &self,
        pod: &ObjectRef,
        own: &[IpAddr],
        node: &NodeInfo,
        profile: &Profile,
        now: Time,
    ) -> Vec<(bool, String)> {
        let mut found: BTreeMap<IpAddr, Time> = BTreeMap::new();
        for entry in self.connections(&node.name, now) {
            let ends = [
                (entry.original.source, entry.original.destination),
                (entry.reply.source, entry.reply.destination),
            ];
            for (address, peer) in ends.into_iter().filter(|(address, _)| own.contains(address)) {
                let network = self.pod_network(address.is_ipv6());
                let (_, via) = pod_routes(address, peer, node, network, profile);
                let used = found.entry(via.unwrap_or(peer)).or_insert(entry.used());
                *used = (*used).max(entry.used());
            }
        }
        if profile.knows_gateway() {
            let families = own.iter().filter_map(|own| profile.gateway(node, own.is_ipv6()));
            found.extend(families.map(|gateway| (gateway, now)));
        }
        let lines = found.into_iter().filter_map(|(address, used)| {
            let hardware = match profile.pod_side {
                PodSide::Routed { .. } => mac(Device::Veth(pod), profile),
                PodSide::Bridged { bridge, .. } => match self.owner(address)? {
                    Owner::Node(name) => mac(Device::Node(name, bridge), profile),
                    Owner::Pod(peer, _) => mac(Device::Pod(peer), profile),
                    Owner::LoadBalancer(_) => return None,
                },
            };
            let state = if profile.knows_gateway() { "PERMANENT" } else { state(used, now) };
            Some(neighbour(address, "eth0", hardware, state))
        });
        lines.collect()
    }

    fn node_namespace(&self, node: &NodeInfo, now: Time) -> Namespace {
        let profile = self.profile();
        let uplink = LinkKind::Ethernet(mac(Device::Node(&node.name, "eth0"), profile));
        let own = node.addresses.iter();
        let addresses = own.map(|own| net(*own, self.node_network(own.is_ipv6()).prefix_len()));
        let eth0 = Link {
            number: 2,
            mtu: uplink_mtu(profile),
            addresses: addresses.map(|own| (own, Scope::Global)).collect(),
            ..link("eth0", uplink)
        };
        let mut links = vec![loopback(), eth0];
        if self.config.cni != Cni::None {
            self.plugin_links(node, profile, &mut links);
        }
        if self.proxy_mode() == ProxyMode::Ipvs {
            links.push(self.virtual_addresses(node, profile));
        }
        for (number, link) in (1..).zip(&mut links) {
            link.number = number;
        }
        let pods = self.pods_on(&node.name);
        links.extend(pods.iter().map(|(pod, own)| self.host_end(node, pod, own, profile)));
        links.iter_mut().for_each(add_link_local);
        links.sort_unstable_by_key(|link| link.number);
        let families = [false, true].into_iter().filter(|ipv6| node.address(*ipv6).is_some());
        let routes = families.flat_map(|ipv6| self.node_routes(node, ipv6, &pods, profile));
        let routes = routes.collect();
        Namespace { links, routes, neighbours: self.node_neighbours(node, profile, now) }
    }

    /// The devices that the plugin makes on a node, without its Pods' own.
    fn plugin_links(&self, node: &NodeInfo, profile: &Profile, links: &mut Vec<Link>) {
        let mtu = u32::from(profile.mtu);
        let hardware =
            |name: &str| LinkKind::Ethernet(mac(Device::Node(&node.name, name), profile));
        let first = |spans: bool| {
            let own = [false, true].into_iter().filter_map(|ipv6| node.first_address(ipv6));
            own.map(move |address| {
                let block = if spans { self.pod_network(address.is_ipv6()) } else { None };
                let block = block.or(node.pod_cidr(address.is_ipv6()));
                (net(address, block.map_or(32, |block| block.prefix_len())), Scope::Global)
            })
        };
        match profile.between {
            Between::Vxlan { device, .. } | Between::IpInIp { device } => {
                let own = [false, true].into_iter().filter_map(|ipv6| profile.tunnel(node, ipv6));
                let addresses = own.map(|(_, address)| (host(address), Scope::Global)).collect();
                let kind = match profile.between {
                    Between::IpInIp { .. } => LinkKind::IpInIp,
                    Between::Vxlan { .. } | Between::Direct => hardware(device),
                };
                links.push(Link { mtu, addresses, ..link(device, kind) });
            }
            Between::Direct => {}
        }
        let port_of = match profile.pod_side {
            PodSide::Bridged { bridge, spans_nodes, .. } => {
                let addresses = first(spans_nodes).collect();
                links.push(Link { mtu, addresses, ..link(bridge, hardware(bridge)) });
                Some(bridge)
            }
            PodSide::Routed { .. } => None,
        };
        for (name, peer, is_port) in profile.inner_devices {
            let holds_gateway = profile.gateway_device() == Some(name);
            let own = first(false).filter(|_| holds_gateway);
            links.push(Link {
                peer: peer.map(str::to_owned),
                master: port_of.filter(|_| *is_port),
                mtu: if port_of.is_some() { mtu } else { uplink_mtu(profile) },
                addresses: own.map(|(net, scope)| (host(net.addr()), scope)).collect(),
                ..link(name, hardware(name))
            });
        }
    }

    /// The dummy device on which IPVS keeps every address of a Service.
    fn virtual_addresses(&self, node: &NodeInfo, profile: &Profile) -> Link {
        let services = self.services_at(&node.name);
        let ports = services.ports(false).chain(services.ports(true));
        let all: BTreeSet<IpAddr> = ports
            .flat_map(|port| {
                let outside = port.external_ips.iter().chain(&port.load_balancer_ips);
                outside.copied().chain([port.cluster_ip])
            })
            .collect();
        let kind = LinkKind::Dummy(mac(Device::Node(&node.name, "kube-ipvs0"), profile));
        let addresses = all.into_iter().map(|address| (host(address), Scope::Global)).collect();
        Link { addresses, ..link("kube-ipvs0", kind) }
    }

    /// The Pods of a node that have a namespace of their own, with their addresses.
    fn pods_on(&self, node: &str) -> BTreeMap<ObjectRef, Vec<IpAddr>> {
        let mut pods: BTreeMap<ObjectRef, Vec<IpAddr>> = BTreeMap::new();
        for (address, owner) in self.owners.iter().filter(|_| self.config.cni != Cni::None) {
            if let Owner::Pod(pod, on) = owner
                && on == node
            {
                pods.entry(pod.clone()).or_default().push(*address);
            }
        }
        pods
    }

    /// The node's end of a Pod's veth pair.
    fn host_end(
        &self,
        node: &NodeInfo,
        pod: &ObjectRef,
        own: &[IpAddr],
        profile: &Profile,
    ) -> Link {
        let (master, on_link) = match profile.pod_side {
            PodSide::Bridged { bridge, .. } => (Some(bridge), false),
            PodSide::Routed { gateway, .. } => (None, gateway == Gateway::OnEveryLink),
        };
        let gateways = own.iter().filter_map(|own| profile.gateway(node, own.is_ipv6()));
        let gateways = gateways.filter(|_| on_link);
        Link {
            number: own.first().map_or(FIRST_POD_LINK, |first| pod_link_number(node, *first)),
            peer: Some("if2".into()),
            master,
            mtu: self.device_mtu(profile),
            addresses: gateways.map(|gateway| (host(gateway), Scope::Global)).collect(),
            ..link(&host_device(pod, profile), LinkKind::Ethernet(mac(Device::Veth(pod), profile)))
        }
    }

    /// A node's routing table of a family, by destination.
    fn node_routes(
        &self,
        node: &NodeInfo,
        ipv6: bool,
        pods: &BTreeMap<ObjectRef, Vec<IpAddr>>,
        profile: &Profile,
    ) -> Vec<(bool, String)> {
        let mut lines = self.route(node, self.router(ipv6), profile).line.lines;
        if let PodSide::Routed { gateway, .. } = profile.pod_side
            && !matches!(gateway, Gateway::OfDevice(_))
        {
            for (pod, own) in pods {
                let own = own.iter().filter(|own| own.is_ipv6() == ipv6);
                lines.extend(own.map(|address| to_pod(*address, pod, gateway, profile)));
            }
        }
        lines.sort_by_cached_key(|line| {
            let target =
                line.trim_start_matches("blackhole ").split(' ').next().unwrap_or_default();
            let network = target.parse::<IpNet>().or_else(|_| target.parse().map(host));
            network.ok().map(|network| (network.addr(), network.prefix_len()))
        });
        lines.into_iter().map(|line| (ipv6, line)).collect()
    }

    /// What the node's remembered connections and its tunnel have needed.
    fn node_neighbours(
        &self,
        node: &NodeInfo,
        profile: &Profile,
        now: Time,
    ) -> Vec<(bool, String)> {
        let mut found: BTreeMap<(IpAddr, String), (Mac, Option<Time>)> = BTreeMap::new();
        for peer in self.nodes().filter(|peer| peer.name != node.name) {
            for (device, address) in
                [false, true].into_iter().filter_map(|ipv6| profile.tunnel(peer, ipv6))
            {
                if let Between::Vxlan { .. } = profile.between {
                    let hardware = mac(Device::Node(&peer.name, device), profile);
                    found.insert((address, device.to_owned()), (hardware, None));
                }
            }
        }
        for entry in self.connections(&node.name, now) {
            for end in [entry.reply.source, entry.reply.destination, entry.original.source] {
                if let Some((address, device, hardware)) = self.next_hop(node, end, profile) {
                    let known =
                        found.entry((address, device)).or_insert((hardware, Some(entry.used())));
                    known.1 = known.1.map(|used| used.max(entry.used()));
                }
            }
        }
        let lines = found.into_iter().map(|((address, device), (hardware, used))| {
            let state = used.map_or("PERMANENT", |used| state(used, now));
            neighbour(address, &device, hardware, state)
        });
        lines.collect()
    }

    /// Whom a node asks for on a link to send to an address.
    fn next_hop(
        &self,
        node: &NodeInfo,
        destination: IpAddr,
        profile: &Profile,
    ) -> Option<(IpAddr, String, Mac)> {
        let route = self.route(node, destination, profile);
        let on_wire = |next: IpAddr| {
            let hardware = match self.owner(next) {
                Some(Owner::Node(name)) => mac(Device::Node(name, "eth0"), profile),
                Some(Owner::Pod(..) | Owner::LoadBalancer(_)) | None => {
                    mac(Device::Router, profile)
                }
            };
            Some((next, "eth0".to_owned(), hardware))
        };
        match route.kind {
            RouteKind::ToPod => match self.owner(destination)? {
                Owner::Pod(pod, _) => {
                    let device = match profile.pod_side {
                        PodSide::Bridged { bridge, .. } => bridge.to_owned(),
                        PodSide::Routed { .. } => host_device(pod, profile),
                    };
                    Some((destination, device, mac(Device::Pod(pod), profile)))
                }
                Owner::Node(_) | Owner::LoadBalancer(_) => None,
            },
            RouteKind::ToNode => {
                on_wire(self.node(route.node.as_deref()?)?.address(destination.is_ipv6())?)
            }
            RouteKind::OnLink => on_wire(destination),
            RouteKind::Default => on_wire(route.via?),
            RouteKind::Local | RouteKind::Blackhole => None,
        }
    }

    /// What a Pod's device itself takes; where the route says less, a packet never fills it.
    fn device_mtu(&self, profile: &Profile) -> u32 {
        let plugin = match profile.pod_side {
            PodSide::Routed { gateway: Gateway::OfDevice(_), .. } => uplink_mtu(profile),
            PodSide::Routed { .. } | PodSide::Bridged { .. } => u32::from(profile.mtu),
        };
        self.faults.pod_mtu.map_or(plugin, u32::from)
    }
}

/// A device with this name and nothing else.
fn link(name: &str, kind: LinkKind) -> Link {
    Link {
        number: 0,
        name: name.to_owned(),
        peer: None,
        master: None,
        mtu: 1500,
        kind,
        addresses: Vec::new(),
    }
}

fn loopback() -> Link {
    let own = [IpAddr::from([127, 0, 0, 1]), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let addresses = own.map(|own| (net(own, if own.is_ipv6() { 128 } else { 8 }), Scope::Host));
    Link { number: 1, mtu: 65536, addresses: addresses.to_vec(), ..link("lo", LinkKind::Loopback) }
}

/// The address that the kernel gives a device by its hardware address.
fn link_local(Mac(m): Mac) -> (IpNet, Scope) {
    let pair = |high: u8, low: u8| u16::from_be_bytes([high, low]);
    let own = [pair(m[0] ^ 2, m[1]), pair(m[2], 0xff), pair(0xfe, m[3]), pair(m[4], m[5])];
    let address = Ipv6Addr::new(0xfe80, 0, 0, 0, own[0], own[1], own[2], own[3]);
    (net(IpAddr::V6(address), 64), Scope::Link)
}

/// A port of a bridge has it too; only a dummy and a tunnel that carries IP alone do not.
fn add_link_local(link: &mut Link) {
    if let LinkKind::Ethernet(hardware) = link.kind {
        link.addresses.push(link_local(hardware));
    }
}

/// The number of a Pod's device on its node: later addresses have higher ones.
fn pod_link_number(node: &NodeInfo, address: IpAddr) -> u32 {
    let low = |address: IpAddr| match address {
        IpAddr::V4(address) => u32::from(address),
        IpAddr::V6(address) => (u128::from(address) & 0xffff_ffff) as u32,
    };
    let start = node.pod_cidr(address.is_ipv6()).map_or(0, |block| low(block.network()));
    FIRST_POD_LINK + (low(address).wrapping_sub(start) & 0xffff)
}

fn uplink_mtu(profile: &Profile) -> u32 {
    u32::from(profile.mtu).max(1500)
}

fn state(used: Time, now: Time) -> &'static str {
    if now.since(used) < REACHABLE { "REACHABLE" } else { "STALE" }
}

fn neighbour(address: IpAddr, device: &str, hardware: Mac, state: &str) -> (bool, String) {
    (address.is_ipv6(), format!("{address} dev {device} lladdr {hardware} {state}"))
}

fn host(address: IpAddr) -> IpNet {
    IpNet::from(address)
}

fn net(address: IpAddr, length: u8) -> IpNet {
    IpNet::new(address, length).unwrap_or_else(|_| host(address))
}
