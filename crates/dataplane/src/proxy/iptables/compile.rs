//! The rules of Service ports: `syncProxyRules` of `pkg/proxy/iptables/proxier.go`.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use ipnet::IpNet;
use manifest::FieldPath;
use trace::FieldRef;

use super::rule::{Match, Rule, Side, Style, Table, Target};
use crate::proxy::endpoints::categorize;
use crate::proxy::{Endpoint, Hook, ProxyNode, ServicePort, ServicePortName, hash16};

pub(super) const SERVICES: &str = "KUBE-SERVICES";
const EXTERNAL_SERVICES: &str = "KUBE-EXTERNAL-SERVICES";
const NODE_PORTS: &str = "KUBE-NODEPORTS";
const PROXY_FIREWALL: &str = "KUBE-PROXY-FIREWALL";
const FORWARD: &str = "KUBE-FORWARD";
const FIREWALL: &str = "KUBE-FIREWALL";
const POSTROUTING: &str = "KUBE-POSTROUTING";
const MARK_MASQ: &str = "KUBE-MARK-MASQ";

/// Chains of rules, by table and name.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    chains: BTreeMap<(Table, String), Vec<Rule>>,
    /// Chains in the order they were made, as kube-proxy declares them.
    order: Vec<(Table, String)>,
}

impl Ruleset {
    /// The rules of a chain.
    pub fn chain(&self, table: Table, name: &str) -> Option<&[Rule]> {
        self.chains.get(&(table, name.to_owned())).map(Vec::as_slice)
    }

    /// The chain of that name, with the name as long-lived as the rules.
    pub(super) fn named(&self, table: Table, name: &str) -> Option<(&str, &[Rule])> {
        let (key, rules) = self.chains.get_key_value(&(table, name.to_owned()))?;
        Some((key.1.as_str(), rules.as_slice()))
    }

    /// The whole ruleset as text: `iptables-save`'s, or what kube-proxy restores.
    pub fn dump(&self, style: Style) -> String {
        self.dump_changed(style, &|_| true)
    }

    /// What kube-proxy restores after a change: the chains of Service ports that did not change are
    /// left as they are in the kernel, and left out of the text.
    pub fn dump_changed(&self, style: Style, changed: &dyn Fn(&ServicePortName) -> bool) -> String {
        let is_written = |chain: &str, rule: &Rule| match &rule.service {
            Some(service) => is_shared(chain) || changed(service),
            None => true,
        };
        let mut out = String::new();
        for table in [Table::Filter, Table::Nat] {
            let chains: Vec<_> = self
                .order
                .iter()
                .filter(|(of, name)| {
                    *of == table && (style == Style::Save || name.starts_with("KUBE-"))
                })
                .filter(|key| {
                    let rules = &self.chains[key];
                    rules.is_empty() || rules.iter().any(|rule| is_written(&key.1, rule))
                })
                .collect();
            out.push_str(&format!("*{}\n", table.name()));
            for (_, name) in &chains {
                let policy = if is_of_the_kernel(name) { "ACCEPT" } else { "-" };
                out.push_str(&format!(":{name} {policy} [0:0]\n"));
            }
            for key in chains {
                for rule in self.chains[key].iter().filter(|rule| is_written(&key.1, rule)) {
                    out.push_str(&rule.line(&key.1, style));
                    out.push('\n');
                }
            }
            out.push_str("COMMIT\n");
        }
        out
    }

    pub(crate) fn declare(&mut self, table: Table, chain: &str) {
        let key = (table, chain.to_owned());
        if !self.chains.contains_key(&key) {
            self.order.push(key.clone());
            self.chains.insert(key, Vec::new());
        }
    }

    pub(crate) fn push(&mut self, table: Table, chain: &str, rule: Rule) {
        self.declare(table, chain);
        let rules = self.chains.get_mut(&(table, chain.to_owned())).expect("declared above");
        rules.push(rule);
    }
}

