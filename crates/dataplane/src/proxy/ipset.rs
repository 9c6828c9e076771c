//! What kube-proxy's `ipvs` mode keeps beside its virtual servers: ipsets, and `iptables` rules that ask
//! them whom to masquerade and whom to let pass.
//!
//! Models `pkg/proxy/ipvs/ipset.go` and `writeIptablesRules` of `proxier.go` (v1.36). This is what the
//! tools on a node print; what becomes of a packet, `ipvs` decides from the same Services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ipnet::IpNet;
use packet::Protocol;

use super::iptables::{Match, Rule, Ruleset, Side, Table, Target};
use super::{ProxyNode, ServicePort};

const SERVICES: &str = "KUBE-SERVICES";
const NODE_PORT: &str = "KUBE-NODE-PORT";
const BALANCER: &str = "KUBE-LOAD-BALANCER";
const POSTROUTING: &str = "KUBE-POSTROUTING";
const MARK_MASQ: &str = "KUBE-MARK-MASQ";
const FORWARD: &str = "KUBE-FORWARD";
const FIREWALL: &str = "KUBE-PROXY-FIREWALL";
const SOURCES: &str = "KUBE-SOURCE-RANGES-FIREWALL";
const FILTER: &str = "KUBE-IPVS-FILTER";
const OUT_FILTER: &str = "KUBE-IPVS-OUT-FILTER";

/// A set: its name in IPv4 and in IPv6, its type, and the comment on the rules that ask it.
struct Kind {
    name: [&'static str; 2],
    of: &'static str,
    comment: &'static str,
}

macro_rules! kind {
    ($constant:ident, $name:literal, $of:literal, $comment:literal) => {
        const $constant: &Kind = &Kind {
            name: [concat!("KUBE-", $name), concat!("KUBE-6-", $name)],
            of: $of,
            comment: $comment,
        };
    };
}

kind!(
    LOOP_BACK,
    "LOOP-BACK",
    "hash:ip,port,ip",
    "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose"
);
kind!(
    CLUSTER_IP,
    "CLUSTER-IP",
    "hash:ip,port",
    "Kubernetes service cluster ip + port for masquerade purpose"
);
kind!(
    EXTERNAL_IP,
    "EXTERNAL-IP",
    "hash:ip,port",
    "Kubernetes service external ip + port for masquerade and filter purpose"
);
kind!(
    EXTERNAL_IP_LOCAL,
    "EXTERNAL-IP-LOCAL",
    "hash:ip,port",
    "Kubernetes service external ip + port with externalTrafficPolicy=local"
);
kind!(LOAD_BALANCER, "LOAD-BALANCER", "hash:ip,port", "Kubernetes service lb portal");
kind!(
    LOAD_BALANCER_LOCAL,
    "LOAD-BALANCER-LOCAL",
    "hash:ip,port",
    "Kubernetes service load balancer ip + port with externalTrafficPolicy=local"
);
kind!(
    LOAD_BALANCER_FW,
    "LOAD-BALANCER-FW",
    "hash:ip,port",
    "Kubernetes service load balancer ip + port for load balancer with sourceRange"
);
kind!(
    SOURCE_CIDR,
    "LOAD-BALANCER-SOURCE-CIDR",
    "hash:ip,port,net",
    "Kubernetes service load balancer ip + port + source cidr for packet filter purpose"
);
kind!(
    NODE_PORT_TCP,
    "NODE-PORT-TCP",
    "bitmap:port",
    "Kubernetes nodeport TCP port for masquerade purpose"
);
kind!(
    NODE_PORT_LOCAL_TCP,
    "NODE-PORT-LOCAL-TCP",
    "bitmap:port",
    "Kubernetes nodeport TCP port with externalTrafficPolicy=local"
);
kind!(
    NODE_PORT_UDP,
    "NODE-PORT-UDP",
    "bitmap:port",
    "Kubernetes nodeport UDP port for masquerade purpose"
);
kind!(
    NODE_PORT_LOCAL_UDP,
    "NODE-PORT-LOCAL-UDP",
    "bitmap:port",
    "Kubernetes nodeport UDP port with externalTrafficPolicy=local"
);
kind!(
    NODE_PORT_SCTP,
    "NODE-PORT-SCTP-HASH",
    "hash:ip,port",
    "Kubernetes nodeport SCTP port for masquerade purpose with type 'hash ip:port'"
);
kind!(
    NODE_PORT_LOCAL_SCTP,
    "NODE-PORT-LOCAL-SCTP-HASH",
    "hash:ip,port",
    "Kubernetes nodeport SCTP port with externalTrafficPolicy=local with type 'hash ip:port'"
);
kind!(HEALTH, "HEALTH-CHECK-NODE-PORT", "bitmap:port", "Kubernetes health check node port");
kind!(ADDRESSES, "IPVS-IPS", "hash:ip", "Kubernetes IPVS IPs");

/// Every set, in the order in which `ipset list` shows them.
const ALL: [&Kind; 16] = [
    LOOP_BACK,
    CLUSTER_IP,
    EXTERNAL_IP,
    EXTERNAL_IP_LOCAL,
    LOAD_BALANCER,
    LOAD_BALANCER_LOCAL,
    LOAD_BALANCER_FW,
    SOURCE_CIDR,
    NODE_PORT_TCP,
    NODE_PORT_LOCAL_TCP,
    NODE_PORT_UDP,
    NODE_PORT_LOCAL_UDP,
    NODE_PORT_SCTP,
    NODE_PORT_LOCAL_SCTP,
    HEALTH,
    ADDRESSES,
];

/// The sets of one family, with what is in them.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    ipv6: bool,
    members: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Sets {
    /// The sets for these Service ports on a node.
    pub fn compile<'a>(
        ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
        node: &ProxyNode,
        ipv6: bool,
    ) -> Self {
        let mut sets = Self { ipv6, members: BTreeMap::new() };
        for port in ports {
            sets.add_service(port, node);
        }
        sets
    }

