//! The chains, sets and maps of Service ports: `syncProxyRules` of `pkg/proxy/nftables/proxier.go`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::IpNet;
use manifest::FieldPath;
use packet::Protocol;
use trace::FieldRef;

use super::rule::{Action, Condition, Map, Rule, Style};
use crate::proxy::endpoints::categorize;
use crate::proxy::{
    Endpoint, Hook, ProxyNode, ServiceMap, ServicePort, ServicePortName, base32_of_sha256,
};

const CLUSTER_IPS_CHECK: &str = "cluster-ips-check";
const FIREWALL_CHECK: &str = "firewall-check";
const MASQUERADING: &str = "masquerading";
const NODE_PORTS_CHECK: &str = "nodeport-endpoints-check";
const REJECT_CHAIN: &str = "reject-chain";
const SERVICES: &str = "services";
const SERVICES_CHECK: &str = "service-endpoints-check";

/// The base chains: name, hook, type and priority, as written and as listed.
const BASE_CHAINS: [(&str, Hook, &str, &str, &str); 8] = [
    ("filter-prerouting-pre-dnat", Hook::Prerouting, "filter", "-110", "dstnat - 10"),
    ("filter-output-pre-dnat", Hook::Output, "filter", "-110", "-110"),
    ("filter-input", Hook::Input, "filter", "0", "filter"),
    ("filter-forward", Hook::Forward, "filter", "0", "filter"),
    ("filter-output", Hook::Output, "filter", "0", "filter"),
    ("nat-prerouting", Hook::Prerouting, "nat", "-100", "dstnat"),
    ("nat-output", Hook::Output, "nat", "-100", "-100"),
    ("nat-postrouting", Hook::Postrouting, "nat", "100", "srcnat"),
];

/// What a map says about a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// `goto service-…`, `drop`, `goto reject-chain`.
    pub action: Action,
    /// The Service's name, on elements that end packets.
    pub comment: Option<String>,
    /// The field it was made from.
    pub from: FieldRef,
    /// The Service port it was made for.
    pub service: ServicePortName,
}

/// A map's key; the address is absent for node ports.
pub type Key = (Option<IpAddr>, Protocol, u16);

/// Chains, sets and maps of one family.
#[derive(Clone, Debug, Default)]
pub struct Ruleset {
    /// The family.
    pub ipv6: bool,
    pub(super) chains: BTreeMap<String, Vec<Rule>>,
    pub(super) maps: BTreeMap<Map, BTreeMap<Key, Element>>,
    pub(super) cluster_ips: BTreeSet<IpAddr>,
    pub(super) node_port_ips: BTreeSet<IpAddr>,
    /// Endpoints of this node: address, protocol, port.
    pub(super) hairpins: BTreeSet<(IpAddr, Protocol, u16)>,
    affinity_sets: BTreeMap<String, u32>,
}

impl Ruleset {
    /// The rules of a chain.
    pub fn chain(&self, name: &str) -> Option<&[Rule]> {
        self.chains.get(name).map(Vec::as_slice)
    }

    /// The whole table as text.
    pub fn dump(&self, style: Style) -> String {
        match style {
            Style::Commands => self.commands(),
            Style::List => self.list(),
        }
    }

    /// An element as a line of its map.
    pub(super) fn element_text(map: Map, key: &Key, element: &Element) -> String {
        let (address, protocol, port) = key;
        let start = match address {
            Some(address) if !map.of_node_ports() => format!("{address} . "),
            _ => String::new(),
        };
        let comment = match &element.comment {
            Some(comment) => format!(" comment \"{comment}\""),
            None => String::new(),
        };
        let action = match &element.action {
            Action::Goto(chain) => format!("goto {chain}"),
            Action::Drop => "drop".to_owned(),
            other => unreachable!("maps hold `goto` and `drop`, not {other:?}"),
        };
        format!("{start}{} . {port}{comment} : {action}", protocol.lower())
    }

