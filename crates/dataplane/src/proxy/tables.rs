//! The rules of one node in one family, whichever tool wrote them, asked hook by hook.
//!
//! In every mode the plugin's own `iptables` rules are there too; in `iptables` mode they share the
//! kernel's chains with kube-proxy's.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use packet::{FiveTuple, Protocol};

use crate::network::HostPort;

use super::{
    Chance, Decision, Hook, Mark, ProxyMode, ProxyNode, Ruling, ServiceMap, ServicePort,
    ServicePortName, Tracking, View, ipset, iptables, ipvs, nftables,
};

/// Finds a Service port by name.
pub type Lookup<'a> = &'a dyn Fn(&ServicePortName) -> Option<Arc<ServicePort>>;

/// Everything that netfilter and IPVS ask on one node.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    pub(crate) iptables: iptables::Ruleset,
    nftables: Option<nftables::Ruleset>,
    ipvs: Option<ipvs::Ruleset>,
    /// What stands beside the virtual servers: the sets, and the rules that ask them.
    beside: Option<(ipset::Sets, iptables::Ruleset)>,
}

/// A tool on a node that lists rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// `iptables-save`, then `ip6tables-save`.
    IptablesSave,
    /// `nft list ruleset`.
    Nft,
    /// `ipvsadm -Ln`.
    Ipvsadm,
    /// `ipset list`.
    Ipset,
    /// `cilium-dbg service list`.
    CiliumDbg,
}