    fn add_service(&mut self, port: &ServicePort, node: &ProxyNode) {
        let protocol = port.name.protocol.lower();
        let at = |address| format!("{address},{protocol}:{}", port.port);
        for endpoint in &port.endpoints {
            if endpoint.node.as_deref() == Some(node.name.as_str()) {
                let (address, number) = (endpoint.address, endpoint.port);
                self.add(LOOP_BACK, format!("{address},{protocol}:{number},{address}"));
            }
        }
        self.add(CLUSTER_IP, at(port.cluster_ip));
        self.add(ADDRESSES, port.cluster_ip.to_string());
        for address in &port.external_ips {
            let set = if port.external_local { EXTERNAL_IP_LOCAL } else { EXTERNAL_IP };
            self.add(set, at(*address));
            self.add(ADDRESSES, address.to_string());
        }
        for address in &port.load_balancer_ips {
            self.add(LOAD_BALANCER, at(*address));
            self.add(ADDRESSES, address.to_string());
            if port.external_local {
                self.add(LOAD_BALANCER_LOCAL, at(*address));
            }
            for range in &port.source_ranges {
                self.add(LOAD_BALANCER_FW, at(*address));
                self.add(SOURCE_CIDR, format!("{},{range}", at(*address)));
            }
        }
        if let Some(number) = port.node_port {
            let own = node.addresses.iter().filter(|own| own.is_ipv6() == self.ipv6);
            let hashed = own.map(|own| format!("{own},{protocol}:{number}"));
            let (set, local, members): (_, _, Vec<String>) = match port.name.protocol {
                Protocol::Udp => (NODE_PORT_UDP, NODE_PORT_LOCAL_UDP, vec![number.to_string()]),
                Protocol::Sctp => (NODE_PORT_SCTP, NODE_PORT_LOCAL_SCTP, hashed.collect()),
                _ => (NODE_PORT_TCP, NODE_PORT_LOCAL_TCP, vec![number.to_string()]),
            };
            for member in members {
                if port.external_local {
                    self.add(local, member.clone());
                }
                self.add(set, member);
            }
        }
        if let Some(number) = port.health_check_node_port {
            self.add(HEALTH, number.to_string());
        }
    }

    fn add(&mut self, kind: &'static Kind, member: String) {
        self.members.entry(self.name(kind)).or_default().insert(member);
    }