    fn commands(&self) -> String {
        let ip = if self.ipv6 { "ip6" } else { "ip" };
        let address = self.address_type();
        let mut out =
            format!("add table {ip} kube-proxy {{ comment \"rules for kube-proxy\" ; }}\n");
        let mut add = |text: String| {
            out.push_str(&format!("add {text}\n"));
        };
        for name in self.chains.keys() {
            let more = match BASE_CHAINS.iter().find(|(base, ..)| base == name) {
                Some((_, hook, kind, priority, _)) => format!(
                    " {{ type {kind} hook {} priority {priority} ; }}",
                    hook.chain().to_lowercase()
                ),
                None if name == REJECT_CHAIN => {
                    " { comment \"helper for @no-endpoint-services / @no-endpoint-nodeports\" ; }"
                        .to_owned()
                }
                None => String::new(),
            };
            add(format!("chain {ip} kube-proxy {name}{more}"));
        }
        for (name, kind, comment) in self.sets() {
            add(format!("set {ip} kube-proxy {name} {{ type {kind} ; comment \"{comment}\" ; }}"));
        }
        for (name, seconds) in &self.affinity_sets {
            add(format!(
                "set {ip} kube-proxy {name} {{ type {address} ; flags dynamic,timeout ; timeout {seconds}s ; }}"
            ));
        }
        for map in Map::ALL {
            add(format!(
                "map {ip} kube-proxy {} {{ type {} : verdict ; comment \"{}\" ; }}",
                map.name(),
                self.key_type(map),
                map.comment()
            ));
        }
        for (name, rules) in &self.chains {
            for rule in rules {
                add(format!(
                    "rule {ip} kube-proxy {name} {}",
                    rule.text(self.ipv6, Style::Commands)
                ));
            }
        }
        for (set, elements) in self.set_elements() {
            for element in elements {
                add(format!("element {ip} kube-proxy {set} {{ {element} }}"));
            }
        }
        for (map, elements) in &self.maps {
            for (key, element) in elements {
                let text = Self::element_text(*map, key, element);
                add(format!("element {ip} kube-proxy {} {{ {text} }}", map.name()));
            }
        }
        out
    }

    fn list(&self) -> String {
        let ip = if self.ipv6 { "ip6" } else { "ip" };
        let address = self.address_type();
        let mut out = format!("table {ip} kube-proxy {{\n\tcomment \"rules for kube-proxy\"\n\n");
        let elements = |list: Vec<String>| {
            if list.is_empty() {
                String::new()
            } else {
                format!("\t\telements = {{ {} }}\n", list.join(",\n\t\t\t     "))
            }
        };
        let mut contents = self.set_elements();
        for (name, kind, comment) in self.sets() {
            let list = contents.remove(name).unwrap_or_default();
            out.push_str(&format!(
                "\tset {name} {{\n\t\ttype {kind}\n\t\tcomment \"{comment}\"\n{}\t}}\n\n",
                elements(list)
            ));
        }
        for (name, seconds) in &self.affinity_sets {
            out.push_str(&format!(
                "\tset {name} {{\n\t\ttype {address}\n\t\tsize 65535\n\t\tflags dynamic,timeout\n\t\ttimeout {}\n\t}}\n\n",
                duration(*seconds)
            ));
        }
        for map in Map::ALL {
            let list: Vec<String> = self
                .maps
                .get(&map)
                .into_iter()
                .flatten()
                .map(|(key, element)| Self::element_text(map, key, element))
                .collect();
            out.push_str(&format!(
                "\tmap {} {{\n\t\ttype {} : verdict\n\t\tcomment \"{}\"\n{}\t}}\n\n",
                map.name(),
                self.key_type(map),
                map.comment(),
                elements(list)
            ));
        }
        let mut chains: Vec<String> = Vec::new();
        for (name, rules) in &self.chains {
            let mut text = format!("\tchain {name} {{\n");
            if let Some((_, hook, kind, _, priority)) =
                BASE_CHAINS.iter().find(|(base, ..)| base == name)
            {
                text.push_str(&format!(
                    "\t\ttype {kind} hook {} priority {priority}; policy accept;\n",
                    hook.chain().to_lowercase()
                ));
            }
            for rule in rules {
                text.push_str(&format!("\t\t{}\n", rule.text(self.ipv6, Style::List)));
            }
            text.push_str("\t}\n");
            chains.push(text);
        }
        out.push_str(&chains.join("\n"));
        out.push_str("}\n");
        out
    }