impl Tables {
    /// kube-proxy's rules for these Service ports.
    pub fn compile<'a>(
        mode: ProxyMode,
        ports: impl IntoIterator<Item = &'a Arc<ServicePort>>,
        node: &ProxyNode,
        ipv6: bool,
    ) -> Self {
        let mut tables = Self::default();
        match mode {
            ProxyMode::Iptables => tables.iptables = iptables::compile(ports, node, ipv6),
            ProxyMode::Nftables => tables.nftables = Some(nftables::compile(ports, node, ipv6)),
            ProxyMode::Ipvs => {
                let ports: Vec<&Arc<ServicePort>> = ports.into_iter().collect();
                let sets = ipset::Sets::compile(ports.iter().copied(), node, ipv6);
                let rules = sets.rules(node);
                tables.beside = Some((sets, rules));
                tables.ipvs = Some(ipvs::compile(ports, node, ipv6));
            }
            ProxyMode::CiliumReplacement => {
                tables.ipvs = Some(ipvs::compile(ports, node, ipv6).for_cilium());
            }
            ProxyMode::None => {}
        }
        tables
    }

    /// Adds the ports of a node that the plugin itself leads to one Pod.
    pub(crate) fn add_host_ports(&mut self, ports: &[HostPort], node: Option<IpAddr>) {
        if let (Some(rules), Some(node)) = (&mut self.ipvs, node) {
            rules.add_host_ports(ports, node);
        }
    }

    /// Adds what the rules of a few Service ports must know of all the others.
    pub(crate) fn complete(
        &mut self,
        services: &ServiceMap,
        node: &ProxyNode,
        destination: (IpAddr, Protocol, u16),
    ) {
        if let Some(rules) = &mut self.nftables {
            nftables::complete(rules, services, node, destination);
        }
    }

    /// What stands before destination NAT: `nftables`' check of source ranges.
    pub fn guard(&self, hook: Hook, view: View, chance: &mut dyn Chance, of: Lookup<'_>) -> Ruling {
        let chain = match hook {
            Hook::Prerouting => "filter-prerouting-pre-dnat",
            Hook::Output => "filter-output-pre-dnat",
            Hook::Input | Hook::Forward | Hook::Postrouting => return Ruling::pass(view.marked),
        };
        match &self.nftables {
            Some(rules) => nftables::ask(rules, chain, view, chance, of),
            None => Ruling::pass(view.marked),
        }
    }

    /// The `nat` tables at a hook.
    pub fn nat(&self, hook: Hook, view: View, chance: &mut dyn Chance, of: Lookup<'_>) -> Ruling {
        let first = match (&self.nftables, &self.ipvs) {
            (Some(rules), _) => {
                let chain = match hook {
                    Hook::Prerouting => "nat-prerouting",
                    Hook::Output => "nat-output",
                    Hook::Postrouting => "nat-postrouting",
                    Hook::Input | Hook::Forward => return Ruling::pass(view.marked),
                };
                nftables::ask(rules, chain, view, chance, of)
            }
            (None, Some(rules)) => rules.ask(hook, view, chance, of),
            (None, None) => Ruling::pass(view.marked),
        };
        self.then(first, iptables::Table::Nat, hook, view, chance, of)
    }

    /// The `filter` tables at a hook.
    pub fn filter(
        &self,
        hook: Hook,
        view: View,
        chance: &mut dyn Chance,
        of: Lookup<'_>,
    ) -> Ruling {
        let first = match &self.nftables {
            Some(rules) => {
                let chain = match hook {
                    Hook::Input => "filter-input",
                    Hook::Forward => "filter-forward",
                    Hook::Output => "filter-output",
                    Hook::Prerouting | Hook::Postrouting => return Ruling::pass(view.marked),
                };
                nftables::ask(rules, chain, view, chance, of)
            }
            None => Ruling::pass(view.marked),
        };
        self.then(first, iptables::Table::Filter, hook, view, chance, of)
    }

    /// The tools that show what the mode has written, the most telling first.
    pub fn tools(mode: ProxyMode) -> &'static [Tool] {
        match mode {
            ProxyMode::Iptables | ProxyMode::None => &[Tool::IptablesSave],
            ProxyMode::Nftables => &[Tool::Nft],
            ProxyMode::Ipvs => &[Tool::Ipvsadm, Tool::IptablesSave, Tool::Ipset],
            ProxyMode::CiliumReplacement => &[Tool::CiliumDbg],
        }
    }

    /// What a tool shows of the rules of each family, one after the other; empty where nothing is.
    pub fn list(families: &[Tables], tool: Tool) -> String {
        let parts = families.iter().enumerate();
        let parts = parts.map(|(number, tables)| tables.shown_by(tool, number == 0));
        parts.collect()
    }

    fn shown_by(&self, tool: Tool, is_first: bool) -> String {
        match (tool, &self.nftables, &self.ipvs, &self.beside) {
            (Tool::Nft, Some(rules), ..) => rules.dump(nftables::Style::List),
            (Tool::Ipvsadm, _, Some(rules), Some(_)) if is_first => rules.dump(),
            (Tool::Ipvsadm, _, Some(rules), Some(_)) => rules.dump_more(),
            (Tool::CiliumDbg, _, Some(rules), None) => rules.dump(),
            (Tool::Ipset, .., Some((sets, _))) => {
                format!("{}{}", if is_first { "" } else { "\n" }, sets.list())
            }
            (Tool::IptablesSave, .., Some((_, rules))) => {
                let mut rules = rules.clone();
                rules.extend(&self.iptables);
                rules.dump(iptables::Style::Save)
            }
            (Tool::IptablesSave, ..) => self.iptables.dump(iptables::Style::Save),
            (Tool::Nft | Tool::Ipvsadm | Tool::CiliumDbg | Tool::Ipset, ..) => String::new(),
        }
    }

    /// The rules as kube-proxy hands them to the mode's tool.
    pub fn written(&self) -> String {
        match (&self.nftables, &self.ipvs) {
            (Some(rules), _) => rules.dump(nftables::Style::Commands),
            (None, Some(rules)) => rules.dump(),
            (None, None) => self.iptables.dump(iptables::Style::Restore),
        }
    }

    /// The text that kube-proxy hands over after a change of some Service ports: in `iptables` mode
    /// the chains of the others stay out of it.
    pub fn written_after(&self, changed: &dyn Fn(&ServicePortName) -> bool) -> String {
        match (&self.nftables, &self.ipvs) {
            (None, None) => self.iptables.dump_changed(iptables::Style::Restore, changed),
            (Some(_), _) | (_, Some(_)) => self.written(),
        }
    }

    /// Every way in which the rules may treat the first packet of a flow.
    pub fn flows(&self, node: &ProxyNode, tuple: FiveTuple) -> BTreeSet<Flow> {
        let mut flows = BTreeSet::new();
        let mut script = Script::default();
        loop {
            flows.insert(self.flow(node, tuple, &mut script));
            if !script.advance() {
                return flows;
            }
        }
    }

    fn flow(&self, node: &ProxyNode, tuple: FiveTuple, script: &mut Script) -> Flow {
        let of = &|_: &ServicePortName| None;
        let is_own = |address: IpAddr| node.addresses.contains(&address) || address.is_loopback();
        let mut view = View {
            tuple,
            tracking: Tracking::New,
            translated: false,
            source_is_local: is_own(tuple.source),
            destination_is_local: is_own(tuple.destination),
            marked: Mark::default(),
        };
        let guarded = self.guard(Hook::Prerouting, view, script, of);
        if let Some(end) = Flow::ended(&guarded) {
            return end;
        }
        let nat = self.nat(Hook::Prerouting, view, script, of);
        if let Some(end) = Flow::ended(&nat) {
            return end;
        }
        view.marked = nat.marked;
        if let Decision::Translate { address, port } = nat.decision {
            view.tuple.destination = address;
            view.tuple.destination_port = port;
            view.translated = true;
            view.destination_is_local = is_own(address);
        }
        let hook = if view.destination_is_local { Hook::Input } else { Hook::Forward };
        let filter = self.filter(hook, view, script, of);
        if let Some(end) = Flow::ended(&filter) {
            return end;
        }
        let source_nat = self.nat(Hook::Postrouting, view, script, of);
        Flow {
            output: match nat.decision {
                Decision::Translate { address, port } => Output::Endpoint(address, port),
                _ if filter.decision == Decision::Accept && filter.service.is_some() => {
                    Output::Accept
                }
                _ => Output::Nothing,
            },
            masquerade: source_nat.decision == Decision::Masquerade,
        }
    }

    fn then(
        &self,
        first: Ruling,
        table: iptables::Table,
        hook: Hook,
        view: View,
        chance: &mut dyn Chance,
        of: Lookup<'_>,
    ) -> Ruling {
        if first.decision != Decision::Pass {
            return first;
        }
        let view = View { marked: first.marked, ..view };
        let mut second = iptables::ask(&self.iptables, table, hook, view, chance, of);
        second.evidence.extend(first.evidence);
        second.service = second.service.or(first.service);
        second
    }
}