    fn name(&self, kind: &Kind) -> &'static str {
        kind.name[usize::from(self.ipv6)]
    }

    fn is_empty(&self, kind: &Kind) -> bool {
        !self.members.contains_key(self.name(kind))
    }

    /// The sets as `ipset list` prints them.
    pub fn list(&self) -> String {
        let family = if self.ipv6 { "inet6" } else { "inet" };
        let shown = ALL.iter().map(|kind| {
            let name = self.name(kind);
            let members = self.members.get(name);
            let (revision, header) = match kind.of {
                "bitmap:port" => (3, "range 0-65535".to_owned()),
                _ => (6, format!("family {family} hashsize 1024 maxelem 65536")),
            };
            let members: Vec<&str> = members.into_iter().flatten().map(String::as_str).collect();
            let lines: String = members.iter().map(|member| format!("{member}\n")).collect();
            format!(
                "Name: {name}\nType: {}\nRevision: {revision}\nHeader: {header}\n\
                 Number of entries: {}\nMembers:\n{lines}",
                kind.of,
                members.len()
            )
        });
        shown.collect::<Vec<_>>().join("\n")
    }

    /// The rules that ask the sets.
    pub fn rules(&self, node: &ProxyNode) -> Ruleset {
        let mut rules = Ruleset::default();
        hooks(&mut rules);
        self.dispatch(&mut rules);
        self.services(&mut rules, node.pod_network(self.ipv6), node.masquerade_all);
        self.filter(&mut rules);
        let comment = Match::Comment("kubernetes service traffic requiring SNAT".into());
        for (matches, target) in [
            (vec![Match::Unmarked], Target::Return),
            (vec![], Target::Unmark),
            (vec![comment], Target::Masquerade { random_fully: node.random_fully }),
        ] {
            rules.push(Table::Nat, POSTROUTING, Rule::fixed(matches, target));
        }
        rules.push(Table::Nat, MARK_MASQ, Rule::fixed(vec![], Target::Mark));
        rules
    }

    /// The rules that are there only while their set holds something.
    fn dispatch(&self, rules: &mut Ruleset) {
        let masquerade = || Target::Masquerade { random_fully: false };
        let jump = |chain: &str| Target::Jump(chain.into());
        let nat = [
            (LOOP_BACK, POSTROUTING, masquerade(), "dst,dst,src", None),
            (LOAD_BALANCER, SERVICES, jump(BALANCER), "dst,dst", None),
            (LOAD_BALANCER_LOCAL, BALANCER, Target::Return, "dst,dst", None),
            (NODE_PORT_LOCAL_TCP, NODE_PORT, Target::Return, "dst", Some(Protocol::Tcp)),
            (NODE_PORT_TCP, NODE_PORT, jump(MARK_MASQ), "dst", Some(Protocol::Tcp)),
            (NODE_PORT_LOCAL_UDP, NODE_PORT, Target::Return, "dst", Some(Protocol::Udp)),
            (NODE_PORT_UDP, NODE_PORT, jump(MARK_MASQ), "dst", Some(Protocol::Udp)),
            (NODE_PORT_LOCAL_SCTP, NODE_PORT, Target::Return, "dst,dst", Some(Protocol::Sctp)),
            (NODE_PORT_SCTP, NODE_PORT, jump(MARK_MASQ), "dst,dst", Some(Protocol::Sctp)),
        ];
        for (kind, chain, target, directions, protocol) in nat {
            if !self.is_empty(kind) {
                let mut matches: Vec<Match> = protocol.into_iter().map(Match::Protocol).collect();
                matches.extend([comment(kind), self.asked(kind, directions)]);
                rules.push(Table::Nat, chain, Rule::fixed(matches, target));
            }
        }
        for (kind, chain, target, directions) in [
            (LOAD_BALANCER_FW, FIREWALL, jump(SOURCES), "dst,dst"),
            (SOURCE_CIDR, SOURCES, Target::Return, "dst,dst,src"),
        ] {
            if !self.is_empty(kind) {
                let matches = vec![comment(kind), self.asked(kind, directions)];
                rules.push(Table::Filter, chain, Rule::fixed(matches, target));
            }
        }
    }

    fn services(&self, rules: &mut Ruleset, pods: Option<IpNet>, masquerade_all: bool) {
        let mark = || Target::Jump(MARK_MASQ.into());
        let mut nat = |matches: Vec<Match>, target: Target| {
            rules.push(Table::Nat, SERVICES, Rule::fixed(matches, target));
        };
        if !self.is_empty(CLUSTER_IP) {
            let directions = if masquerade_all || pods.is_some() { "dst,dst" } else { "src,dst" };
            let from_outside = pods.filter(|_| !masquerade_all).map(|network| Match::Address {
                side: Side::Source,
                network,
                negated: true,
            });
            let mut matches = vec![comment(CLUSTER_IP), self.asked(CLUSTER_IP, directions)];
            matches.extend(from_outside);
            nat(matches, mark());
        }
        for kind in [EXTERNAL_IP, EXTERNAL_IP_LOCAL] {
            if self.is_empty(kind) {
                continue;
            }
            let asked = || vec![comment(kind), self.asked(kind, "dst,dst")];
            if std::ptr::eq(kind, EXTERNAL_IP) {
                nat(asked(), mark());
            }
            for more in [Match::FromElsewhere, Match::Local(Side::Destination)] {
                let mut matches = asked();
                matches.push(more);
                nat(matches, Target::Accept);
            }
        }
        nat(vec![Match::Local(Side::Destination)], Target::Jump(NODE_PORT.into()));
        for kind in [CLUSTER_IP, LOAD_BALANCER] {
            if !self.is_empty(kind) {
                nat(vec![self.asked(kind, "dst,dst")], Target::Accept);
            }
        }
        rules.push(Table::Nat, BALANCER, Rule::fixed(vec![], mark()));
    }

    fn filter(&self, rules: &mut Ruleset) {
        let mut filter = |chain: &str, matches: Vec<Match>, target: Target| {
            rules.push(Table::Filter, chain, Rule::fixed(matches, target));
        };
        filter(SOURCES, vec![], Target::Drop);
        let named = |text: &str| Match::Comment(text.into());
        filter(FORWARD, vec![named("kubernetes forwarding rules"), Match::Marked], Target::Accept);
        let known = vec![named("kubernetes forwarding conntrack rule"), Match::StateKnown];
        filter(FORWARD, known, Target::Accept);
        filter(NODE_PORT, vec![comment(HEALTH), self.asked(HEALTH, "dst")], Target::Accept);
        for kind in [LOAD_BALANCER, CLUSTER_IP, EXTERNAL_IP, EXTERNAL_IP_LOCAL] {
            filter(FILTER, vec![self.asked(kind, "dst,dst")], Target::Return);
        }
        filter(FILTER, vec![self.asked(HEALTH, "dst")], Target::Return);
        let new = vec![Match::StateNew, self.asked(ADDRESSES, "dst")];
        filter(FILTER, new, Target::Reject);
    }

    fn asked(&self, kind: &Kind, directions: &'static str) -> Match {
        Match::Set { name: self.name(kind), directions }
    }
}

