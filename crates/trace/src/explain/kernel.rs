//! What the kernel's stages did to a packet, in words.

use std::net::IpAddr;

use manifest::ObjectRef;
use packet::{FiveTuple, socket};

use super::Sentence;
use crate::{
    Action, Choice, ClauseFailure, DropReason, Evidence, FailedRule, Hop, Line, Place,
    PolicyDecision, PolicyDirection, RejectReason, Stage, Step,
};

pub(super) fn tracking_title(step: &Step) -> &'static str {
    match step.evidence.first() {
        Some(Evidence::Conntrack { fresh: true, .. }) => "new connection",
        Some(_) => "known connection",
        None => "about no known connection",
    }
}

pub(super) fn policy_passed_title(step: &Step) -> &'static str {
    match step.evidence.first() {
        Some(Evidence::PolicyNotEnforced { .. }) => "policy has no effect",
        Some(Evidence::Conntrack { .. }) => "not asked again",
        _ => "no policy applies",
    }
}

/// Why a step did what it did.
pub(super) fn reason(hop: &Hop, step: &Step) -> Sentence {
    match (step.stage, &step.action) {
        (_, Action::Dropped(why)) => dropped(hop, step, *why),
        (_, Action::Rejected(why)) => rejected(hop, step, *why),
        (Stage::Conntrack, _) => tracked(step),
        (Stage::DestinationNat | Stage::SocketLoadBalancer, _) => destination(step),
        (Stage::SourceNat, _) => source(step),
        (Stage::Routing, _) => routed(hop, step),
        (Stage::Filter, _) => filtered(step),
        (Stage::EgressPolicy | Stage::IngressPolicy, _) => policy(step),
        (Stage::Bridge, _) => bridged(step),
        (Stage::Neighbour, _) => addressed(step),
        (Stage::Tunnel, Action::Encapsulated) => Sentence::default()
            .text("The network between the nodes does not know Pod addresses, so the packet travels inside one from node to node."),
        (Stage::Tunnel, _) => Sentence::default()
            .text("The outer header has done its work; the Pod's packet goes on as it was."),
        (Stage::LoadBalancer, _) => balanced(step),
        (Stage::Application, Action::Delivered) => delivered(step),
        (Stage::Application, Action::Sent) => super::names::sent(step),
        (Stage::Application | Stage::Device | Stage::Wire, _) => Sentence::default(),
    }
}

fn tracked(step: &Step) -> Sentence {
    match step.evidence.first() {
        Some(Evidence::Conntrack { fresh: true, original, .. }) => Sentence::default()
            .text("The tracker has no entry for ")
            .code(flow(original))
            .text(", so rules will be asked."),
        Some(Evidence::Conntrack { original, reply, .. }) => {
            let start = Sentence::default().text("It belongs to ").code(flow(original));
            if original.reversed() == *reply {
                start.text("; what was decided for its first packet holds.")
            } else {
                start.text(", answered as ").code(flow(reply)).text(
                    "; what was decided for its first packet holds, and no translation rule is asked again.",
                )
            }
        }
        _ => Sentence::default(),
    }
}

fn destination(step: &Step) -> Sentence {
    let Some(first) = step.evidence.first() else {
        return match (step.stage, &step.action) {
            (Stage::SocketLoadBalancer, Action::Translated) => Sentence::default()
                .text("The socket was connected to one of the Service's Pods; the application never sees it."),
            _ => Sentence::default().text("No rule translates this destination."),
        };
    };
    match first {
        Evidence::Conntrack { original, .. } if step.action == Action::Translated => {
            let back = destination_of(step) == original.source;
            if back {
                Sentence::default()
                    .text("The answer goes to who asked, ")
                    .code(socket(original.source, original.source_port))
                    .text("; the entry remembers it.")
            } else {
                Sentence::default().text("As for its first packet, by the entry; no rule is asked.")
            }
        }
        Evidence::Conntrack { .. } => {
            Sentence::default().text("The connection's entry changes nothing on this side.")
        }
        Evidence::Rule { line, from } if step.action == Action::Translated => {
            chosen(step, line, from.as_ref())
        }
        Evidence::Endpoint { .. } => endpoint(step),
        _ => Sentence::default().text("No rule translates this destination."),
    }
}