    fn address_type(&self) -> &'static str {
        if self.ipv6 { "ipv6_addr" } else { "ipv4_addr" }
    }

    fn key_type(&self, map: Map) -> String {
        let ports = "inet_proto . inet_service";
        if map.of_node_ports() {
            ports.to_owned()
        } else {
            format!("{} . {ports}", self.address_type())
        }
    }

    fn sets(&self) -> [(&'static str, String, &'static str); 3] {
        let address = self.address_type();
        [
            ("cluster-ips", address.to_owned(), "Active ClusterIPs"),
            ("nodeport-ips", address.to_owned(), "IPs that accept NodePort traffic"),
            (
                "hairpin-connections",
                format!("{address} . {address} . inet_proto . inet_service"),
                "service hairpin connections",
            ),
        ]
    }

    fn set_elements(&self) -> BTreeMap<&'static str, Vec<String>> {
        let plain = |set: &BTreeSet<IpAddr>| set.iter().map(IpAddr::to_string).collect();
        let hairpins = self.hairpins.iter().map(|(address, protocol, port)| {
            format!("{address} . {address} . {} . {port}", protocol.lower())
        });
        BTreeMap::from([
            ("cluster-ips", plain(&self.cluster_ips)),
            ("hairpin-connections", hairpins.collect()),
            ("nodeport-ips", plain(&self.node_port_ips)),
        ])
    }

    pub(super) fn affinity_seconds(&self, set: &str) -> u32 {
        self.affinity_sets.get(set).copied().unwrap_or_default()
    }

    fn push(&mut self, chain: &str, rule: Rule) {
        self.chains.entry(chain.to_owned()).or_default().push(rule);
    }

    fn insert(&mut self, map: Map, key: Key, element: Element) {
        self.maps.entry(map).or_default().entry(key).or_insert(element);
    }
}

/// The rules of these Service ports on a node, with kube-proxy's own around them.
pub fn compile<'a>(
    ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
    node: &ProxyNode,
    ipv6: bool,
) -> Ruleset {
    let mut rules = Ruleset { ipv6, ..Ruleset::default() };
    base(&mut rules, node, ipv6);
    for port in ports {
        Writer { rules: &mut rules, port, node, ipv6 }.write();
    }
    rules
}

/// Adds what rules need to know of all Services about one packet: whether its destination is a
/// ClusterIP, and whether it is an endpoint of this node.
pub fn complete(
    rules: &mut Ruleset,
    services: &ServiceMap,
    node: &ProxyNode,
    destination: (IpAddr, Protocol, u16),
) {
    let (address, protocol, port) = destination;
    if services.is_cluster_ip(address) {
        rules.cluster_ips.insert(address);
    }
    let is_here = services.of_endpoint(address, protocol, port).any(|of| {
        let of = categorize(of, &node.name, node.zone.as_deref());
        of.reachable.iter().any(|endpoint| {
            (endpoint.address, endpoint.port) == (address, port)
                && endpoint.node.as_deref() == Some(node.name.as_str())
        })
    });
    if is_here {
        rules.hairpins.insert(destination);
    }
}

