//! What decided a step: references to rules, objects and fields, never prose.
//!
//! `explain` turns evidence into sentences, in one place for one language at a time.

use std::net::IpAddr;

use manifest::{FieldPath, ObjectRef};
use packet::{FiveTuple, dns};
use serde::{Deserialize, Serialize};

/// A field of an object, such as the learner can be sent to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FieldRef {
    /// The object.
    pub object: ObjectRef,
    /// The field in it.
    pub path: FieldPath,
}

impl FieldRef {
    /// A field of an object.
    pub fn new(object: ObjectRef, path: FieldPath) -> Self {
        Self { object, path }
    }
}

/// One line of a table, with the whole table around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// The table's name: `KUBE-SVC-…`, `main`, `flannel.1 fdb`.
    pub table: String,
    /// Every line of the table, as the real tool prints it.
    pub lines: Vec<String>,
    /// Which of them decided.
    pub position: usize,
}

impl Line {
    /// The line that decided.
    pub fn text(&self) -> &str {
        self.lines.get(self.position).map(String::as_str).unwrap_or_default()
    }
}

/// A piece of what decided a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Evidence {
    /// A netfilter rule that matched, inside its chain.
    Rule {
        /// The rule and its chain.
        line: Line,
        /// The field it was made from.
        from: Option<FieldRef>,
    },
    /// The route that matched, inside its table.
    Route {
        /// The route and its table.
        line: Line,
        /// Where it leads.
        via: Option<IpAddr>,
    },
    /// A neighbour or forwarding-database entry.
    Neighbour {
        /// The entry and its table.
        line: Line,
    },
    /// A connection's entry in the tracker.
    Conntrack {
        /// The flow as it was sent.
        original: FiveTuple,
        /// The flow its replies are expected to have.
        reply: FiveTuple,
        /// Whether this packet made the entry.
        fresh: bool,
        /// The entry as `conntrack -L` prints it.
        text: String,
    },
    /// One endpoint was chosen out of several.
    Endpoint {
        /// The Service.
        service: ObjectRef,
        /// The EndpointSlice the endpoint is listed in.
        slice: ObjectRef,
        /// The Pod behind it, if it is one.
        pod: Option<ObjectRef>,
        /// Its address.
        address: IpAddr,
        /// Its port.
        port: u16,
        /// Its place among the candidates, from 0.
        position: usize,
        /// How many candidates there were.
        of: usize,
        /// Why this one.
        choice: Choice,
    },
    /// NetworkPolicy was asked.
    Policy(PolicyDecision),
    /// A policy selects this Pod, but the CNI plugin does not enforce policies.
    PolicyNotEnforced {
        /// The plugin.
        cni: String,
        /// The policies that would have isolated the Pod.
        policies: Vec<ObjectRef>,
    },
    /// A field decided.
    Field {
        /// The field.
        field: FieldRef,
        /// Its value, as written.
        value: String,
    },
    /// A process listens, or none does.
    Listener {
        /// The Pod, or nothing for a process outside the cluster.
        pod: Option<ObjectRef>,
        /// The container's name and image.
        container: Option<(String, String)>,
        /// The port.
        port: u16,
        /// Whether a process listens there.
        listening: bool,
        /// Ports on which something in the Pod does listen.
        others: Vec<u16>,
    },
    /// The resolver tried this name because of `resolv.conf`.
    Search {
        /// The name the application asked for.
        asked: String,
        /// The name on the wire.
        tried: String,
        /// Its place in the list of names to try, from 0.
        position: usize,
        /// All names to try, in order.
        candidates: Vec<String>,
        /// The `resolv.conf` that decided.
        resolv_conf: String,
    },
    /// A DNS server answered, and from what.
    DnsAnswer {
        /// The plugin of the Corefile that answered: `kubernetes`, `forward` …
        plugin: String,
        /// The result.
        rcode: dns::Rcode,
        /// The object the answer was made from.
        object: Option<ObjectRef>,
    },
    /// An HTTP rule chose a backend.
    HttpRule {
        /// The Ingress or HTTPRoute, and the rule in it.
        field: FieldRef,
        /// The rule in words the controller would log: `shop.example.com/cart`.
        rule: String,
    },
    /// A load balancer checked its targets.
    Targets {
        /// Those that passed.
        healthy: Vec<String>,
        /// Those that did not.
        failing: Vec<String>,
        /// What they were asked: `TCP :31080`, `HTTP :10256/healthz`; empty if nothing was.
        check: String,
        /// Whether all were tried because none passed.
        open: bool,
    },
}

impl Evidence {
    /// The objects it speaks of.
    pub fn objects(&self) -> Vec<&ObjectRef> {
        match self {
            Evidence::Rule { from, .. } => from.iter().map(|field| &field.object).collect(),
            Evidence::Endpoint { service, slice, pod, .. } => {
                [service, slice].into_iter().chain(pod).collect()
            }
            Evidence::Policy(decision) => decision.isolating.iter().collect(),
            Evidence::PolicyNotEnforced { policies, .. } => policies.iter().collect(),
            Evidence::Field { field, .. } | Evidence::HttpRule { field, .. } => vec![&field.object],
            Evidence::Listener { pod, .. } => pod.iter().collect(),
            Evidence::DnsAnswer { object, .. } => object.iter().collect(),
            Evidence::Route { .. }
            | Evidence::Targets { .. }
            | Evidence::Neighbour { .. }
            | Evidence::Conntrack { .. }
            | Evidence::Search { .. } => Vec::new(),
        }
    }
}

/// Why one endpoint out of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Choice {
    /// The only one.
    Only,
    /// By the rule's random probability, in parts per billion.
    Random {
        /// The rule's probability in parts per billion.
        parts_per_billion: u32,
    },
    /// In turn.
    RoundRobin,
    /// The same client went there before.
    Affinity,
}

/// The direction a policy rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum PolicyDirection {
    /// Traffic into the selected Pod.
    Ingress,
    /// Traffic out of the selected Pod.
    Egress,
}

/// What NetworkPolicy says about one connection in one direction, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyDecision {
    /// Which side was asked.
    pub direction: PolicyDirection,
    /// The Pod whose policies were asked.
    pub subject: ObjectRef,
    /// Whether the connection may be made.
    pub allowed: bool,
    /// The policies that isolate the subject in this direction; none means everything is allowed.
    pub isolating: Vec<ObjectRef>,
    /// The rule that allows it.
    pub allowed_by: Option<FieldRef>,
    /// The rules that looked and did not allow it, each with its first failing clause, nearest first.
    pub failed: Vec<FailedRule>,
}

/// A rule that did not allow a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedRule {
    /// The clause that failed.
    pub clause: FieldRef,
    /// How it failed.
    pub reason: ClauseFailure,
}

/// How a clause of a policy rule failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ClauseFailure {
    /// The peer Pod's labels do not match.
    PodSelector,
    /// The peer's namespace's labels do not match.
    NamespaceSelector,
    /// The peer is a Pod of another namespace, and the peer entry has no namespace selector.
    OtherNamespace,
    /// The peer is no Pod of this cluster, and the entry selects Pods.
    NotAPod,
    /// The address is outside the block.
    IpBlock,
    /// The address is inside an exception of the block.
    IpBlockExcept,
    /// The port is not listed.
    Port,
    /// The protocol is not listed.
    Protocol,
    /// A named port that the Pod does not have.
    NamedPort,
    /// The policy has no rule at all in this direction.
    NoRules,
}