fn chosen(step: &Step, line: &Line, from: Option<&crate::FieldRef>) -> Sentence {
    let endpoint = endpoint(step);
    let chain = |text: String| Sentence::default().text(text).link_or_code(&line.table, from);
    let is_chain = line.table.starts_with("KUBE-");
    let rule = match of_step(step) {
        Some((position, of, Choice::Random { .. })) if !is_chain => {
            chain(format!("Number {} of {of}, drawn by ", position + 1)).text(".")
        }
        Some((_, of, Choice::Random { parts_per_billion: 1_000_000_000 })) => {
            chain(format!("Rule {of} of {of} in ")).text(" matched, the last one left.")
        }
        Some((position, of, Choice::Random { parts_per_billion })) => {
            chain(format!("Rule {} of {of} in ", position + 1)).text(format!(
                " matched (probability {}{}).",
                decimals(parts_per_billion),
                if position == 0 { "" } else { " of the rest" }
            ))
        }
        Some((_, _, Choice::Only)) => chain("By ".into()).text(", its only endpoint."),
        Some((_, _, Choice::Affinity)) => chain("By ".into())
            .text(": this client went there before, and `sessionAffinity` keeps it there."),
        Some((position, of, Choice::RoundRobin)) => {
            chain("By ".into()).text(format!(", the next in turn: {} of {of}.", position + 1))
        }
        None => chain("By ".into()).text("."),
    };
    endpoint.append(rule).append(
        Sentence::default()
            .text("The choice is remembered in conntrack, so the whole connection goes there."),
    )
}

fn endpoint(step: &Step) -> Sentence {
    step.evidence
        .iter()
        .find_map(|evidence| match evidence {
            Evidence::Endpoint { service, pod, address, port, .. } => {
                let start = Sentence::default()
                    .text("Service ")
                    .code(service.namespaced_name())
                    .text(" stands for ");
                Some(match pod {
                    Some(pod) => start
                        .text("Pod ")
                        .code(&pod.name)
                        .text(" at ")
                        .code(socket(*address, *port))
                        .text("."),
                    None => start.code(socket(*address, *port)).text("."),
                })
            }
            _ => None,
        })
        .unwrap_or_default()
}

fn source(step: &Step) -> Sentence {
    let rule = step.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Rule { line, from } => Some((line, from.as_ref())),
        _ => None,
    });
    let fresh = step
        .evidence
        .iter()
        .any(|evidence| matches!(evidence, Evidence::Conntrack { fresh: true, .. }));
    match (&step.action, rule, fresh) {
        (Action::Translated, Some((line, from)), _) => Sentence::default()
            .text("By ")
            .link_or_code(&line.table, from)
            .text(" the packet carries this node's address from here on, so that the answer comes back through this node."),
        (Action::Translated, None, true) => Sentence::default()
            .text("Another connection already uses this port towards the same place; the tracker found a free one."),
        (Action::Translated, None, false) => match step.evidence.first() {
            Some(Evidence::Conntrack { original, .. })
                if source_of(step) != Some(original.destination) =>
            {
                Sentence::default().text("As for its first packet, by the entry.")
            }
            Some(Evidence::Conntrack { original, .. }) => Sentence::default()
                .text("The sender must see the answer come from where it asked, ")
                .code(socket(original.destination, original.destination_port))
                .text("; the entry puts that address back."),
            _ => Sentence::default(),
        },
        (_, _, true) => Sentence::default()
            .text("The sender keeps its own address. Now the tracker remembers the connection."),
        (_, _, false) => Sentence::default(),
    }
}

fn routed(hop: &Hop, step: &Step) -> Sentence {
    let Some(Evidence::Route { line, via }) = step.evidence.first() else {
        return Sentence::default();
    };
    let who = match hop.place() {
        Place::Pod(_) => "The Pod's table",
        Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
            "The node's table"
        }
    };
    if line.table == "local" {
        return Sentence::default().text("The address is one of its own.");
    }
    let start = Sentence::default().text(format!("{who} says ")).code(line.text());
    match (via, line.text().starts_with("default")) {
        (_, true) => start.text(": no nearer route, so the gateway takes it."),
        (Some(_), false) => start.text("."),
        (None, false) => start.text(": the receiver is on this link."),
    }
}

fn filtered(step: &Step) -> Sentence {
    match step.evidence.first() {
        Some(Evidence::Rule { line, from }) if step.action == Action::Permitted => {
            Sentence::default()
                .text("A rule of ")
                .link_or_code(&line.table, from.as_ref())
                .text(" lets it pass.")
        }
        _ => Sentence::default(),
    }
}

