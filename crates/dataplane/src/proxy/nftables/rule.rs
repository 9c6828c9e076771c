//! One `nftables` rule: its conditions and its action, in both of its written forms.
//!
//! kube-proxy feeds commands to `nft -f`; `nft list ruleset` prints the same rules in its own words.

use std::net::IpAddr;

use ipnet::IpNet;
use packet::{Protocol, socket};
use trace::FieldRef;

use crate::proxy::ServicePortName;

/// Which written form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As kube-proxy writes it: `add rule ip kube-proxy …`.
    Commands,
    /// As `nft list ruleset` prints it.
    List,
}

/// The verdict maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Map {
    /// Destinations subject to `loadBalancerSourceRanges`.
    FirewallIps,
    /// Node ports without endpoints.
    NoEndpointNodePorts,
    /// Destinations without endpoints.
    NoEndpointServices,
    /// ClusterIPs, external IPs and load balancer IPs.
    ServiceIps,
    /// Node ports.
    ServiceNodePorts,
}

impl Map {
    /// Every map, in the order in which kube-proxy declares them.
    pub const ALL: [Map; 5] = [
        Map::FirewallIps,
        Map::NoEndpointNodePorts,
        Map::NoEndpointServices,
        Map::ServiceIps,
        Map::ServiceNodePorts,
    ];

    /// `service-ips`.
    pub fn name(self) -> &'static str {
        match self {
            Map::FirewallIps => "firewall-ips",
            Map::NoEndpointNodePorts => "no-endpoint-nodeports",
            Map::NoEndpointServices => "no-endpoint-services",
            Map::ServiceIps => "service-ips",
            Map::ServiceNodePorts => "service-nodeports",
        }
    }

    /// Its comment.
    pub fn comment(self) -> &'static str {
        match self {
            Map::FirewallIps => "destinations that are subject to LoadBalancerSourceRanges",
            Map::NoEndpointNodePorts => {
                "vmap to drop or reject packets to service nodeports with no endpoints"
            }
            Map::NoEndpointServices => {
                "vmap to drop or reject packets to services with no endpoints"
            }
            Map::ServiceIps => "ClusterIP, ExternalIP and LoadBalancer IP traffic",
            Map::ServiceNodePorts => "NodePort traffic",
        }
    }

    /// Whether its key is a node port rather than an address and port.
    pub fn of_node_ports(self) -> bool {
        match self {
            Map::NoEndpointNodePorts | Map::ServiceNodePorts => true,
            Map::FirewallIps | Map::NoEndpointServices | Map::ServiceIps => false,
        }
    }
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// The first packet of a connection.
    StateNew,
    /// The destination is a ClusterIP.
    ToClusterIp,
    /// The destination is in one of these blocks.
    ToNetworks(Vec<IpNet>),
    /// The destination is an address that accepts node ports.
    ToNodePortIp,
    /// The source is in the block.
    FromNetwork(IpNet),
    /// The source is outside the block.
    NotFromNetwork(IpNet),
    /// The source is in none of these blocks.
    FromNoneOf(Vec<IpNet>),
    /// The source is one of the node's addresses.
    FromLocal,
    /// The packet carries the mark.
    Marked,
    /// A Pod's connection to its own Service.
    Hairpin,
    /// The client is in the affinity set.
    Remembered(String),
    /// The protocol.
    Protocol(Protocol),
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Goes on in another chain and comes back.
    Jump(String),
    /// Goes on in another chain for good.
    Goto(String),
    /// Looks the packet up in a verdict map.
    Lookup(Map),
    /// Sets the mark.
    Mark,
    /// Clears the mark and rewrites the source.
    UnmarkAndMasquerade,
    /// Rewrites the source.
    Masquerade,
    /// Rewrites the destination to one of these.
    DnatRandom(Vec<(IpAddr, u16)>),
    /// Rewrites the destination.
    Dnat(IpAddr, u16),
    /// Goes on in one of these chains.
    GotoRandom(Vec<String>),
    /// Remembers the client in an affinity set.
    Remember(String),
    /// Ends it in silence.
    Drop,
    /// Ends it and tells the sender.
    Reject,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its conditions.
    pub conditions: Vec<Condition>,
    /// What it does.
    pub action: Action,
    /// Its comment.
    pub comment: Option<&'static str>,
    /// The field it was made from.
    pub from: Option<FieldRef>,
    /// The Service port it was made for.
    pub service: Option<ServicePortName>,
}

impl Rule {
    /// A rule of kube-proxy's own, made from no object.
    pub fn fixed(conditions: Vec<Condition>, action: Action) -> Self {
        Self { conditions, action, comment: None, from: None, service: None }
    }

    /// The same rule with a comment.
    pub fn commented(self, comment: &'static str) -> Self {
        Self { comment: Some(comment), ..self }
    }

