//! kube-proxy's `ipvs` mode: `pkg/proxy/ipvs/proxier.go`. Deprecated since v1.35.
//!
//! Every ClusterIP, external IP and load balancer IP is an address of the dummy device `kube-ipvs0`
//! on every node, so it answers pings; a virtual server on each hands connections to its real servers
//! in turn. The few `iptables` rules that mode needs for masquerading are folded into the decision.
//! Cilium's replacement keeps the same kind of table in eBPF maps, with a random choice and no
//! addresses anywhere; it is written as `cilium-dbg service list` writes it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use packet::{Protocol, socket};
use trace::{Choice, Evidence, FieldRef, Line};

use super::endpoints::categorize;
use super::{
    Chance, Decision, Endpoint, Hook, Mark, ProxyNode, Ruling, ServicePort, ServicePortName, View,
    endpoint_evidence,
};
use crate::network::HostPort;

/// The head of `ipvsadm -Ln`.
const HEAD: &str = "IP Virtual Server version 1.2.1 (size=4096)\n\
                    Prot LocalAddress:Port Scheduler Flags\n  \
                    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";

/// One virtual server.
#[derive(Clone, Debug)]
struct VirtualServer {
    /// The Service port; none for a Pod's own `hostPort`.
    port: Option<Arc<ServicePort>>,
    /// `(address, port)` of each real server.
    real: Vec<(IpAddr, u16)>,
    /// Seconds that a client stays with its real server.
    persistent: Option<u32>,
    /// Whether only the node's own endpoints count, and it has none although others have.
    silent: bool,
    /// How it is reached, which decides about masquerading.
    kind: Kind,
    from: FieldRef,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cluster,
    External,
    /// A node's port that leads to one Pod of its.
    HostPort,
}

/// The virtual servers of one family.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    servers: BTreeMap<(IpAddr, Protocol, u16), VirtualServer>,
    pod_network: Option<ipnet::IpNet>,
    masquerade_all: bool,
    cilium: bool,
}

/// The virtual servers of these Service ports on a node.
pub fn compile<'a>(
    ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
    node: &ProxyNode,
    ipv6: bool,
) -> Ruleset {
    let mut rules = Ruleset {
        servers: BTreeMap::new(),
        pod_network: node.pod_network(ipv6),
        masquerade_all: node.masquerade_all,
        cilium: false,
    };
    for port in ports {
        let categories = categorize(port, &node.name, node.zone.as_deref());
        let of_policy = |local: bool| {
            let list: &[&Endpoint] = if local { &categories.local } else { &categories.cluster };
            list.iter().map(|endpoint| (endpoint.address, endpoint.port)).collect::<Vec<_>>()
        };
        let mut add = |address: IpAddr, number: u16, local: bool, kind: Kind, from: FieldRef| {
            let real = of_policy(local);
            let server = VirtualServer {
                port: Some(port.clone()),
                silent: real.is_empty() && categories.any,
                real,
                persistent: port.affinity_seconds,
                kind,
                from,
            };
            rules.servers.insert((address, port.name.protocol, number), server);
        };
        add(
            port.cluster_ip,
            port.port,
            port.internal_local,
            Kind::Cluster,
            port.port_field("port"),
        );
        for address in port.external_ips.iter().chain(&port.load_balancer_ips) {
            let from = port.port_field("port");
            add(*address, port.port, port.external_local, Kind::External, from);
        }
        if let Some(number) = port.node_port {
            for address in node.addresses.iter().filter(|a| a.is_ipv6() == ipv6) {
                let from = port.port_field("nodePort");
                add(*address, number, port.external_local, Kind::External, from);
            }
        }
    }
    rules
}

impl Ruleset {
    /// Adds the node's ports that lead to one Pod, as Cilium does.
    pub(super) fn add_host_ports(&mut self, ports: &[HostPort], node: IpAddr) {
        for port in ports.iter().filter(|port| port.address.is_ipv6() == node.is_ipv6()) {
            let at = (port.host_address.unwrap_or(node), port.protocol, port.host_port);
            let server = VirtualServer {
                port: None,
                real: vec![(port.address, port.port)],
                persistent: None,
                silent: false,
                kind: Kind::HostPort,
                from: port.field.clone(),
            };
            self.servers.insert(at, server);
        }
    }

    /// The same table as Cilium keeps it.
    pub(super) fn for_cilium(self) -> Self {
        Self { cilium: true, ..self }
    }

    /// `ipvsadm -Ln`, or `cilium-dbg service list`.
    pub fn dump(&self) -> String {
        if self.cilium {
            return self.service_list();
        }
        HEAD.to_owned() + &self.dump_more()
    }

    /// The virtual servers alone, where another family's stand above.
    pub(super) fn dump_more(&self) -> String {
        if self.cilium {
            return self.service_list();
        }
        let mut out = String::new();
        for ((address, protocol, port), server) in &self.servers {
            out.push_str(&format!("{protocol}  {}\n", heading(*address, *port, server)));
            for line in real_lines(server) {
                out.push_str(&line);
                out.push('\n');
            }
        }
        out
    }