fn policy(step: &Step) -> Sentence {
    match step.evidence.first() {
        Some(Evidence::Policy(decision)) => allowed(decision),
        Some(Evidence::PolicyNotEnforced { cni, policies }) => not_enforced(cni, policies),
        Some(Evidence::Conntrack { .. }) => Sentence::default().text(
            "Policies are asked for the first packet of a connection only; answers need no rule.",
        ),
        _ => Sentence::default(),
    }
}

/// What NetworkPolicy says about one side of a connection.
pub(super) fn decided(decision: &PolicyDecision) -> Sentence {
    if decision.allowed { allowed(decision) } else { denied(decision) }
}

/// Policies select a Pod, but nobody asks them.
pub(super) fn not_enforced(cni: &str, policies: &[ObjectRef]) -> Sentence {
    Sentence::default()
        .text(format!("{cni} does not enforce NetworkPolicies: "))
        .code(names(policies))
        .text(" would isolate this Pod, but nobody asks.")
}

fn allowed(decision: &PolicyDecision) -> Sentence {
    let subject = &decision.subject.name;
    if decision.isolating.is_empty() {
        return Sentence::default()
            .text("No policy selects ")
            .code(subject)
            .text(format!(" for {}, so everything may.", direction(decision.direction)));
    }
    match &decision.allowed_by {
        Some(rule) => Sentence::default()
            .link(format!("{} {}", rule.object.name, rule.path), rule)
            .text(" allows it."),
        None => Sentence::default().text("A node always reaches its own Pods."),
    }
}

fn denied(decision: &PolicyDecision) -> Sentence {
    let start = Sentence::default()
        .code(names(&decision.isolating))
        .text(if decision.isolating.len() == 1 { " isolates " } else { " isolate " })
        .code(&decision.subject.name)
        .text(format!(" for {}, and no rule allows this.", direction(decision.direction)));
    match decision.failed.first() {
        Some(failed) => start.append(nearest(failed)),
        None => start,
    }
}

/// The clause that came nearest, and how it failed.
fn nearest(failed: &FailedRule) -> Sentence {
    Sentence::default().text("Nearest: ").append_plain(failure(failed))
}

/// A rule that looked, and how it failed.
pub(super) fn failure(failed: &FailedRule) -> Sentence {
    let clause = format!("{} {}", failed.clause.object.name, failed.clause.path);
    let how = match failed.reason {
        ClauseFailure::PodSelector => "the other Pod's labels do not match",
        ClauseFailure::NamespaceSelector => "the labels of the other Pod's namespace do not match",
        ClauseFailure::OtherNamespace => {
            "without a `namespaceSelector` it means Pods of its own namespace only"
        }
        ClauseFailure::NotAPod => "it selects Pods, and the other side is none",
        ClauseFailure::IpBlock => "the address is outside the block",
        ClauseFailure::IpBlockExcept => "the address is inside an exception",
        ClauseFailure::Port => "the port is not listed",
        ClauseFailure::Protocol => "the protocol is not listed",
        ClauseFailure::NamedPort => "the Pod has no port of that name",
        ClauseFailure::NoRules => "there is no rule at all, so nothing is allowed",
    };
    Sentence::default().link(clause, &failed.clause).text(format!(" — {how}."))
}

fn bridged(step: &Step) -> Sentence {
    match step.evidence.first() {
        Some(Evidence::Neighbour { line }) => Sentence::default()
            .text("The bridge knows this hardware address: ")
            .code(line.text())
            .text("."),
        _ if step.frame.ethernet.is_some() => Sentence::default().text(
            "The receiver is on the same bridge; `bridge-nf-call-iptables` shows the packet to netfilter all the same.",
        ),
        _ => Sentence::default().text("The frame is for the bridge itself, so the node's IP stack takes it."),
    }
}

fn addressed(step: &Step) -> Sentence {
    let mut lines = step.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Neighbour { line } => Some(line.text()),
        _ => None,
    });
    match (lines.next(), lines.next()) {
        (Some(neighbour), Some(forwarding)) => Sentence::default()
            .text("The plugin wrote both entries down: ")
            .code(neighbour)
            .text(", and ")
            .code(forwarding)
            .text(" says which node that is."),
        (Some(neighbour), None) => Sentence::default().code(neighbour),
        _ => Sentence::default(),
    }
}

