//! A packet's way through the chains and maps of the table, as the kernel goes it.

use std::net::IpAddr;
use std::sync::Arc;

use trace::{Choice, Evidence, Line};

use super::compile::{Key, Ruleset};
use super::rule::{Action, Condition, Map, Rule, Style};
use crate::proxy::{
    Chance, Decision, Ruling, ServicePort, ServicePortName, Tracking, View, endpoint_evidence,
};

/// A map longer than this is shown around the element that matched only.
const ELEMENTS_SHOWN: usize = 40;

/// Asks one base chain.
pub fn ask(
    rules: &Ruleset,
    chain: &str,
    view: View,
    chance: &mut dyn Chance,
    service: &dyn Fn(&ServicePortName) -> Option<Arc<ServicePort>>,
) -> Ruling {
    let mut walk = Walk { rules, view, chance, matched: Vec::new(), service: None, choice: None };
    let decision = walk.chain(chain).unwrap_or(Decision::Pass);
    let (marked, decided_by, choice) = (walk.view.marked, walk.service, walk.choice);
    let mut evidence: Vec<Evidence> = Vec::new();
    let mut path = walk.matched;
    if decision != Decision::Pass {
        evidence.extend(path.pop());
    }
    if let (Decision::Translate { address, port }, Some(name), Some((position, of, choice))) =
        (decision, &decided_by, choice)
    {
        let port_of = service(name);
        evidence.extend(
            port_of.and_then(|port_of| {
                endpoint_evidence(&port_of, address, port, position, of, choice)
            }),
        );
    }
    evidence.extend(path);
    Ruling { decision, marked, evidence, service: decided_by }
}

struct Walk<'a, 'c> {
    rules: &'a Ruleset,
    view: View,
    chance: &'c mut dyn Chance,
    /// The rules and elements that led on, in order.
    matched: Vec<Evidence>,
    service: Option<ServicePortName>,
    /// Which endpoint was chosen: its place, out of how many, and why.
    choice: Option<(usize, usize, Choice)>,
}