impl Ruleset {
    /// Puts a rule in front of a chain.
    pub(crate) fn put_first(&mut self, table: Table, chain: &str, rule: Rule) {
        self.declare(table, chain);
        let rules = self.chains.get_mut(&(table, chain.to_owned())).expect("declared above");
        rules.insert(0, rule);
    }

    /// Adds another's rules after its own, chain by chain.
    pub(crate) fn extend(&mut self, other: &Ruleset) {
        for key in &other.order {
            self.declare(key.0, &key.1);
            for rule in other.chains.get(key).into_iter().flatten() {
                self.push(key.0, &key.1, rule.clone());
            }
        }
    }
}

/// Whether a chain belongs to the kernel rather than to somebody who writes rules.
pub(super) fn is_of_the_kernel(chain: &str) -> bool {
    ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"].contains(&chain)
}

/// Whether a chain holds rules of all Services rather than of one.
fn is_shared(chain: &str) -> bool {
    [SERVICES, EXTERNAL_SERVICES, NODE_PORTS, PROXY_FIREWALL].contains(&chain)
}

/// The rules of these Service ports on a node, with kube-proxy's own around them.
pub fn compile<'a>(
    ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
    node: &ProxyNode,
    ipv6: bool,
) -> Ruleset {
    let mut rules = Ruleset::default();
    hooks(&mut rules);
    for chain in [SERVICES, EXTERNAL_SERVICES, FORWARD, NODE_PORTS, PROXY_FIREWALL] {
        rules.declare(Table::Filter, chain);
    }
    localhost_guard(&mut rules, node, ipv6);
    for chain in [SERVICES, NODE_PORTS, POSTROUTING, MARK_MASQ] {
        rules.declare(Table::Nat, chain);
    }
    masquerading(&mut rules, node);
    for port in ports {
        Writer { rules: &mut rules, port, node, ipv6 }.write();
    }
    node_port_dispatch(&mut rules, node, ipv6);
    forwarding(&mut rules);
    rules
}

/// A chain, its comment, and whether only new connections go there.
type FilterJump = (&'static str, &'static str, bool);

/// The jumps from the kernel's own chains. Each is put in front, so the last ends up first.
fn hooks(rules: &mut Ruleset) {
    let filter: [(Hook, &[FilterJump]); 3] = [
        (
            Hook::Input,
            &[
                (PROXY_FIREWALL, "kubernetes load balancer firewall", true),
                (NODE_PORTS, "kubernetes health check service ports", false),
                (EXTERNAL_SERVICES, "kubernetes externally-visible service portals", true),
            ],
        ),
        (
            Hook::Forward,
            &[
                (PROXY_FIREWALL, "kubernetes load balancer firewall", true),
                (FORWARD, "kubernetes forwarding rules", false),
                (SERVICES, "kubernetes service portals", true),
                (EXTERNAL_SERVICES, "kubernetes externally-visible service portals", true),
            ],
        ),
        (
            Hook::Output,
            &[
                (PROXY_FIREWALL, "kubernetes load balancer firewall", true),
                (SERVICES, "kubernetes service portals", true),
            ],
        ),
    ];
    for (hook, jumps) in filter {
        for (chain, comment, new_only) in jumps {
            let state = new_only.then_some(Match::StateNew);
            let matches = state.into_iter().chain([Match::Comment((*comment).into())]).collect();
            rules.push(Table::Filter, hook.chain(), Rule::fixed(matches, jump(chain)));
        }
        if hook != Hook::Forward {
            rules.push(Table::Filter, hook.chain(), Rule::fixed(Vec::new(), jump(FIREWALL)));
        }
    }
    for (hook, chain, comment) in [
        (Hook::Prerouting, SERVICES, "kubernetes service portals"),
        (Hook::Output, SERVICES, "kubernetes service portals"),
        (Hook::Postrouting, POSTROUTING, "kubernetes postrouting rules"),
    ] {
        let matches = vec![Match::Comment(comment.into())];
        rules.push(Table::Nat, hook.chain(), Rule::fixed(matches, jump(chain)));
    }
}

