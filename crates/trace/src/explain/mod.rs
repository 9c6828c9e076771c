//! Evidence made into sentences, in one place, in English.
//!
//! `title` names a step in two or three words, `reason` says why in one or two short sentences with
//! links to the fields that decided, `considered` says what else was looked at, `render` writes a whole journey as text for the terminal and for
//! the suite. `kernel` speaks for the data plane's stages, `names` for DNS and HTTP. Nothing here
//! decides anything: a sentence that cannot be made from the evidence is not made.

mod considered;
mod kernel;
mod names;
mod render;

use serde::{Deserialize, Serialize};

use crate::{Action, DropReason, FieldRef, Hop, RejectReason, Stage, Step};

pub use considered::{considered, decision, open_to_all, unenforced};
pub use render::{outcome, render, render_trace};

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fragment {
    /// Plain words.
    Text(String),
    /// A name, a rule or an address, set in another face.
    Code(String),
    /// Words that lead to a field of an object.
    Link {
        /// The words.
        text: String,
        /// The field.
        field: FieldRef,
    },
}

/// A sentence under construction.
#[derive(Debug, Default)]
pub(crate) struct Sentence(Vec<Fragment>);

impl Sentence {
    pub(crate) fn text(mut self, text: impl Into<String>) -> Self {
        self.0.push(Fragment::Text(text.into()));
        self
    }

    pub(crate) fn code(mut self, text: impl ToString) -> Self {
        self.0.push(Fragment::Code(text.to_string()));
        self
    }

    /// Words that lead to a field.
    pub(crate) fn link(mut self, text: impl Into<String>, field: &FieldRef) -> Self {
        self.0.push(Fragment::Link { text: text.into(), field: field.clone() });
        self
    }

    /// `text` if there is something to lead to, else plain code.
    pub(crate) fn link_or_code(self, text: &str, field: Option<&FieldRef>) -> Self {
        match field {
            Some(field) => self.link(text, field),
            None => self.code(text),
        }
    }

    /// Goes on with another sentence's words, without a space between.
    pub(crate) fn append_plain(mut self, other: Sentence) -> Self {
        self.0.extend(other.0);
        self
    }

    pub(crate) fn append(mut self, other: Sentence) -> Self {
        if !self.0.is_empty() && !other.0.is_empty() {
            self.0.push(Fragment::Text(" ".into()));
        }
        self.0.extend(other.0);
        self
    }

    pub(crate) fn finish(self) -> Vec<Fragment> {
        self.0
    }
}

/// A step's name: `destination translated`.
pub fn title(step: &Step) -> String {
    let text = match (&step.action, step.stage) {
        (Action::Sent, _) => "sent",
        (Action::Received, Stage::Wire) => "on the wire",
        (Action::Received, _) => "received",
        (Action::Forwarded, _) => "sent on",
        (Action::Delivered, _) => "delivered",
        (Action::Bridged, _) => "bridged",
        (Action::Tracked, _) => return kernel::tracking_title(step).to_owned(),
        (Action::Translated, Stage::DestinationNat) => "destination translated",
        (Action::Translated, Stage::SourceNat) => "source translated",
        (Action::Translated, Stage::SocketLoadBalancer) => "destination chosen at connect",
        (Action::Translated, Stage::LoadBalancer) => "sent to a node",
        (Action::Translated, _) => "rewritten",
        (Action::Permitted, Stage::EgressPolicy) => "may leave",
        (Action::Permitted, Stage::IngressPolicy) => "may enter",
        (Action::Permitted, _) => "permitted",
        (Action::Passed, Stage::DestinationNat) => "destination kept",
        (Action::Passed, Stage::SourceNat) => "source kept",
        (Action::Passed, Stage::Filter) => "no rule objects",
        (Action::Passed, Stage::EgressPolicy | Stage::IngressPolicy) => {
            return kernel::policy_passed_title(step).to_owned();
        }
        (Action::Passed, Stage::LoadBalancer) => "node chosen",
        (Action::Passed, _) => "passed",
        (Action::Routed, _) => "routed",
        (Action::Addressed, _) => "next hop found",
        (Action::Encapsulated, _) => "wrapped",
        (Action::Decapsulated, _) => "unwrapped",
        (Action::Dropped(reason), _) => return format!("dropped: {}", drop_words(*reason)),
        (Action::Rejected(reason), _) => return format!("rejected: {}", reject_words(*reason)),
    };
    text.to_owned()
}

/// A stage's name, as the kernel's own words have it.
pub fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Application => "process",
        Stage::SocketLoadBalancer => "socket",
        Stage::Device => "device",
        Stage::Bridge => "bridge",
        Stage::Conntrack => "conntrack",
        Stage::DestinationNat => "nat",
        Stage::Routing => "routing",
        Stage::EgressPolicy => "egress policy",
        Stage::IngressPolicy => "ingress policy",
        Stage::Filter => "filter",
        Stage::SourceNat => "nat",
        Stage::Tunnel => "tunnel",
        Stage::Neighbour => "neighbour",
        Stage::Wire => "wire",
        Stage::LoadBalancer => "load balancer",
    }
}

/// Why a step did what it did; empty where the title says it all.
pub fn reason(hop: &Hop, step: &Step) -> Vec<Fragment> {
    kernel::reason(hop, step).finish()
}

/// A reason as plain text, with names in backticks.
pub fn plain(fragments: &[Fragment]) -> String {
    fragments
        .iter()
        .map(|fragment| match fragment {
            Fragment::Text(text) => text.clone(),
            Fragment::Code(text) | Fragment::Link { text, .. } => format!("`{text}`"),
        })
        .collect()
}

/// Why a packet vanished, in two or three words.
pub fn drop_words(reason: DropReason) -> &'static str {
    match reason {
        DropReason::PolicyDenied => "no policy allows it",
        DropReason::FirewallDenied => "a firewall rule forbids it",
        DropReason::NoLocalEndpoints => "no endpoint on this node",
        DropReason::NoRoute => "no way there",
        DropReason::NeighbourUnreachable => "nobody answers on the link",
        DropReason::TimeToLiveExceeded => "too many hops",
        DropReason::LinkDown => "the link is down",
        DropReason::TooBig => "too big for the link",
        DropReason::StaleConntrack => "a stale connection entry",
        DropReason::NoSuchHost => "nobody has this address",
        DropReason::UnexpectedSource => "an answer nobody asked for",
        DropReason::NoHealthyTarget => "no node passes the health check",
        DropReason::MartianSource => "its own address from outside",
    }
}

/// Why a packet was refused, in two or three words.
pub fn reject_words(reason: RejectReason) -> &'static str {
    match reason {
        RejectReason::NoEndpoints => "no endpoints",
        RejectReason::PortClosed => "nothing listens",
        RejectReason::NetworkUnreachable => "network unreachable",
        RejectReason::HostUnreachable => "host unreachable",
        RejectReason::FragmentationNeeded { .. } => "too big for the link",
        RejectReason::AdministrativelyProhibited => "prohibited",
    }
}
