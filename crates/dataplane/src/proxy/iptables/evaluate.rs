//! A packet's way through chains of rules, as the kernel goes it.

use std::net::IpAddr;

use trace::{Choice, Evidence, Line};

use super::compile::{Ruleset, is_of_the_kernel};
use super::rule::{Match, Rule, Side, Style, Table, Target};
use crate::proxy::{
    Chance, Decision, Hook, Ruling, ServicePort, Tracking, View, endpoint_evidence,
};

/// A chain longer than this is shown around the rule that matched only.
const LINES_SHOWN: usize = 40;

/// Asks one table at one hook.
pub fn ask(
    rules: &Ruleset,
    table: Table,
    hook: Hook,
    view: View,
    chance: &mut dyn Chance,
    service: &dyn Fn(&crate::proxy::ServicePortName) -> Option<std::sync::Arc<ServicePort>>,
) -> Ruling {
    let mut walk = Walk { rules, table, view, chance, matched: Vec::new() };
    let decision = walk.chain(hook.chain()).unwrap_or(Decision::Pass);
    let (marked, matched) = (walk.view.marked, walk.matched);
    let decided_by = matched.last().and_then(|(_, rule)| rule.service.clone());
    let endpoint = match (decision, &decided_by) {
        (Decision::Translate { address, port }, Some(name)) => {
            service(name).and_then(|of| chosen(rules, &matched, &of, address, port))
        }
        _ => None,
    };
    let mut evidence = Vec::new();
    let deciding = deciding(&matched, decision);
    if let Some(index) = deciding {
        evidence.push(rule_evidence(rules, table, &matched[index]));
    }
    evidence.extend(endpoint);
    for (index, step) in matched.iter().enumerate() {
        if Some(index) != deciding && is_telling(step) {
            evidence.push(rule_evidence(rules, table, step));
        }
    }
    Ruling { decision, marked, evidence, service: decided_by }
}

/// A rule that matched: its chain and place in it.
type Matched<'a> = ((&'a str, usize), &'a Rule);

struct Walk<'a, 'c> {
    rules: &'a Ruleset,
    table: Table,
    view: View,
    chance: &'c mut dyn Chance,
    matched: Vec<Matched<'a>>,
}

impl<'a> Walk<'a, '_> {
    fn chain(&mut self, name: &str) -> Option<Decision> {
        let (name, rules) = self.rules.named(self.table, name)?;
        for (position, rule) in rules.iter().enumerate() {
            if !rule.matches.iter().all(|condition| self.matches(condition)) {
                continue;
            }
            self.matched.push(((name, position), rule));
            match &rule.target {
                Target::Jump(next) => {
                    if let Some(decision) = self.chain(next) {
                        return Some(decision);
                    }
                }
                Target::Accept => return Some(Decision::Accept),
                Target::Return => return None,
                Target::Drop => return Some(Decision::Drop),
                Target::Reject => return Some(Decision::Reject),
                Target::Mark => self.view.marked.service = true,
                Target::MarkHostPort => self.view.marked.host_port = true,
                Target::Unmark => self.view.marked.service = !self.view.marked.service,
                Target::Dnat { address, port } => {
                    return Some(Decision::Translate { address: *address, port: *port });
                }
                Target::Masquerade { .. } => return Some(Decision::Masquerade),
                Target::Nothing => {}
            }
        }
        None
    }

    fn matches(&mut self, condition: &Match) -> bool {
        let tuple = self.view.tuple;
        match condition {
            Match::Comment(_) | Match::Count(_) => true,
            Match::Protocol(protocol) => tuple.protocol == *protocol,
            Match::Address { side, network, negated } => {
                let address = match side {
                    Side::Source => tuple.source,
                    Side::Destination => tuple.destination,
                };
                network.contains(&address) != *negated
            }
            Match::DestinationPort(port) | Match::OneOfPorts(port) => {
                tuple.destination_port == *port
            }
            Match::Local(Side::Source) => self.view.source_is_local,
            Match::Local(Side::Destination) => self.view.destination_is_local,
            Match::StateNew => self.view.tracking == Tracking::New,
            Match::StateKnown => self.view.tracking != Tracking::New,
            // The tracker of this simulation makes no packet invalid.
            Match::StateInvalid => false,
            Match::StateUnknownUntranslated => {
                self.view.tracking == Tracking::New && !self.view.translated
            }
            Match::Marked => self.view.marked.service,
            Match::MarkedHostPort => self.view.marked.host_port,
            // Sets are written down beside the virtual servers, which decide.
            Match::Set { .. } | Match::FromElsewhere => false,
            Match::Unmarked => !self.view.marked.service,
            Match::Random(of) => self.chance.one_in(*of),
            Match::RecentlySeen { list, seconds } => self.chance.seen(list, tuple.source, *seconds),
            Match::Remember(list) => {
                self.chance.remember(list, tuple.source);
                true
            }
        }
    }
}

