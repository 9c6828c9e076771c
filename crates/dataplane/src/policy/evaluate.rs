//! One question, one answer: may this connection be made, and which clause decided?

use std::net::IpAddr;

use manifest::FieldPath;
use packet::Protocol;
use trace::{ClauseFailure, FailedRule, FieldRef, PolicyDecision, PolicyDirection};

use super::index::{Facts, Peer, PeerClause, Policy, PolicyIndex, PortClause, PortMatch, Rule};
use super::selector::{Labels, selects};

static NO_LABELS: Labels = Labels::new();

/// Asks the policies of `subject` about a connection with `peer` in one direction, and why.
///
/// `port` is the port on the receiving side, after destination NAT: the subject's for ingress, the
/// peer's for egress.
pub fn evaluate(
    index: &PolicyIndex,
    direction: PolicyDirection,
    subject: &Facts<'_>,
    peer: &Peer<'_>,
    protocol: Protocol,
    port: u16,
) -> PolicyDecision {
    let question = Question { direction, subject, peer, protocol, port };
    let mut decision = PolicyDecision {
        direction,
        subject: subject.pod.clone(),
        allowed: true,
        isolating: Vec::new(),
        allowed_by: None,
        failed: Vec::new(),
    };
    let mut failed: Vec<(Distance, FailedRule)> = Vec::new();
    for policy in index.selecting(direction, subject) {
        decision.isolating.push(policy.reference.clone());
        let rules = policy.rules(direction).unwrap_or_default();
        let field = FieldPath::of("spec").child(question.field());
        if rules.is_empty() {
            let clause = FieldRef::new(policy.reference.clone(), field.clone());
            let distance = Distance { failing: 3, depth: 0 };
            failed.push((distance, FailedRule { clause, reason: ClauseFailure::NoRules }));
        }
        for (position, rule) in rules.iter().enumerate() {
            match question.judge(rule, policy, &field.index(position)) {
                Ok(()) => {
                    let allowed_by = FieldRef::new(policy.reference.clone(), field.index(position));
                    decision.allowed_by.get_or_insert(allowed_by);
                }
                Err(failure) => failed.push(failure),
            }
        }
    }
    decision.allowed = decision.isolating.is_empty() || decision.allowed_by.is_some();
    failed.sort_by_key(|(distance, _)| *distance);
    decision.failed = failed.into_iter().map(|(_, rule)| rule).collect();
    decision
}

/// The answer of [`evaluate`] without the reasons, for matrices of many Pods.
pub fn allows(
    index: &PolicyIndex,
    direction: PolicyDirection,
    subject: &Facts<'_>,
    peer: &Peer<'_>,
    protocol: Protocol,
    port: u16,
) -> bool {
    let question = Question { direction, subject, peer, protocol, port };
    let mut isolated = false;
    for policy in index.selecting(direction, subject) {
        isolated = true;
        let rules = policy.rules(direction).unwrap_or_default();
        if rules.iter().any(|rule| question.fits(rule, policy)) {
            return true;
        }
    }
    !isolated
}

/// How far a rule was from allowing: fewer failing clauses first, then later clauses first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Distance {
    failing: u8,
    /// How early in the rule it failed; smaller is later, hence nearer.
    depth: u8,
}

/// One connection in one direction.
struct Question<'a> {
    direction: PolicyDirection,
    subject: &'a Facts<'a>,
    peer: &'a Peer<'a>,
    protocol: Protocol,
    port: u16,
}