    fn service_list(&self) -> String {
        let mut out = format!("{:<4} {:<26} {:<14} Backend\n", "ID", "Frontend", "Service Type");
        for (number, ((address, protocol, port), server)) in self.servers.iter().enumerate() {
            let kind = match server.kind {
                Kind::Cluster => "ClusterIP",
                Kind::External => {
                    let node_port = server.port.as_ref().and_then(|of| of.node_port);
                    if node_port == Some(*port) { "NodePort" } else { "LoadBalancer" }
                }
                Kind::HostPort => "HostPort",
            };
            let frontend = format!("{}/{protocol}", socket(*address, *port));
            let mut backends = server.real.iter().enumerate().map(|(place, (address, port))| {
                format!("{} => {}/{protocol} (active)", place + 1, socket(*address, *port))
            });
            let first = backends.next().unwrap_or_default();
            let line = format!("{:<4} {frontend:<26} {kind:<14} {first}", number + 1);
            out.push_str(line.trim_end());
            out.push('\n');
            for backend in backends {
                out.push_str(&format!("{:<46} {backend}\n", ""));
            }
        }
        out
    }

    /// Asks at one hook; only new connections are asked about.
    pub fn ask(
        &self,
        hook: Hook,
        view: View,
        chance: &mut dyn Chance,
        service: &dyn Fn(&ServicePortName) -> Option<Arc<ServicePort>>,
    ) -> Ruling {
        match hook {
            Hook::Prerouting | Hook::Output => self.balance(view, chance, service),
            Hook::Postrouting if view.marked.service || view.source_is_target() => Ruling {
                decision: Decision::Masquerade,
                marked: Mark::default(),
                evidence: Vec::new(),
                service: None,
            },
            Hook::Postrouting | Hook::Input | Hook::Forward => Ruling::pass(view.marked),
        }
    }

    fn balance(
        &self,
        view: View,
        chance: &mut dyn Chance,
        service: &dyn Fn(&ServicePortName) -> Option<Arc<ServicePort>>,
    ) -> Ruling {
        let tuple = view.tuple;
        let key = (tuple.destination, tuple.protocol, tuple.destination_port);
        let Some(server) = self.servers.get(&key) else { return Ruling::pass(view.marked) };
        let mut lines = vec![heading(key.0, key.2, server)];
        lines.extend(real_lines(server));
        if self.cilium {
            let backends = server.real.iter().enumerate();
            let texts = backends.map(|(place, (address, port))| {
                format!("{} => {}/{} (active)", place + 1, socket(*address, *port), key.1)
            });
            lines = std::iter::once(socket(key.0, key.2)).chain(texts).collect();
        }
        let table = format!("{} {}", key.1, socket(key.0, key.2));
        let rule = |position: usize| Evidence::Rule {
            line: Line { table: table.clone(), lines: lines.clone(), position },
            from: Some(server.from.clone()),
        };
        let name = server.port.as_ref().map(|port| port.name.clone());
        let ended = |decision: Decision| Ruling {
            decision,
            marked: view.marked,
            evidence: vec![rule(0)],
            service: name.clone(),
        };
        if server.real.is_empty() {
            return ended(if server.silent { Decision::Drop } else { Decision::Reject });
        }
        let turn = format!("ipvs {table}");
        let remembered = server.persistent.and_then(|seconds| {
            (0..server.real.len())
                .find(|place| chance.seen(&format!("{turn} {place}"), tuple.source, seconds))
        });
        let place = match remembered {
            Some(place) => place,
            None if self.cilium => chance.below(server.real.len()),
            None => chance.turn(&turn) % server.real.len(),
        };
        if server.persistent.is_some() {
            chance.remember(&format!("{turn} {place}"), tuple.source);
        }
        let (address, port) = server.real[place];
        let of = server.real.len();
        let choice = match (remembered, of) {
            (Some(_), _) => Choice::Affinity,
            (None, 1) => Choice::Only,
            (None, _) if self.cilium => {
                Choice::Random { parts_per_billion: (1_000_000_000 / of) as u32 }
            }
            (None, _) => Choice::RoundRobin,
        };
        let mut evidence = vec![rule(place + 1)];
        evidence.extend(
            name.as_ref()
                .and_then(service)
                .and_then(|of_name| endpoint_evidence(&of_name, address, port, place, of, choice)),
        );
        let from_pod = self.pod_network.is_some_and(|network| network.contains(&tuple.source));
        let masquerade = match server.kind {
            Kind::Cluster => self.masquerade_all || (self.pod_network.is_some() && !from_pod),
            Kind::External => server.port.as_ref().is_some_and(|port| !port.external_local),
            Kind::HostPort => false,
        };
        Ruling {
            decision: Decision::Translate { address, port },
            marked: Mark { service: view.marked.service || masquerade, ..view.marked },
            evidence,
            service: name,
        }
    }
}

fn heading(address: IpAddr, port: u16, server: &VirtualServer) -> String {
    let persistent = match server.persistent {
        Some(seconds) => format!(" persistent {seconds}"),
        None => String::new(),
    };
    format!("{} rr{persistent}", socket(address, port))
}

fn real_lines(server: &VirtualServer) -> impl Iterator<Item = String> {
    server.real.iter().map(|(address, port)| {
        format!("  -> {:<28} Masq    1      0          0", socket(*address, *port))
    })
}