/// The rule that a reader wants to see first: where the choice was made, or what ended the packet.
fn deciding(matched: &[Matched<'_>], decision: Decision) -> Option<usize> {
    match decision {
        Decision::Translate { .. } => {
            let balancer = matched.iter().rposition(|((chain, _), _)| is_balancer(chain));
            balancer.or(matched.len().checked_sub(1))
        }
        Decision::Accept | Decision::Masquerade | Decision::Drop | Decision::Reject => {
            matched.len().checked_sub(1)
        }
        Decision::Pass => None,
    }
}

/// Whether a matched rule belongs in a story: not the kernel's jumps, not the marking's inside.
fn is_telling(((chain, _), rule): &Matched<'_>) -> bool {
    let bookkeeping =
        matches!(rule.target, Target::Unmark | Target::Nothing) || *chain == "KUBE-MARK-MASQ";
    !is_of_the_kernel(chain) && !bookkeeping
}

fn is_balancer(chain: &str) -> bool {
    chain.starts_with("KUBE-SVC-") || chain.starts_with("KUBE-SVL-")
}

fn rule_evidence(
    rules: &Ruleset,
    table: Table,
    ((chain, position), rule): &Matched<'_>,
) -> Evidence {
    let all = rules.chain(table, chain).unwrap_or_default();
    let first = position.saturating_sub(LINES_SHOWN / 2);
    let shown = all.iter().skip(first).take(LINES_SHOWN);
    Evidence::Rule {
        line: Line {
            table: (*chain).to_owned(),
            lines: shown.map(|rule| rule.line(chain, Style::Save)).collect(),
            position: position - first,
        },
        from: rule.from.clone(),
    }
}

fn chosen(
    rules: &Ruleset,
    matched: &[Matched<'_>],
    port: &ServicePort,
    address: IpAddr,
    number: u16,
) -> Option<Evidence> {
    let ((chain, position), rule) =
        matched.iter().rev().find(|((chain, _), _)| is_balancer(chain))?;
    let all = rules.chain(Table::Nat, chain)?;
    let is_choice = |rule: &Rule| {
        matches!(&rule.target, Target::Jump(next) if next.starts_with("KUBE-SEP-"))
            && !rule.matches.iter().any(|m| matches!(m, Match::RecentlySeen { .. }))
    };
    let of = all.iter().filter(|rule| is_choice(rule)).count();
    let remembered = rule.matches.iter().any(|m| matches!(m, Match::RecentlySeen { .. }));
    let (place, choice) = if remembered {
        let place = all.iter().filter(|r| is_choice(r)).position(|r| r.target == rule.target);
        (place.unwrap_or_default(), Choice::Affinity)
    } else {
        let place = all[..*position].iter().filter(|rule| is_choice(rule)).count();
        let left = of - place;
        let choice = if of == 1 {
            Choice::Only
        } else {
            Choice::Random { parts_per_billion: (1_000_000_000 / left) as u32 }
        };
        (place, choice)
    };
    endpoint_evidence(port, address, number, place, of, choice)
}