/// One way in which rules may treat a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// What becomes of its destination.
    pub output: Output,
    /// Whether its source is rewritten.
    pub masquerade: bool,
}

/// What becomes of a flow's destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Output {
    /// No rule is about it.
    Nothing,
    /// A rule lets it pass to the node itself.
    Accept,
    /// It goes to this endpoint.
    Endpoint(IpAddr, u16),
    /// It ends in silence.
    Drop,
    /// It ends, and the sender is told.
    Reject,
}

impl Flow {
    fn ended(ruling: &Ruling) -> Option<Self> {
        let output = match ruling.decision {
            Decision::Drop => Output::Drop,
            Decision::Reject => Output::Reject,
            Decision::Pass
            | Decision::Accept
            | Decision::Translate { .. }
            | Decision::Masquerade => return None,
        };
        Some(Self { output, masquerade: false })
    }
}

/// Chances taken by the book: every outcome once.
#[derive(Default)]
struct Script {
    /// Each choice that was made, and how many there were.
    choices: Vec<(usize, usize)>,
    next: usize,
}

impl Script {
    /// Turns to the next unseen outcome; false when all were seen.
    fn advance(&mut self) -> bool {
        self.next = 0;
        while let Some((made, of)) = self.choices.pop() {
            if made + 1 < of {
                self.choices.push((made + 1, of));
                return true;
            }
        }
        false
    }
}

impl Chance for Script {
    fn one_in(&mut self, _of: usize) -> bool {
        self.below(2) == 0
    }

    fn below(&mut self, bound: usize) -> usize {
        if self.next == self.choices.len() {
            self.choices.push((0, bound));
        }
        let (made, _) = self.choices[self.next];
        self.next += 1;
        made
    }

    fn seen(&mut self, _list: &str, _client: IpAddr, _seconds: u32) -> bool {
        false
    }

    fn remember(&mut self, _list: &str, _client: IpAddr) {}

    fn turn(&mut self, _list: &str) -> usize {
        self.below(64)
    }
}