fn comment(kind: &Kind) -> Match {
    Match::Comment(kind.comment.into())
}

/// The jumps from the kernel's own chains, in the order in which they are put in front.
fn hooks(rules: &mut Ruleset) {
    for (table, hook, chain, comment) in [
        (Table::Filter, "INPUT", FILTER, "kubernetes ipvs access filter"),
        (Table::Filter, "INPUT", FIREWALL, "kube-proxy firewall rules"),
        (Table::Filter, "INPUT", NODE_PORT, "kubernetes health check rules"),
        (Table::Filter, "FORWARD", FIREWALL, "kube-proxy firewall rules"),
        (Table::Filter, "FORWARD", FORWARD, "kubernetes forwarding rules"),
        (Table::Filter, "OUTPUT", OUT_FILTER, "kubernetes ipvs access filter"),
        (Table::Nat, "PREROUTING", SERVICES, "kubernetes service portals"),
        (Table::Nat, "OUTPUT", SERVICES, "kubernetes service portals"),
        (Table::Nat, "POSTROUTING", POSTROUTING, "kubernetes postrouting rules"),
    ] {
        let matches = vec![Match::Comment(comment.into())];
        rules.push(table, hook, Rule::fixed(matches, Target::Jump(chain.into())));
    }
    for chain in [FORWARD, NODE_PORT, FIREWALL, SOURCES, FILTER, OUT_FILTER] {
        rules.declare(Table::Filter, chain);
    }
    for chain in [SERVICES, POSTROUTING, NODE_PORT, BALANCER, MARK_MASQ] {
        rules.declare(Table::Nat, chain);
    }
}