/// Node ports on 127.0.0.1 need `route_localnet`, which this rule makes safe.
fn localhost_guard(rules: &mut Ruleset, node: &ProxyNode, ipv6: bool) {
    if !serves_localhost(node, ipv6) {
        return;
    }
    let matches = vec![
        Match::Comment("block incoming localnet connections".into()),
        Match::Address { side: Side::Destination, network: loopback(), negated: false },
        Match::Address { side: Side::Source, network: loopback(), negated: true },
        Match::StateUnknownUntranslated,
    ];
    rules.push(Table::Filter, FIREWALL, Rule::fixed(matches, Target::Drop));
}

fn serves_localhost(node: &ProxyNode, ipv6: bool) -> bool {
    !ipv6
        && node.localhost_node_ports
        && (node.node_ports_everywhere(false)
            || node
                .node_port_networks
                .iter()
                .any(|net| !net.addr().is_ipv6() && net.addr().is_loopback()))
}

fn masquerading(rules: &mut Ruleset, node: &ProxyNode) {
    let comment = Match::Comment("kubernetes service traffic requiring SNAT".into());
    for (matches, target) in [
        (vec![Match::Unmarked], Target::Return),
        (vec![], Target::Unmark),
        (vec![comment], Target::Masquerade { random_fully: node.random_fully }),
    ] {
        rules.push(Table::Nat, POSTROUTING, Rule::fixed(matches, target));
    }
    rules.push(Table::Nat, MARK_MASQ, Rule::fixed(vec![], Target::Mark));
}

fn node_port_dispatch(rules: &mut Ruleset, node: &ProxyNode, ipv6: bool) {
    let comment = Match::Comment(
        "kubernetes service nodeports; NOTE: this must be the last rule in this chain".into(),
    );
    if node.node_ports_everywhere(ipv6) {
        let mut matches = vec![comment, Match::Local(Side::Destination)];
        let localhost =
            if ipv6 { IpNet::from(IpAddr::V6(Ipv6Addr::LOCALHOST)) } else { loopback() };
        if ipv6 || !node.localhost_node_ports {
            let side = Side::Destination;
            matches.push(Match::Address { side, network: localhost, negated: true });
        }
        rules.push(Table::Nat, SERVICES, Rule::fixed(matches, jump(NODE_PORTS)));
        return;
    }
    for address in node_port_addresses(node, ipv6) {
        if address.is_loopback() && (ipv6 || !node.localhost_node_ports) {
            continue;
        }
        let matches = vec![comment.clone(), destination(address)];
        rules.push(Table::Nat, SERVICES, Rule::fixed(matches, jump(NODE_PORTS)));
    }
}

/// The node's addresses inside `--nodeport-addresses`, the highest first.
fn node_port_addresses(node: &ProxyNode, ipv6: bool) -> Vec<IpAddr> {
    let localhost =
        if ipv6 { IpAddr::V6(Ipv6Addr::LOCALHOST) } else { IpAddr::V4(Ipv4Addr::LOCALHOST) };
    let mut addresses: Vec<IpAddr> = node
        .addresses
        .iter()
        .copied()
        .chain([localhost])
        .filter(|address| address.is_ipv6() == ipv6)
        .filter(|address| node.node_port_networks.iter().any(|net| net.contains(address)))
        .collect();
    addresses.sort_unstable_by(|one, other| other.cmp(one));
    addresses.dedup();
    addresses
}

fn forwarding(rules: &mut Ruleset) {
    for (matches, target) in [
        (vec![Match::StateInvalid, Match::Count("ct_state_invalid_dropped_pkts")], Target::Drop),
        (vec![Match::Comment("kubernetes forwarding rules".into()), Match::Marked], Target::Accept),
        (
            vec![Match::Comment("kubernetes forwarding conntrack rule".into()), Match::StateKnown],
            Target::Accept,
        ),
    ] {
        rules.push(Table::Filter, FORWARD, Rule::fixed(matches, target));
    }
}