impl Question<'_> {
    fn field(&self) -> &'static str {
        match self.direction {
            PolicyDirection::Ingress => "ingress",
            PolicyDirection::Egress => "egress",
        }
    }

    fn peer_field(&self) -> &'static str {
        match self.direction {
            PolicyDirection::Ingress => "from",
            PolicyDirection::Egress => "to",
        }
    }

    fn fits(&self, rule: &Rule, policy: &Policy) -> bool {
        rule.peers
            .as_ref()
            .is_none_or(|peers| peers.iter().any(|clause| self.peer_fits(clause, policy).is_ok()))
            && rule
                .ports
                .as_ref()
                .is_none_or(|ports| ports.iter().any(|clause| self.port_fits(clause).is_ok()))
    }

    /// Whether a rule allows, or its first failing clause: that of the peer entry that came nearest,
    /// else that of the port entry that came nearest.
    fn judge(
        &self,
        rule: &Rule,
        policy: &Policy,
        path: &FieldPath,
    ) -> Result<(), (Distance, FailedRule)> {
        let peers = rule.peers.iter().flatten().enumerate();
        let peer = nearest(peers.map(|(position, clause)| {
            self.peer_fits(clause, policy).map_err(|(reason, leaf)| {
                let entry = path.child(self.peer_field()).index(position);
                (reason, if leaf.is_empty() { entry } else { entry.child(leaf) })
            })
        }));
        let ports = rule.ports.iter().flatten().enumerate();
        let port = nearest(ports.map(|(position, clause)| {
            self.port_fits(clause)
                .map_err(|(reason, leaf)| (reason, path.child("ports").index(position).child(leaf)))
        }));
        let failing = u8::from(peer.is_err()) + u8::from(port.is_err());
        let at = |(reason, path): (ClauseFailure, FieldPath)| {
            let distance = Distance { failing, depth: depth(reason) };
            let clause = FieldRef::new(policy.reference.clone(), path);
            (distance, FailedRule { clause, reason })
        };
        match (peer, port) {
            (Ok(()), Ok(())) => Ok(()),
            (Err(failure), _) | (Ok(()), Err(failure)) => Err(at(failure)),
        }
    }

    fn peer_fits(
        &self,
        clause: &PeerClause,
        policy: &Policy,
    ) -> Result<(), (ClauseFailure, &'static str)> {
        match clause {
            PeerClause::Block { network, except } => {
                let addresses: Vec<IpAddr> = match self.peer {
                    Peer::Pod(facts) => facts.addresses.clone(),
                    Peer::Address(address) => vec![*address],
                };
                let inside: Vec<&IpAddr> = addresses
                    .iter()
                    .filter(|address| network.is_some_and(|network| network.contains(*address)))
                    .collect();
                if inside.is_empty() {
                    return Err((ClauseFailure::IpBlock, "ipBlock.cidr"));
                }
                let excepted =
                    |address: &IpAddr| except.iter().any(|network| network.contains(address));
                if inside.iter().all(|address| excepted(address)) {
                    return Err((ClauseFailure::IpBlockExcept, "ipBlock.except"));
                }
                Ok(())
            }
            PeerClause::Pods { pods, namespaces } => {
                let Peer::Pod(facts) = self.peer else {
                    return Err((ClauseFailure::NotAPod, ""));
                };
                match namespaces {
                    Some(selector)
                        if !selects(selector, facts.namespace_labels.unwrap_or(&NO_LABELS)) =>
                    {
                        return Err((ClauseFailure::NamespaceSelector, "namespaceSelector"));
                    }
                    None if facts.pod.namespace != policy.reference.namespace => {
                        return Err((ClauseFailure::OtherNamespace, ""));
                    }
                    Some(_) | None => {}
                }
                match pods {
                    Some(selector) if !selects(selector, facts.labels.unwrap_or(&NO_LABELS)) => {
                        Err((ClauseFailure::PodSelector, "podSelector"))
                    }
                    Some(_) | None => Ok(()),
                }
            }
        }
    }

    fn port_fits(&self, clause: &PortClause) -> Result<(), (ClauseFailure, &'static str)> {
        if clause.protocol != Some(self.protocol) {
            return Err((ClauseFailure::Protocol, "protocol"));
        }
        match &clause.port {
            PortMatch::Any => Ok(()),
            PortMatch::Range(first, last) if (*first..=*last).contains(&self.port) => Ok(()),
            PortMatch::Range(..) => Err((ClauseFailure::Port, "port")),
            PortMatch::Named(name) => {
                let receiver = match (self.direction, self.peer) {
                    (PolicyDirection::Ingress, _) => Some(self.subject),
                    (PolicyDirection::Egress, Peer::Pod(facts)) => Some(facts),
                    (PolicyDirection::Egress, Peer::Address(_)) => None,
                };
                let mut named = receiver
                    .iter()
                    .flat_map(|facts| &facts.named_ports)
                    .filter(|port| port.name == name.as_str() && port.protocol == self.protocol);
                if named.clone().any(|port| port.port == self.port) {
                    Ok(())
                } else if named.next().is_some() {
                    Err((ClauseFailure::Port, "port"))
                } else {
                    Err((ClauseFailure::NamedPort, "port"))
                }
            }
        }
    }
}

/// `Ok` if any entry fits or there is none; else the failure of the entry that came nearest.
fn nearest(
    entries: impl Iterator<Item = Result<(), (ClauseFailure, FieldPath)>>,
) -> Result<(), (ClauseFailure, FieldPath)> {
    let mut best: Option<(ClauseFailure, FieldPath)> = None;
    for entry in entries {
        match entry {
            Ok(()) => return Ok(()),
            Err(failure) => {
                if best.as_ref().is_none_or(|(reason, _)| depth(failure.0) < depth(*reason)) {
                    best = Some(failure);
                }
            }
        }
    }
    best.map_or(Ok(()), Err)
}

/// How early a clause fails: the smaller, the nearer the entry was to fitting.
fn depth(reason: ClauseFailure) -> u8 {
    match reason {
        ClauseFailure::Port => 0,
        ClauseFailure::NamedPort => 1,
        ClauseFailure::Protocol => 2,
        ClauseFailure::PodSelector => 3,
        ClauseFailure::OtherNamespace => 4,
        ClauseFailure::NamespaceSelector => 5,
        ClauseFailure::IpBlockExcept => 6,
        ClauseFailure::IpBlock => 7,
        ClauseFailure::NotAPod => 8,
        ClauseFailure::NoRules => 9,
    }
}