fn base(rules: &mut Ruleset, node: &ProxyNode, ipv6: bool) {
    let new = || vec![Condition::StateNew];
    let jump = |chain: &str| Action::Jump(chain.to_owned());
    rules.push(
        CLUSTER_IPS_CHECK,
        Rule::fixed(vec![Condition::ToClusterIp], Action::Reject)
            .commented("Reject traffic to invalid ports of ClusterIPs"),
    );
    if let Some(network) = node.service_network(ipv6) {
        rules.push(
            CLUSTER_IPS_CHECK,
            Rule::fixed(vec![Condition::ToNetworks(vec![network])], Action::Drop)
                .commented("Drop traffic to unallocated ClusterIPs"),
        );
    }
    for (chain, next) in [
        ("filter-prerouting-pre-dnat", FIREWALL_CHECK),
        ("filter-output-pre-dnat", FIREWALL_CHECK),
        ("filter-forward", SERVICES_CHECK),
        ("filter-forward", CLUSTER_IPS_CHECK),
        ("filter-input", NODE_PORTS_CHECK),
        ("filter-input", SERVICES_CHECK),
        ("filter-output", SERVICES_CHECK),
        ("filter-output", CLUSTER_IPS_CHECK),
    ] {
        rules.push(chain, Rule::fixed(new(), jump(next)));
    }
    rules.push(FIREWALL_CHECK, Rule::fixed(vec![], Action::Lookup(Map::FirewallIps)));
    rules.push(MASQUERADING, Rule::fixed(vec![Condition::Marked], Action::UnmarkAndMasquerade));
    rules.push(MASQUERADING, Rule::fixed(vec![Condition::Hairpin], Action::Masquerade));
    rules.push("nat-output", Rule::fixed(vec![], jump(SERVICES)));
    rules.push("nat-postrouting", Rule::fixed(vec![], jump(MASQUERADING)));
    rules.push("nat-prerouting", Rule::fixed(vec![], jump(SERVICES)));
    let to_node = || vec![Condition::ToNodePortIp];
    rules.push(NODE_PORTS_CHECK, Rule::fixed(to_node(), Action::Lookup(Map::NoEndpointNodePorts)));
    rules.push(REJECT_CHAIN, Rule::fixed(vec![], Action::Reject));
    rules.push(SERVICES_CHECK, Rule::fixed(vec![], Action::Lookup(Map::NoEndpointServices)));
    if node.masquerade_all {
        rules.push(
            SERVICES,
            Rule::fixed(vec![Condition::ToClusterIp], Action::Mark)
                .commented("masquerade all clusterIP traffic"),
        );
    } else if let Some(network) = node.pod_network(ipv6) {
        let conditions = vec![Condition::ToClusterIp, Condition::NotFromNetwork(network)];
        rules.push(
            SERVICES,
            Rule::fixed(conditions, Action::Mark)
                .commented("masquerade clusterIP traffic from outside cluster"),
        );
    }
    rules.push(SERVICES, Rule::fixed(vec![], Action::Lookup(Map::ServiceIps)));
    rules.push(SERVICES, Rule::fixed(to_node(), Action::Lookup(Map::ServiceNodePorts)));
    if node.node_port_networks.is_empty() {
        rules.node_port_ips.extend(node.address(ipv6));
    } else {
        let inside = node.addresses.iter().copied().filter(|address| {
            address.is_ipv6() == ipv6
                && node.node_port_networks.iter().any(|network| network.contains(address))
        });
        rules.node_port_ips.extend(inside);
    }
}