impl<'a> Walk<'a, '_> {
    /// The chain's decision, or none if it came to its end.
    fn chain(&mut self, name: &str) -> Option<Decision> {
        let rules = self.rules.chain(name)?;
        for (position, rule) in rules.iter().enumerate() {
            if !rule.conditions.iter().all(|condition| self.holds(condition)) {
                continue;
            }
            match self.act(name, rules, position, rule) {
                Flow::Next => {}
                Flow::Leave(decision) => return decision,
            }
        }
        None
    }

    fn act(&mut self, chain: &str, rules: &'a [Rule], position: usize, rule: &'a Rule) -> Flow {
        if rule.service.is_some() {
            self.service.clone_from(&rule.service);
        }
        match &rule.action {
            Action::Jump(next) => match self.chain(next) {
                Some(decision) => Flow::Leave(Some(decision)),
                None => Flow::Next,
            },
            Action::Goto(next) => {
                self.note(chain, rules, position, rule);
                self.goto(next, rule)
            }
            Action::Lookup(map) => self.lookup(*map),
            Action::Mark => {
                self.view.marked.service = true;
                self.note(chain, rules, position, rule);
                Flow::Next
            }
            Action::UnmarkAndMasquerade | Action::Masquerade => {
                self.note(chain, rules, position, rule);
                Flow::Leave(Some(Decision::Masquerade))
            }
            Action::DnatRandom(endpoints) => {
                let place = self.chance.below(endpoints.len());
                self.note(chain, rules, position, rule);
                let of = endpoints.len();
                self.choice = Some((place, of, random_of(of)));
                let (address, port) = endpoints[place];
                Flow::Leave(Some(Decision::Translate { address, port }))
            }
            Action::Dnat(address, port) => {
                self.note(chain, rules, position, rule);
                Flow::Leave(Some(Decision::Translate { address: *address, port: *port }))
            }
            Action::GotoRandom(chains) => {
                let place = self.chance.below(chains.len());
                self.note(chain, rules, position, rule);
                self.choice = Some((place, chains.len(), random_of(chains.len())));
                let decision = self.chain(&chains[place]);
                Flow::Leave(decision)
            }
            Action::Remember(set) => {
                self.chance.remember(set, self.view.tuple.source);
                Flow::Next
            }
            Action::Drop => {
                self.note(chain, rules, position, rule);
                Flow::Leave(Some(Decision::Drop))
            }
            Action::Reject => {
                // The helper chain says nothing that the element has not said.
                if rule.comment.is_some() {
                    self.note(chain, rules, position, rule);
                }
                Flow::Leave(Some(Decision::Reject))
            }
        }
    }

    fn goto(&mut self, next: &str, rule: &Rule) -> Flow {
        if rule.conditions.iter().any(|c| matches!(c, Condition::Remembered(_))) {
            self.choice = Some((0, 1, Choice::Affinity));
        }
        Flow::Leave(self.chain(next))
    }

    fn lookup(&mut self, map: Map) -> Flow {
        let tuple = self.view.tuple;
        let address = (!map.of_node_ports()).then_some(tuple.destination);
        let key: Key = (address, tuple.protocol, tuple.destination_port);
        let Some(elements) = self.rules.maps.get(&map) else { return Flow::Next };
        let Some(element) = elements.get(&key) else { return Flow::Next };
        let place = elements.keys().position(|other| *other == key).unwrap_or_default();
        let first = place.saturating_sub(ELEMENTS_SHOWN / 2);
        let shown = elements.iter().skip(first).take(ELEMENTS_SHOWN);
        self.matched.push(Evidence::Rule {
            line: Line {
                table: map.name().to_owned(),
                lines: shown.map(|(key, e)| Ruleset::element_text(map, key, e)).collect(),
                position: place - first,
            },
            from: Some(element.from.clone()),
        });
        self.service = Some(element.service.clone());
        match &element.action {
            Action::Goto(chain) => Flow::Leave(self.chain(chain)),
            Action::Drop => Flow::Leave(Some(Decision::Drop)),
            other => unreachable!("maps hold `goto` and `drop`, not {other:?}"),
        }
    }

    fn note(&mut self, chain: &str, rules: &[Rule], position: usize, rule: &Rule) {
        let lines = rules.iter().map(|rule| rule.text(self.rules.ipv6, Style::List)).collect();
        let line = Line { table: chain.to_owned(), lines, position };
        self.matched.push(Evidence::Rule { line, from: rule.from.clone() });
    }

    fn holds(&mut self, condition: &Condition) -> bool {
        let tuple = self.view.tuple;
        let inside = |network: &ipnet::IpNet, address: IpAddr| network.contains(&address);
        match condition {
            Condition::StateNew => self.view.tracking == Tracking::New,
            Condition::ToClusterIp => self.rules.cluster_ips.contains(&tuple.destination),
            Condition::ToNetworks(networks) => {
                networks.iter().any(|network| inside(network, tuple.destination))
            }
            Condition::ToNodePortIp => self.rules.node_port_ips.contains(&tuple.destination),
            Condition::FromNetwork(network) => inside(network, tuple.source),
            Condition::NotFromNetwork(network) => !inside(network, tuple.source),
            Condition::FromNoneOf(networks) => {
                !networks.iter().any(|network| inside(network, tuple.source))
            }
            Condition::FromLocal => self.view.source_is_local,
            Condition::Marked => self.view.marked.service,
            Condition::Hairpin => {
                self.view.translated
                    && tuple.source == tuple.destination
                    && self.rules.hairpins.contains(&(
                        tuple.destination,
                        tuple.protocol,
                        tuple.destination_port,
                    ))
            }
            Condition::Remembered(set) => {
                let seconds = self.rules.affinity_seconds(set);
                self.chance.seen(set, tuple.source, seconds)
            }
            Condition::Protocol(protocol) => tuple.protocol == *protocol,
        }
    }
}

enum Flow {
    Next,
    Leave(Option<Decision>),
}

fn random_of(count: usize) -> Choice {
    if count == 1 {
        Choice::Only
    } else {
        Choice::Random { parts_per_billion: (1_000_000_000 / count) as u32 }
    }
}