fn balanced(step: &Step) -> Sentence {
    let policy = match step.evidence.first() {
        Some(Evidence::Field { field, value }) if value == "Local" => Sentence::default()
            .text("With ")
            .link("externalTrafficPolicy: Local", field)
            .text(" only nodes with a ready endpoint pass the health check."),
        Some(Evidence::Field { field, .. }) => Sentence::default()
            .text("With ")
            .link("externalTrafficPolicy: Cluster", field)
            .text(" any node will do."),
        _ if step.action == Action::Translated => Sentence::default()
            .text("The balancer remembers the flow and answers under its own address."),
        _ => Sentence::default(),
    };
    match step.evidence.iter().find_map(checked) {
        Some(sentence) => policy.append(sentence),
        None => policy,
    }
}

/// What a load balancer's health checks found.
pub(super) fn checked(evidence: &Evidence) -> Option<Sentence> {
    let Evidence::Targets { healthy, failing, check, open } = evidence else { return None };
    if failing.is_empty() || check.is_empty() {
        return None;
    }
    let start = Sentence::default().text("Its health check ").code(check);
    Some(match (healthy.is_empty(), open) {
        (true, true) => start.text(" finds no healthy target, so it tries any of them."),
        (true, false) => start.text(" finds no healthy target."),
        (false, _) => {
            start.text(format!(" fails on {}: no packet goes there.", failing.join(", ")))
        }
    })
}

fn delivered(step: &Step) -> Sentence {
    match step.evidence.first() {
        Some(Evidence::Listener { container: Some((name, image)), port, .. }) => {
            Sentence::default()
                .text("Container ")
                .code(name)
                .text(format!(" ({image}) listens on port {port}."))
        }
        Some(Evidence::Listener { port, .. }) => {
            Sentence::default().text(format!("The socket on port {port} waits for it."))
        }
        _ => Sentence::default(),
    }
}

fn dropped(hop: &Hop, step: &Step, why: DropReason) -> Sentence {
    match (why, step.evidence.first()) {
        (DropReason::PolicyDenied, Some(Evidence::Policy(decision))) => {
            denied(decision).append(Sentence::default().text("The sender hears nothing and waits."))
        }
        (DropReason::NoLocalEndpoints, Some(Evidence::Rule { from: Some(from), .. })) => {
            Sentence::default()
                .text("The Service has endpoints, but none on this node, and ")
                .link(from.path.to_string(), from)
                .text(" is `Local`. The sender hears nothing and waits.")
        }
        (DropReason::NoLocalEndpoints, _) => {
            Sentence::default().text("No node passes the health check: none has a ready endpoint.")
        }
        (DropReason::FirewallDenied, Some(Evidence::Field { field, value })) => Sentence::default()
            .text("The load balancer's firewall lets only ")
            .code(value)
            .text(" in, says ")
            .link(field.path.to_string(), field)
            .text(". The sender hears nothing and waits."),
        (DropReason::FirewallDenied, Some(Evidence::Rule { line, from })) => Sentence::default()
            .text("A rule of ")
            .link_or_code(&line.table, from.as_ref())
            .text(" drops it: ")
            .code(line.text())
            .text("."),
        (DropReason::FirewallDenied, _) => Sentence::default()
            .text("Something on the way swallows such packets; the sender hears nothing."),
        (DropReason::NoSuchHost, _) => Sentence::default()
            .code(destination_of(step))
            .text(" belongs to nobody here. If it is a ClusterIP, no rule of the node knew it."),
        (DropReason::NoRoute, Some(Evidence::Route { line, .. })) => Sentence::default()
            .code(line.text())
            .text(": no Pod has this address, and the route swallows it."),
        (DropReason::NoRoute, _) => Sentence::default()
            .text(format!("{} has no route to ", capital(&hop.place().to_string())))
            .code(destination_of(step))
            .text("; Pod and Service addresses mean nothing outside the nodes."),
        (DropReason::NoHealthyTarget, _) => {
            let found = step.evidence.iter().find_map(checked).unwrap_or_default();
            found.append(Sentence::default().text("The sender hears nothing and waits."))
        }
        (DropReason::MartianSource, _) => Sentence::default()
            .text("The balancer sent the packet back to the node it came from, with the node's own address as its sender; the kernel believes no such packet."),
        (DropReason::LinkDown, _) if step.stage == Stage::Device => Sentence::default()
            .text("The link of this node is down: nothing leaves through it."),
        (DropReason::LinkDown, _) if step.stage == Stage::Application => {
            Sentence::default().text("The node is switched off, and nothing on it runs.")
        }
        (DropReason::LinkDown, _) => Sentence::default()
            .text("The node does not answer: it is switched off, or its link is down."),
        (DropReason::TimeToLiveExceeded, _) => {
            Sentence::default().text("The packet has crossed as many routers as it may.")
        }
        (DropReason::TooBig, _) => Sentence::default()
            .text("The packet is larger than the link takes, and may not be cut."),
        (
            DropReason::NeighbourUnreachable
            | DropReason::StaleConntrack
            | DropReason::UnexpectedSource,
            _,
        )
        | (DropReason::PolicyDenied, _) => Sentence::default(),
    }
}