/// Writes the chains and elements of one Service port.
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
        let protocol = port.name.protocol;
        let full = format!(
            "{}/{}/{}/{}",
            port.name.namespace,
            port.name.name,
            protocol.lower(),
            port.name.port
        );
        let base = hashed(&full);
        let cluster_chain = format!("service-{base}");
        let local_chain = format!("local-{base}");
        let external_chain = format!("external-{base}");
        let firewall_chain = format!("firewall-{base}");
        let has_internal = categories.any && !(port.internal_local && categories.local.is_empty());
        let has_external = categories.any && !(port.external_local && categories.local.is_empty());
        let internal_chain = if port.internal_local { &local_chain } else { &cluster_chain };
        let policy_chain = if port.external_local { &local_chain } else { &cluster_chain };
        let end = if categories.any { Action::Drop } else { Action::Goto(REJECT_CHAIN.to_owned()) };
        let spec = |field: &str| port.field(&FieldPath::of("spec").child(field));
        let blame = |field: &str| if categories.any { spec(field) } else { spec("selector") };

        self.rules.cluster_ips.insert(port.cluster_ip);
        if has_internal {
            let from = port.port_field("port");
            self.element(
                Map::ServiceIps,
                Some(port.cluster_ip),
                port.port,
                goto(internal_chain),
                &from,
            );
        } else {
            let from = blame("internalTrafficPolicy");
            self.element(
                Map::NoEndpointServices,
                Some(port.cluster_ip),
                port.port,
                end.clone(),
                &from,
            );
        }
        let external = port.external_ips.iter().map(|address| (address, spec("externalIPs")));
        let balanced =
            port.load_balancer_ips.iter().map(|address| (address, port.port_field("port")));
        for (address, from) in external.chain(balanced) {
            if categories.any {
                self.element(
                    Map::ServiceIps,
                    Some(*address),
                    port.port,
                    goto(&external_chain),
                    &from,
                );
            }
            if !has_external {
                let from = blame("externalTrafficPolicy");
                self.element(
                    Map::NoEndpointServices,
                    Some(*address),
                    port.port,
                    end.clone(),
                    &from,
                );
            }
        }
        if let Some(number) = port.node_port {
            if categories.any {
                let from = port.port_field("nodePort");
                self.element(Map::ServiceNodePorts, None, number, goto(&external_chain), &from);
            }
            if !has_external {
                let from = blame("externalTrafficPolicy");
                self.element(Map::NoEndpointNodePorts, None, number, end.clone(), &from);
            }
        }
        if categories.any && port.externally_accessible() {
            let next = has_external.then_some(policy_chain.as_str());
            self.external(&external_chain, &cluster_chain, next);
        }
        if categories.any && !port.load_balancer_ips.is_empty() && !port.source_ranges.is_empty() {
            let from = spec("loadBalancerSourceRanges");
            self.firewall(&firewall_chain, &from);
        }
        if port.uses_cluster_endpoints() && !categories.cluster.is_empty() {
            self.balance(&cluster_chain, &categories.cluster, &full);
        }
        if port.uses_local_endpoints() && !categories.local.is_empty() {
            self.balance(&local_chain, &categories.local, &full);
        }
        for endpoint in &categories.reachable {
            if endpoint.node.as_deref() == Some(node.name.as_str()) {
                self.rules.hairpins.insert((endpoint.address, protocol, endpoint.port));
            }
            if let Some(seconds) = port.affinity_seconds {
                self.sticky(endpoint, &full, seconds);
            }
        }
    }

    fn external(&mut self, chain: &str, cluster_chain: &str, next: Option<&str>) {
        let port = self.port;
        let from = port.field(&FieldPath::of("spec.externalTrafficPolicy"));
        if port.external_local {
            if let Some(network) = self.node.pod_network(self.ipv6) {
                let conditions = vec![Condition::FromNetwork(network)];
                let comment = Some("short-circuit pod traffic");
                self.rule(chain, conditions, goto(cluster_chain), comment, &from);
            }
            let local = || vec![Condition::FromLocal];
            self.rule(chain, local(), Action::Mark, Some("masquerade local traffic"), &from);
            let comment = Some("short-circuit local traffic");
            self.rule(chain, local(), goto(cluster_chain), comment, &from);
        } else {
            self.rule(chain, vec![], Action::Mark, Some("masquerade"), &from);
        }
        if let Some(next) = next {
            self.rule(chain, vec![], goto(next), None, &from);
        }
    }

    fn firewall(&mut self, chain: &str, from: &FieldRef) {
        let port = self.port;
        let node_address = self.node.address(self.ipv6);
        let mut networks = port.source_ranges.clone();
        let includes_node = port
            .source_ranges
            .iter()
            .any(|network| node_address.is_some_and(|address| network.contains(&address)));
        if includes_node {
            networks.extend(port.load_balancer_ips.iter().map(|address| IpNet::from(*address)));
        }
        self.rule(chain, vec![Condition::FromNoneOf(networks)], Action::Drop, None, from);
        for address in &port.load_balancer_ips {
            self.element(Map::FirewallIps, Some(*address), port.port, goto(chain), from);
        }
    }

    fn balance(&mut self, chain: &str, endpoints: &[&Endpoint], full: &str) {
        let port = self.port;
        let from = port.port_field("targetPort");
        if port.affinity_seconds.is_none() {
            let targets = endpoints.iter().map(|endpoint| (endpoint.address, endpoint.port));
            let action = Action::DnatRandom(targets.collect());
            let protocol = vec![Condition::Protocol(port.name.protocol)];
            self.rule(chain, protocol, action, None, &from);
            return;
        }
        let affinity = port.field(&FieldPath::of("spec.sessionAffinity"));
        for endpoint in endpoints {
            let name = endpoint_base(full, endpoint);
            let remembered = vec![Condition::Remembered(format!("affinity-{name}"))];
            self.rule(chain, remembered, goto(&format!("endpoint-{name}")), None, &affinity);
        }
        let chains = endpoints
            .iter()
            .map(|endpoint| format!("endpoint-{}", endpoint_base(full, endpoint)))
            .collect();
        self.rule(chain, vec![], Action::GotoRandom(chains), None, &from);
    }

    fn sticky(&mut self, endpoint: &Endpoint, full: &str, seconds: u32) {
        let port = self.port;
        let from = port.port_field("targetPort");
        let name = endpoint_base(full, endpoint);
        let (chain, set) = (format!("endpoint-{name}"), format!("affinity-{name}"));
        self.rules.affinity_sets.insert(set.clone(), seconds);
        self.rule(&chain, vec![], Action::Remember(set), None, &from);
        let protocol = vec![Condition::Protocol(port.name.protocol)];
        let action = Action::Dnat(endpoint.address, endpoint.port);
        self.rule(&chain, protocol, action, None, &from);
    }

    fn element(
        &mut self,
        map: Map,
        address: Option<IpAddr>,
        number: u16,
        action: Action,
        from: &FieldRef,
    ) {
        let key = (address, self.port.name.protocol, number);
        let comment = matches!(map, Map::NoEndpointServices | Map::NoEndpointNodePorts)
            .then(|| self.port.name.to_string());
        let service = self.port.name.clone();
        self.rules.insert(map, key, Element { action, comment, from: from.clone(), service });
    }

    fn rule(
        &mut self,
        chain: &str,
        conditions: Vec<Condition>,
        action: Action,
        comment: Option<&'static str>,
        from: &FieldRef,
    ) {
        let service = Some(self.port.name.clone());
        let from = Some(from.clone());
        self.rules.push(chain, Rule { conditions, action, comment, from, service });
    }
}

fn goto(chain: &str) -> Action {
    Action::Goto(chain.to_owned())
}

/// `ULMVA6XW-ns1/svc1/tcp/p80`.
fn hashed(name: &str) -> String {
    format!("{}-{name}", base32_of_sha256(name, 8))
}

fn endpoint_base(full: &str, endpoint: &Endpoint) -> String {
    let address = endpoint.address.to_string().replace(':', ".");
    hashed(&format!("{full}__{address}/{}", endpoint.port))
}

/// Seconds as `nft` prints them: `3h`.
fn duration(seconds: u32) -> String {
    let parts = [
        (seconds / 86400, "d"),
        (seconds / 3600 % 24, "h"),
        (seconds / 60 % 60, "m"),
        (seconds % 60, "s"),
    ];
    let text: String = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count}{unit}"))
        .collect();
    if text.is_empty() { "0s".to_owned() } else { text }
}
