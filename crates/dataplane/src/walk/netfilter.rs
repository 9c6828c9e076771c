//! The stages of a node's netfilter: conntrack, NAT, policies and the filter table.

use std::net::IpAddr;
use std::sync::Arc;

use manifest::ObjectRef;
use packet::{FiveTuple, Protocol};
use trace::{Action, DropReason, Evidence, PolicyDecision, PolicyDirection, RejectReason, Stage};

use super::{Passage, Walk};
use crate::conntrack::{Tracked, Way, rewrite_destination, rewrite_source, tuple_of};
use crate::netns::{NodeInfo, Route};
use crate::network::NodeChance;
use crate::proxy::{Decision, Hook, Mark, Ruling, ServicePortName, Tracking, View};

/// Which end of a packet.
#[derive(Clone, Copy)]
enum Side {
    Source,
    Destination,
}

/// Which rules are asked.
#[derive(Clone, Copy)]
pub(super) enum Asked {
    /// Those before destination NAT.
    Guard,
    /// Those that translate.
    Nat,
    /// Those that let pass or not.
    Filter,
}

impl Walk<'_> {
    /// Whether the tracker knows the connection.
    pub(super) fn track(
        &mut self,
        node: Arc<NodeInfo>,
        from_pod: Option<ObjectRef>,
        bridged: bool,
        device: Option<&str>,
    ) -> Passage {
        let now = self.trace.now();
        let (tuple, is_error) = tuple_of(self.packet());
        let packet = self.packet().clone();
        let conntrack = &mut self.network.state(&node.name).conntrack;
        let tracked = conntrack.find(&tuple, now);
        if let (Some(tracked), false) = (tracked, is_error) {
            conntrack.advance(tracked, &packet, now);
        }
        let tracking = match (tracked, is_error) {
            (_, true) => Tracking::Related,
            (Some(_), false) => Tracking::Established,
            (None, false) => Tracking::New,
        };
        let passage = Passage {
            tracking,
            tracked,
            original: (tracking == Tracking::New).then_some(tuple),
            translated: tracked
                .and_then(|tracked| conntrack.entry(tracked.id))
                .is_some_and(|entry| entry.translates_destination()),
            marked: Mark::default(),
            from_pod,
            bridged,
            node,
        };
        let evidence = match tracked {
            Some(_) => self.conntrack_evidence(&passage, false),
            None => vec![Evidence::Conntrack {
                original: tuple,
                reply: tuple.reversed(),
                fresh: true,
                text: String::new(),
            }],
        };
        self.trace.step(Stage::Conntrack, Action::Tracked, device, evidence);
        passage
    }

    /// Destination NAT, and what stands before it; answers whether the packet ended there.
    pub(super) fn translate_destination(
        &mut self,
        passage: &mut Passage,
        hook: Hook,
        device: Option<&str>,
    ) -> bool {
        let before = self.packet().five_tuple();
        if passage.tracking != Tracking::New {
            let evidence = self.conntrack_evidence(passage, false);
            let frame = match self.wanted(passage, Side::Destination) {
                Some(wanted) => self.edited(|packet| {
                    rewrite_destination(packet, wanted.destination, wanted.destination_port);
                }),
                None => self.trace.frame().clone(),
            };
            self.maybe_translated(Stage::DestinationNat, device, frame, evidence);
            return false;
        }
        let guarded = self.ask(passage, Asked::Guard, hook, before);
        if self.ended(Stage::Filter, &guarded) {
            return true;
        }
        let ruling = self.ask(passage, Asked::Nat, hook, before);
        if self.ended(Stage::DestinationNat, &ruling) {
            return true;
        }
        passage.marked = ruling.marked;
        let mut evidence = ruling.evidence;
        let frame = match ruling.decision {
            Decision::Translate { address, port } => {
                passage.translated = true;
                let frame = self.edited(|packet| rewrite_destination(packet, address, port));
                let after = FiveTuple { destination: address, destination_port: port, ..before };
                evidence.push(Evidence::Conntrack {
                    original: before,
                    reply: after.reversed(),
                    fresh: true,
                    text: String::new(),
                });
                frame
            }
            Decision::Pass
            | Decision::Accept
            | Decision::Masquerade
            | Decision::Drop
            | Decision::Reject => self.trace.frame().clone(),
        };
        self.maybe_translated(Stage::DestinationNat, device, frame, evidence);
        false
    }

    /// NetworkPolicy on one side; answers whether the packet ended there.
    pub(super) fn policy(
        &mut self,
        passage: &Passage,
        direction: PolicyDirection,
        subject: Option<ObjectRef>,
    ) -> bool {
        let Some(subject) = subject else { return false };
        let profile = self.network.profile();
        let stage = match direction {
            PolicyDirection::Egress => Stage::EgressPolicy,
            PolicyDirection::Ingress => Stage::IngressPolicy,
        };
        let tuple = self.packet().five_tuple();
        let peer = match direction {
            PolicyDirection::Egress => tuple.destination,
            PolicyDirection::Ingress => tuple.source,
        };
        let (protocol, port) = (tuple.protocol, tuple.destination_port);
        let decision = self.network.decide(direction, &subject, peer, protocol, port);
        let Some(decision) = decision else { return false };
        if !profile.enforces_policy {
            if !decision.allowed && passage.tracking == Tracking::New {
                let cni = profile.name.to_owned();
                let policies = decision.isolating;
                let evidence = vec![Evidence::PolicyNotEnforced { cni, policies }];
                self.trace.step(stage, Action::Passed, None, evidence);
            }
            return false;
        }
        if passage.tracking != Tracking::New {
            let evidence = self.conntrack_evidence(passage, false);
            self.trace.step(stage, Action::Passed, None, evidence);
            return false;
        }
        let action = match (decision.isolating.is_empty(), decision.allowed) {
            (true, _) => Action::Passed,
            (false, true) => Action::Permitted,
            (false, false) => {
                let evidence = vec![Evidence::Policy(decision)];
                self.drop(stage, None, DropReason::PolicyDenied, evidence);
                return true;
            }
        };
        self.trace.step(stage, action, None, vec![Evidence::Policy(decision)]);
        false
    }

    /// A process of the node reaches the node's own Pods whatever their policies say.
    pub(super) fn own_pod(&mut self, pod: ObjectRef) {
        let profile = self.network.profile();
        let tuple = self.packet().five_tuple();
        let (direction, port) = (PolicyDirection::Ingress, tuple.destination_port);
        let decision = self.network.decide(direction, &pod, tuple.source, tuple.protocol, port);
        if let Some(decision) = decision.filter(|decision| !decision.isolating.is_empty())
            && profile.enforces_policy
        {
            let decision = PolicyDecision { allowed: true, allowed_by: None, ..decision };
            let evidence = vec![Evidence::Policy(decision)];
            self.trace.step(Stage::IngressPolicy, Action::Permitted, None, evidence);
        }
    }

    /// The filter table; answers whether the packet ended there.
    pub(super) fn filter(&mut self, passage: &mut Passage, hook: Hook) -> bool {
        let tuple = self.packet().five_tuple();
        let ruling = self.ask(passage, Asked::Filter, hook, tuple);
        if self.ended(Stage::Filter, &ruling) {
            return true;
        }
        let action = match ruling.decision {
            Decision::Accept => Action::Permitted,
            Decision::Pass
            | Decision::Translate { .. }
            | Decision::Masquerade
            | Decision::Drop
            | Decision::Reject => Action::Passed,
        };
        self.trace.step(Stage::Filter, action, None, ruling.evidence);
        false
    }

    /// Whether rules ended the packet's journey.
    pub(super) fn ended(&mut self, stage: Stage, ruling: &Ruling) -> bool {
        let evidence = ruling.evidence.clone();
        match ruling.decision {
            Decision::Drop => {
                let reason = if self.lacks_local_endpoints(ruling) {
                    DropReason::NoLocalEndpoints
                } else {
                    DropReason::FirewallDenied
                };
                self.drop(stage, None, reason, evidence);
                true
            }
            Decision::Reject => {
                // Without a Service port it is a port that the ClusterIP does not have.
                let reason = if ruling.service.is_some() {
                    RejectReason::NoEndpoints
                } else {
                    RejectReason::PortClosed
                };
                self.reject(stage, None, reason, evidence);
                true
            }
            Decision::Pass
            | Decision::Accept
            | Decision::Translate { .. }
            | Decision::Masquerade => false,
        }
    }

    /// Whether a rule dropped for want of an endpoint on this node, and not for the sender's sake.
    fn lacks_local_endpoints(&self, ruling: &Ruling) -> bool {
        match ruling.evidence.first() {
            Some(Evidence::Rule { from: Some(field), .. }) => {
                field.path.to_string().ends_with("TrafficPolicy")
            }
            _ => false,
        }
    }

    /// Source NAT, and the moment when the tracker remembers a new connection.
    pub(super) fn translate_source(&mut self, passage: &mut Passage, route: &Route, hook: Hook) {
        if passage.tracking != Tracking::New {
            self.follow_source(passage, hook);
            return;
        }
        let before = self.packet().five_tuple();
        let ruling = self.ask(passage, Asked::Nat, hook, before);
        let mut evidence = ruling.evidence;
        let source = match (ruling.decision, route.source) {
            (Decision::Masquerade, Some(address)) => address,
            _ => before.source,
        };
        let fully_random = ruling.decision == Decision::Masquerade;
        self.remember(passage, source, fully_random, &mut evidence);
    }

    /// Makes the entry of a new connection, with `source` as its source from here on.
    fn remember(
        &mut self,
        passage: &mut Passage,
        source: IpAddr,
        random_port: bool,
        evidence: &mut Vec<Evidence>,
    ) {
        let Some(original) = passage.original else { return };
        let now = self.trace.now();
        let draw = self.network.draw();
        let (now_tuple, _) = tuple_of(self.packet());
        let mut after = FiveTuple { source, ..now_tuple };
        if random_port && after.source_port != 0 && after.protocol != Protocol::Icmp {
            after.source_port = 1024 + (draw % 64512) as u16;
        }
        let packet = self.packet().clone();
        let conntrack = &mut self.network.state(&passage.node.name).conntrack;
        let id = conntrack.add(&packet, original, after.reversed(), now);
        passage.tracked = Some(Tracked { id, way: Way::Original });
        let port = conntrack.entry(id).map_or(after.source_port, |e| e.reply.destination_port);
        let icmp = after.protocol == Protocol::Icmp;
        let frame = self.edited(|packet| {
            packet.source = source;
            if !icmp {
                packet.set_source_port(port);
            }
        });
        evidence.extend(self.conntrack_evidence(passage, true));
        self.maybe_translated(Stage::SourceNat, None, frame, std::mem::take(evidence));
    }

    /// A later packet's source follows the connection's entry.
    pub(super) fn follow_source(&mut self, passage: &mut Passage, hook: Hook) {
        if passage.tracking == Tracking::New {
            if passage.tracked.is_some() {
                return;
            }
            let Some(original) = passage.original else { return };
            let now = self.trace.now();
            let (after, _) = tuple_of(self.packet());
            let packet = self.packet().clone();
            let conntrack = &mut self.network.state(&passage.node.name).conntrack;
            conntrack.add(&packet, original, after.reversed(), now);
            return;
        }
        let evidence = self.conntrack_evidence(passage, false);
        let frame = match self.wanted(passage, Side::Source) {
            Some(wanted) => {
                self.edited(|packet| rewrite_source(packet, wanted.source, wanted.source_port))
            }
            None => self.trace.frame().clone(),
        };
        if hook == Hook::Input && frame == *self.trace.frame() {
            return;
        }
        self.maybe_translated(Stage::SourceNat, None, frame, evidence);
    }

    /// The flow that a packet of a known connection has on the other side of the node, if `side` of
    /// the packet is translated at all.
    fn wanted(&mut self, passage: &Passage, side: Side) -> Option<FiveTuple> {
        let tracked = passage.tracked?;
        let conntrack = &self.network.state(&passage.node.name).conntrack;
        let entry = conntrack.entry(tracked.id)?;
        let is_translated = match (tracked.way, side) {
            (Way::Original, Side::Destination) | (Way::Reply, Side::Source) => {
                entry.translates_destination()
            }
            (Way::Original, Side::Source) | (Way::Reply, Side::Destination) => {
                entry.translates_source()
            }
        };
        if !is_translated {
            return None;
        }
        let tuple = entry.translated(tracked.way);
        // A ping has no ports; its identifier stays.
        Some(match tuple.protocol {
            Protocol::Icmp => FiveTuple { source_port: 0, destination_port: 0, ..tuple },
            Protocol::Tcp | Protocol::Udp | Protocol::Sctp | Protocol::IpInIp => tuple,
        })
    }

    fn conntrack_evidence(&mut self, passage: &Passage, fresh: bool) -> Vec<Evidence> {
        let now = self.trace.now();
        let Some(tracked) = passage.tracked else { return Vec::new() };
        let conntrack = &self.network.state(&passage.node.name).conntrack;
        let Some(entry) = conntrack.entry(tracked.id) else { return Vec::new() };
        vec![Evidence::Conntrack {
            original: entry.original,
            reply: entry.reply,
            fresh,
            text: entry.line(now),
        }]
    }

    pub(super) fn ask(
        &mut self,
        passage: &Passage,
        question: Asked,
        hook: Hook,
        tuple: FiveTuple,
    ) -> Ruling {
        let node = &passage.node;
        let tables = self.network.tables_for(
            &node.name,
            tuple.destination,
            tuple.protocol,
            tuple.destination_port,
        );
        let own = node.own_addresses(self.network.profile());
        let is_own = |address: IpAddr| own.contains(&address) || address.is_loopback();
        let view = View {
            tuple,
            tracking: passage.tracking,
            translated: passage.translated,
            source_is_local: is_own(tuple.source),
            destination_is_local: is_own(tuple.destination),
            marked: passage.marked,
        };
        let services = self.network.services_at(&node.name).clone();
        let ipv6 = tuple.destination.is_ipv6();
        let of = &|name: &ServicePortName| services.port(ipv6, name).cloned();
        let now = self.trace.now();
        let mut chance = NodeChance { network: self.network, node: &node.name, now };
        match question {
            Asked::Guard => tables.guard(hook, view, &mut chance, of),
            Asked::Nat => tables.nat(hook, view, &mut chance, of),
            Asked::Filter => tables.filter(hook, view, &mut chance, of),
        }
    }
}