fn rejected(hop: &Hop, step: &Step, why: RejectReason) -> Sentence {
    match (why, step.evidence.first()) {
        (RejectReason::NoEndpoints, Some(Evidence::Rule { line, from })) => Sentence::default()
            .text("No Pod is ready behind this Service, so ")
            .link_or_code(&line.table, from.as_ref())
            .text(" refuses at once: ")
            .code(line.text())
            .text("."),
        (RejectReason::PortClosed, Some(Evidence::Listener { port, others, .. })) => {
            let start = Sentence::default()
                .text(format!("The packet arrived, but no process listens on port {port}"));
            match others.as_slice() {
                [] => start.text(". The kernel refuses."),
                some => {
                    let list: Vec<String> = some.iter().map(u16::to_string).collect();
                    start.text(format!(
                        "; something does on {}. The kernel refuses.",
                        list.join(", ")
                    ))
                }
            }
        }
        (RejectReason::PortClosed, Some(Evidence::Rule { line, .. })) => Sentence::default()
            .text("The address is a ClusterIP, but its Service has no such port; ")
            .code(&line.table)
            .text(" refuses."),
        (RejectReason::FragmentationNeeded { mtu }, _) => Sentence::default()
            .text("The next link takes packets of at most ")
            .code(format!("{mtu}"))
            .text(" bytes, and this one may not be cut. The router tells its sender by ICMP, who then sends smaller ones."),
        (RejectReason::HostUnreachable, _) => Sentence::default()
            .text("Nobody on this link answers for ")
            .code(destination_of(step))
            .text(format!("; after three seconds {} gives up and says so.", hop.place())),
        (RejectReason::AdministrativelyProhibited, Some(Evidence::Rule { line, from })) => {
            Sentence::default()
                .text("A rule of ")
                .link_or_code(&line.table, from.as_ref())
                .text(" refuses it: ")
                .code(line.text())
                .text(".")
        }
        (RejectReason::NetworkUnreachable, _) => {
            Sentence::default().text("This namespace has no network: its Pod was never given one.")
        }
        (RejectReason::NoEndpoints | RejectReason::PortClosed, _)
        | (RejectReason::AdministrativelyProhibited, _) => Sentence::default(),
    }
}

fn of_step(step: &Step) -> Option<(usize, usize, Choice)> {
    step.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Endpoint { position, of, choice, .. } => Some((*position, *of, *choice)),
        _ => None,
    })
}

fn destination_of(step: &Step) -> IpAddr {
    step.frame.packet().map_or(IpAddr::from([0, 0, 0, 0]), |packet| packet.destination)
}

fn source_of(step: &Step) -> Option<IpAddr> {
    step.frame.packet().map(|packet| packet.source)
}

fn flow(tuple: &FiveTuple) -> String {
    tuple.to_string()
}

fn names(objects: &[ObjectRef]) -> String {
    let names: Vec<&str> = objects.iter().map(|object| object.name.as_str()).collect();
    names.join(", ")
}

fn direction(direction: PolicyDirection) -> &'static str {
    match direction {
        PolicyDirection::Ingress => "ingress",
        PolicyDirection::Egress => "egress",
    }
}

/// `0.333`, without needless digits.
fn decimals(parts_per_billion: u32) -> String {
    let text = format!("{:.3}", f64::from(parts_per_billion) / 1e9);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