    /// The rule without its table and chain.
    pub fn text(&self, ipv6: bool, style: Style) -> String {
        let ip = if ipv6 { "ip6" } else { "ip" };
        let mut words: Vec<String> =
            self.conditions.iter().map(|condition| condition.text(ip, style)).collect();
        words.push(self.action.text(&self.conditions, ip, style));
        if let Some(comment) = self.comment {
            words.push(format!("comment \"{comment}\""));
        }
        words.join(" ")
    }
}

impl Condition {
    fn text(&self, ip: &str, style: Style) -> String {
        let list = |networks: &[IpNet]| {
            let texts: Vec<String> = networks.iter().map(|net| network_text(*net)).collect();
            match style {
                Style::Commands => texts.join(" , "),
                Style::List => texts.join(", "),
            }
        };
        match self {
            Condition::StateNew => "ct state new".into(),
            Condition::ToClusterIp => format!("{ip} daddr @cluster-ips"),
            Condition::ToNetworks(networks) => format!("{ip} daddr {{ {} }}", list(networks)),
            Condition::ToNodePortIp => format!("{ip} daddr @nodeport-ips"),
            Condition::FromNetwork(network) => format!("{ip} saddr {network}"),
            Condition::NotFromNetwork(network) => format!("{ip} saddr != {network}"),
            Condition::FromNoneOf(networks) => format!("{ip} saddr != {{ {} }}", list(networks)),
            Condition::FromLocal => "fib saddr type local".into(),
            Condition::Marked => match style {
                Style::Commands => "mark and 0x4000 != 0".into(),
                Style::List => "meta mark & 0x00004000 != 0x00000000".into(),
            },
            Condition::Hairpin => format!(
                "ct status dnat {ip} saddr . {ip} daddr . meta l4proto . th dport @hairpin-connections"
            ),
            Condition::Remembered(set) => format!("{ip} saddr @{set}"),
            Condition::Protocol(protocol) => format!("meta l4proto {}", protocol.lower()),
        }
    }
}

impl Action {
    fn text(&self, conditions: &[Condition], ip: &str, style: Style) -> String {
        let separator = match style {
            Style::Commands => " , ",
            Style::List => ", ",
        };
        match (self, style) {
            (Action::Jump(chain), _) => format!("jump {chain}"),
            (Action::Goto(chain), _) => format!("goto {chain}"),
            (Action::Lookup(map), _) => {
                let key = "meta l4proto . th dport";
                let key = if map.of_node_ports() {
                    key.to_owned()
                } else {
                    debug_assert!(conditions.is_empty());
                    format!("{ip} daddr . {key}")
                };
                format!("{key} vmap @{}", map.name())
            }
            (Action::Mark, Style::Commands) => "mark set mark or 0x4000".into(),
            (Action::Mark, Style::List) => "meta mark set meta mark | 0x00004000".into(),
            (Action::UnmarkAndMasquerade, Style::Commands) => {
                "mark set mark xor 0x4000 masquerade fully-random".into()
            }
            (Action::UnmarkAndMasquerade, Style::List) => {
                "meta mark set meta mark ^ 0x00004000 masquerade fully-random".into()
            }
            (Action::Masquerade, _) => "masquerade fully-random".into(),
            (Action::DnatRandom(endpoints), _) => {
                let entries: Vec<String> = endpoints
                    .iter()
                    .enumerate()
                    .map(|(position, (address, port))| format!("{position} : {address} . {port}"))
                    .collect();
                let to = match style {
                    Style::Commands => format!("dnat {ip} addr . port to"),
                    Style::List => format!("dnat {ip} to"),
                };
                format!(
                    "{to} numgen random mod {} map {{ {} }}",
                    endpoints.len(),
                    entries.join(separator)
                )
            }
            (Action::Dnat(address, port), _) => format!("dnat to {}", socket(*address, *port)),
            (Action::GotoRandom(chains), _) => {
                let entries: Vec<String> = chains
                    .iter()
                    .enumerate()
                    .map(|(position, chain)| format!("{position} : goto {chain}"))
                    .collect();
                format!("numgen random mod {} vmap {{ {} }}", chains.len(), entries.join(separator))
            }
            (Action::Remember(set), _) => format!("update @{set} {{ {ip} saddr }}"),
            (Action::Drop, _) => "drop".into(),
            (Action::Reject, Style::Commands) => "reject".into(),
            (Action::Reject, Style::List) if ip == "ip6" => {
                "reject with icmpv6 port-unreachable".into()
            }
            (Action::Reject, Style::List) => "reject with icmp port-unreachable".into(),
        }
    }
}

/// `203.0.113.0/25`, and `1.2.3.4` for a single address.
fn network_text(network: IpNet) -> String {
    if network.prefix_len() == network.max_prefix_len() {
        network.addr().to_string()
    } else {
        network.to_string()
    }
}