/// Writes the rules of one Service port.
struct Writer<'a> {
    rules: &'a mut Ruleset,
    port: &'a ServicePort,
    node: &'a ProxyNode,
    ipv6: bool,
}

impl Writer<'_> {
    fn write(mut self) {
        let (port, node) = (self.port, self.node);
        let categories = categorize(port, &node.name, node.zone.as_deref());
        let name = port.name.to_string();
        let key = format!("{name}{}", port.name.protocol.lower());
        let chain = |prefix: &str| format!("{prefix}{}", hash16(&key));
        let (cluster_chain, local_chain) = (chain("KUBE-SVC-"), chain("KUBE-SVL-"));
        let (external_chain, firewall_chain) = (chain("KUBE-EXT-"), chain("KUBE-FW-"));

        let internal_chain = if port.internal_local { &local_chain } else { &cluster_chain };
        let policy_chain = if port.external_local { &local_chain } else { &cluster_chain };
        let has_internal = categories.any && !(port.internal_local && categories.local.is_empty());
        let has_external = categories.any && !(port.external_local && categories.local.is_empty());
        let uses_external = categories.any && port.externally_accessible();
        let uses_firewall =
            categories.any && !port.load_balancer_ips.is_empty() && !port.source_ranges.is_empty();
        let (target, why) = if categories.any {
            (Target::Drop, format!("{name} has no local endpoints"))
        } else {
            (Target::Reject, format!("{name} has no endpoints"))
        };

        let port_field = port.port_field("port");
        let capture = |address: IpAddr, comment: &str| {
            vec![
                Match::Comment(comment.to_owned()),
                Match::Protocol(port.name.protocol),
                destination(address),
                Match::DestinationPort(port.port),
            ]
        };

        let cluster_ip = format!("{name} cluster IP");
        if has_internal {
            let matches = capture(port.cluster_ip, &cluster_ip);
            self.nat(SERVICES, matches, jump(internal_chain), &port_field);
        } else {
            let from =
                if categories.any { spec("internalTrafficPolicy") } else { spec("selector") };
            let matches = capture(port.cluster_ip, &why);
            self.filter(SERVICES, matches, target.clone(), &port.field(&from));
        }
        let blame = port.field(&if categories.any {
            spec("externalTrafficPolicy")
        } else {
            spec("selector")
        });
        for address in &port.external_ips {
            if categories.any {
                let matches = capture(*address, &format!("{name} external IP"));
                self.nat(
                    SERVICES,
                    matches,
                    jump(&external_chain),
                    &port.field(&spec("externalIPs")),
                );
            }
            if !has_external {
                self.filter(EXTERNAL_SERVICES, capture(*address, &why), target.clone(), &blame);
            }
        }
        for address in &port.load_balancer_ips {
            let next = if uses_firewall { &firewall_chain } else { &external_chain };
            if categories.any {
                let matches = capture(*address, &format!("{name} loadbalancer IP"));
                self.nat(SERVICES, matches, jump(next), &port_field);
            }
            if uses_firewall {
                let comment = format!("{name} traffic not accepted by {firewall_chain}");
                let from = port.field(&spec("loadBalancerSourceRanges"));
                self.filter(PROXY_FIREWALL, capture(*address, &comment), Target::Drop, &from);
            }
        }
        if !has_external {
            for address in &port.load_balancer_ips {
                self.filter(EXTERNAL_SERVICES, capture(*address, &why), target.clone(), &blame);
            }
        }
        if let Some(node_port) = port.node_port {
            self.node_port(node_port, &name, &external_chain, categories.any);
            if !has_external {
                let matches = vec![
                    Match::Comment(why.clone()),
                    Match::Local(Side::Destination),
                    Match::Protocol(port.name.protocol),
                    Match::DestinationPort(node_port),
                ];
                self.filter(EXTERNAL_SERVICES, matches, target.clone(), &blame);
            }
        }
        if let Some(health) = port.health_check_node_port {
            let matches = vec![
                Match::Comment(format!("{name} health check node port")),
                Match::Protocol(packet::Protocol::Tcp),
                Match::DestinationPort(health),
            ];
            let from = port.field(&spec("healthCheckNodePort"));
            self.filter(NODE_PORTS, matches, Target::Accept, &from);
        }
        if has_internal {
            let mut matches = capture(port.cluster_ip, &cluster_ip);
            if node.masquerade_all {
                self.nat(internal_chain, matches, jump(MARK_MASQ), &port_field);
            } else if let Some(network) = node.pod_network(self.ipv6) {
                matches.push(Match::Address { side: Side::Source, network, negated: true });
                self.nat(internal_chain, matches, jump(MARK_MASQ), &port_field);
            }
        }
        if uses_external {
            self.external(&external_chain, &cluster_chain, &name);
            if has_external {
                let from = port.field(&spec("externalTrafficPolicy"));
                self.nat(&external_chain, vec![], jump(policy_chain), &from);
            }
        }
        if uses_firewall {
            self.firewall(&firewall_chain, &external_chain, &name);
        }
        if port.uses_cluster_endpoints() && !categories.cluster.is_empty() {
            self.balance(&cluster_chain, &categories.cluster, &name, &key);
        }
        if port.uses_local_endpoints() && !categories.local.is_empty() {
            self.balance(&local_chain, &categories.local, &name, &key);
        }
        for endpoint in &categories.reachable {
            self.endpoint(endpoint, &name, &key);
        }
    }

    fn node_port(&mut self, number: u16, name: &str, external_chain: &str, any: bool) {
        let port = self.port;
        if !any {
            return;
        }
        let protocol = Match::Protocol(port.name.protocol);
        let from = port.port_field("nodePort");
        if serves_localhost(self.node, self.ipv6) {
            let matches = vec![
                Match::Comment(name.to_owned()),
                protocol.clone(),
                Match::Address { side: Side::Destination, network: loopback(), negated: false },
                Match::DestinationPort(number),
                Match::Count("localhost_nps_accepted_pkts"),
            ];
            self.nat(NODE_PORTS, matches, jump(external_chain), &from);
        }
        let matches =
            vec![Match::Comment(name.to_owned()), protocol, Match::DestinationPort(number)];
        self.nat(NODE_PORTS, matches, jump(external_chain), &from);
    }

    fn external(&mut self, external_chain: &str, cluster_chain: &str, name: &str) {
        let port = self.port;
        let from = port.field(&spec("externalTrafficPolicy"));
        if !port.external_local {
            let comment = format!("masquerade traffic for {name} external destinations");
            self.nat(external_chain, vec![Match::Comment(comment)], jump(MARK_MASQ), &from);
            return;
        }
        if let Some(network) = self.node.pod_network(self.ipv6) {
            let matches = vec![
                Match::Comment(format!("pod traffic for {name} external destinations")),
                Match::Address { side: Side::Source, network, negated: false },
            ];
            self.nat(external_chain, matches, jump(cluster_chain), &from);
        }
        for (verb, next) in [("masquerade", MARK_MASQ), ("route", cluster_chain)] {
            let matches = vec![
                Match::Comment(format!("{verb} LOCAL traffic for {name} external destinations")),
                Match::Local(Side::Source),
            ];
            self.nat(external_chain, matches, jump(next), &from);
        }
    }

    fn firewall(&mut self, firewall_chain: &str, external_chain: &str, name: &str) {
        let port = self.port;
        let node_address = self.node.address(self.ipv6);
        let from = port.field(&spec("loadBalancerSourceRanges"));
        let comment = format!("{name} loadbalancer IP");
        let mut allow = |network: IpNet| {
            let matches = vec![
                Match::Comment(comment.clone()),
                Match::Address { side: Side::Source, network, negated: false },
            ];
            self.nat(firewall_chain, matches, jump(external_chain), &from);
        };
        port.source_ranges.iter().copied().for_each(&mut allow);
        let includes_node = port
            .source_ranges
            .iter()
            .any(|net| node_address.is_some_and(|address| net.contains(&address)));
        if includes_node {
            port.load_balancer_ips.iter().map(|address| IpNet::from(*address)).for_each(allow);
        }
        let comment = format!("other traffic to {name} will be dropped by KUBE-PROXY-FIREWALL");
        self.nat(firewall_chain, vec![Match::Comment(comment)], Target::Nothing, &from);
    }

    fn balance(&mut self, chain: &str, endpoints: &[&Endpoint], name: &str, key: &str) {
        let port = self.port;
        let from = port.port_field("targetPort");
        if let Some(seconds) = port.affinity_seconds {
            for endpoint in endpoints {
                let next = endpoint_chain(key, endpoint);
                let matches = vec![
                    Match::Comment(format!("{name} -> {endpoint}")),
                    Match::RecentlySeen { list: next.clone(), seconds },
                ];
                self.nat(chain, matches, jump(&next), &port.field(&spec("sessionAffinity")));
            }
        }
        for (position, endpoint) in endpoints.iter().enumerate() {
            let mut matches = vec![Match::Comment(format!("{name} -> {endpoint}"))];
            let left = endpoints.len() - position;
            if left > 1 {
                matches.push(Match::Random(left));
            }
            self.nat(chain, matches, jump(&endpoint_chain(key, endpoint)), &from);
        }
    }

    fn endpoint(&mut self, endpoint: &Endpoint, name: &str, key: &str) {
        let port = self.port;
        let chain = endpoint_chain(key, endpoint);
        let from = port.port_field("targetPort");
        let matches = vec![
            Match::Comment(name.to_owned()),
            Match::Address {
                side: Side::Source,
                network: IpNet::from(endpoint.address),
                negated: false,
            },
        ];
        self.nat(&chain, matches, jump(MARK_MASQ), &from);
        let mut matches = vec![Match::Comment(name.to_owned())];
        if port.affinity_seconds.is_some() {
            matches.push(Match::Remember(chain.clone()));
        }
        matches.push(Match::Protocol(port.name.protocol));
        let target = Target::Dnat { address: endpoint.address, port: endpoint.port };
        self.nat(&chain, matches, target, &from);
    }

    fn nat(&mut self, chain: &str, matches: Vec<Match>, target: Target, from: &FieldRef) {
        self.push(Table::Nat, chain, matches, target, from);
    }

    fn filter(&mut self, chain: &str, matches: Vec<Match>, target: Target, from: &FieldRef) {
        self.push(Table::Filter, chain, matches, target, from);
    }

    fn push(
        &mut self,
        table: Table,
        chain: &str,
        matches: Vec<Match>,
        target: Target,
        from: &FieldRef,
    ) {
        let service: Option<ServicePortName> = Some(self.port.name.clone());
        self.rules.push(table, chain, Rule { matches, target, from: Some(from.clone()), service });
    }
}

fn endpoint_chain(key: &str, endpoint: &Endpoint) -> String {
    format!("KUBE-SEP-{}", hash16(&format!("{key}{endpoint}")))
}

fn spec(field: &str) -> FieldPath {
    FieldPath::of("spec").child(field)
}

fn jump(chain: &str) -> Target {
    Target::Jump(chain.to_owned())
}

fn destination(address: IpAddr) -> Match {
    Match::Address { side: Side::Destination, network: IpNet::from(address), negated: false }
}

fn loopback() -> IpNet {
    IpNet::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), 8).expect("a literal network")
}
