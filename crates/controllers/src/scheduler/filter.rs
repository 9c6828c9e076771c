//! Which nodes a Pod may go to, and what stands in the way on the others.
//!
//! Models the filter plugins in their order: NodeUnschedulable, TaintToleration, NodeAffinity,
//! NodePorts, NodeResourcesFit, PodTopologySpread, InterPodAffinity.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Node, Pod, PodAffinityTerm, Taint, TopologySpreadConstraint};

use super::terms::{matches_node_selection, tolerates};
use crate::pods;
use crate::quantity;
use crate::selector::selects;
use crate::usage::Usage;
use crate::view::View;

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// As `FailedScheduling` counts it.
    pub reason: String,
    /// Whether evicting other Pods could not help.
    pub unresolvable: bool,
}

/// What must be known of the whole cluster to judge one node.
pub(super) struct Cluster<'a> {
    view: &'a View<'a>,
    pod: &'a Pod,
    requests: BTreeMap<String, i128>,
    spreads: Vec<Spread<'a>>,
    affinity: Vec<Domains<'a>>,
    anti_affinity: Vec<Domains<'a>>,
    existing_anti_affinity: BTreeSet<(String, String)>,
}

/// A `DoNotSchedule` constraint and how many matching Pods each domain has.
struct Spread<'a> {
    constraint: &'a TopologySpreadConstraint,
    counts: BTreeMap<String, i32>,
    own: i32,
}

/// A required (anti-)affinity term and the domains in which a Pod matches it.
struct Domains<'a> {
    term: &'a PodAffinityTerm,
    values: BTreeSet<String>,
}

impl<'a> Cluster<'a> {
    pub(super) fn new(view: &'a View<'a>, pod: &'a Pod, nodes: &[&'a Node]) -> Self {
        let spec = pods::spec(pod);
        let affinity = spec.affinity.as_ref();
        let required = affinity
            .and_then(|affinity| affinity.pod_affinity.as_ref())
            .and_then(|affinity| {
                affinity.required_during_scheduling_ignored_during_execution.as_deref()
            })
            .unwrap_or_default();
        let excluded = affinity
            .and_then(|affinity| affinity.pod_anti_affinity.as_ref())
            .and_then(|affinity| {
                affinity.required_during_scheduling_ignored_during_execution.as_deref()
            })
            .unwrap_or_default();
        let domains = |term: &'a PodAffinityTerm| Domains {
            values: nodes
                .iter()
                .filter(|node| {
                    view.pods_on(pods::name(&node.metadata))
                        .any(|other| term_matches(view, term, pod, other))
                })
                .filter_map(|node| topology(node, &term.topology_key))
                .map(str::to_owned)
                .collect(),
            term,
        };
        let mut existing = BTreeSet::new();
        for other in view.anti_affine() {
            let Some(node) = pods::node_name(other).and_then(|node| view.node(node)) else {
                continue;
            };
            for term in anti_affinity_terms(other) {
                if term_matches(view, term, other, pod)
                    && let Some(value) = topology(node, &term.topology_key)
                {
                    existing.insert((term.topology_key.clone(), value.to_owned()));
                }
            }
        }
        Self {
            view,
            pod,
            requests: Usage::of(pod).requests,
            spreads: spec
                .topology_spread_constraints
                .iter()
                .flatten()
                .filter(|constraint| constraint.when_unsatisfiable == "DoNotSchedule")
                .map(|constraint| Spread::new(view, pod, constraint, nodes))
                .collect(),
            affinity: required.iter().map(domains).collect(),
            anti_affinity: excluded.iter().map(domains).collect(),
            existing_anti_affinity: existing,
        }
    }

    /// Whether the Pod may go to this node.
    pub(super) fn check(&self, node: &Node) -> Result<(), Vec<Obstacle>> {
        let one = |reason: &str, unresolvable: bool| {
            Err(vec![Obstacle { reason: reason.to_owned(), unresolvable }])
        };
        let spec = pods::spec(self.pod);
        let node_spec = node.spec.clone().unwrap_or_default();
        let unschedulable = Taint {
            key: "node.kubernetes.io/unschedulable".into(),
            effect: "NoSchedule".into(),
            ..Taint::default()
        };
        if node_spec.unschedulable == Some(true)
            && !tolerates(spec.tolerations.as_ref(), &unschedulable)
        {
            return one("node(s) were unschedulable", true);
        }
        let intolerable = node_spec.taints.iter().flatten().any(|taint| {
            matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute")
                && !tolerates(spec.tolerations.as_ref(), taint)
        });
        if intolerable {
            return one("node(s) had untolerated taint(s)", true);
        }
        if !matches_node_selection(self.pod, node) {
            return one("node(s) didn't match Pod's node affinity/selector", true);
        }
        let name = pods::name(&node.metadata);
        let wanted_ports = host_ports(self.pod);
        if !wanted_ports.is_empty()
            && self.view.pods_on(name).filter(|other| !pods::is_ended(other)).any(|other| {
                host_ports(other)
                    .iter()
                    .any(|taken| wanted_ports.iter().any(|wanted| clash(wanted, taken)))
            })
        {
            return one("node(s) didn't have free ports for the requested pod ports", false);
        }
        self.check_resources(node)?;
        for spread in &self.spreads {
            spread.check(node)?;
        }
        self.check_affinity(node)
    }

    fn check_resources(&self, node: &Node) -> Result<(), Vec<Obstacle>> {
        let name = pods::name(&node.metadata);
        let allocatable = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
        let usage = self.view.usage(name);
        let mut found = Vec::new();
        let most = quantity::of(allocatable, "pods") / 1_000;
        if allocatable.is_some_and(|amounts| amounts.contains_key("pods")) && usage.pods + 1 > most
        {
            found.push(Obstacle { reason: "Too many pods".into(), unresolvable: false });
        }
        for (resource, wanted) in self.requests.iter().filter(|(_, wanted)| **wanted > 0) {
            let capacity = quantity::of(allocatable, resource);
            let taken = usage.requests.get(resource).copied().unwrap_or(0);
            if *wanted > capacity - taken {
                found.push(Obstacle {
                    reason: format!("Insufficient {resource}"),
                    unresolvable: *wanted > capacity,
                });
            }
        }
        if found.is_empty() { Ok(()) } else { Err(found) }
    }

    fn check_affinity(&self, node: &Node) -> Result<(), Vec<Obstacle>> {
        let one = |reason: &str, unresolvable| {
            Err(vec![Obstacle { reason: reason.to_owned(), unresolvable }])
        };
        let met = |domains: &Domains<'_>| {
            topology(node, &domains.term.topology_key)
                .is_some_and(|value| domains.values.contains(value))
        };
        // The first Pod of a group that wants to be with itself may begin anywhere.
        let begins = self.affinity.iter().all(|domains| domains.values.is_empty())
            && self
                .affinity
                .iter()
                .all(|domains| term_matches(self.view, domains.term, self.pod, self.pod));
        let placed = self
            .affinity
            .iter()
            .all(|domains| topology(node, &domains.term.topology_key).is_some());
        let welcome = self.affinity.iter().all(met) || (begins && placed);
        if !welcome {
            return one("node(s) didn't match pod affinity rules", true);
        }
        if self.anti_affinity.iter().any(met) {
            return one("node(s) didn't match pod anti-affinity rules", false);
        }
        let repelled = self
            .existing_anti_affinity
            .iter()
            .any(|(key, value)| topology(node, key).is_some_and(|own| own == value));
        if repelled {
            return one("node(s) didn't satisfy existing pods anti-affinity rules", false);
        }
        Ok(())
    }
}

impl<'a> Spread<'a> {
    fn new(
        view: &View<'_>,
        pod: &Pod,
        constraint: &'a TopologySpreadConstraint,
        nodes: &[&Node],
    ) -> Self {
        let mut counts = BTreeMap::new();
        let selector = constraint.label_selector.as_ref();
        for node in nodes.iter().filter(|node| matches_node_selection(pod, node)) {
            let Some(value) = topology(node, &constraint.topology_key) else { continue };
            let matching = view
                .pods_on(pods::name(&node.metadata))
                .filter(|other| {
                    other.metadata.namespace == pod.metadata.namespace && pods::is_active(other)
                })
                .filter(|other| selects(selector, other.metadata.labels.as_ref()))
                .count();
            *counts.entry(value.to_owned()).or_insert(0) += matching as i32;
        }
        let own = i32::from(selects(selector, pod.metadata.labels.as_ref()));
        Self { constraint, counts, own }
    }

    fn check(&self, node: &Node) -> Result<(), Vec<Obstacle>> {
        let one = |reason: &str, unresolvable| {
            Err(vec![Obstacle { reason: reason.to_owned(), unresolvable }])
        };
        let Some(value) = topology(node, &self.constraint.topology_key) else {
            return one(
                "node(s) didn't match pod topology spread constraints (missing required label)",
                true,
            );
        };
        let few_domains =
            self.constraint.min_domains.is_some_and(|least| (self.counts.len() as i32) < least);
        let least = if few_domains { 0 } else { self.counts.values().copied().min().unwrap_or(0) };
        let here = self.counts.get(value).copied().unwrap_or(0);
        if here + self.own - least > self.constraint.max_skew {
            return one("node(s) didn't match pod topology spread constraints", false);
        }
        Ok(())
    }
}

/// The Pod's required anti-affinity terms.
pub(super) fn anti_affinity_terms(pod: &Pod) -> &[PodAffinityTerm] {
    pods::spec(pod)
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.pod_anti_affinity.as_ref())
        .and_then(|affinity| {
            affinity.required_during_scheduling_ignored_during_execution.as_deref()
        })
        .unwrap_or_default()
}

/// Whether `other` is one of those that a term of `pod` speaks of.
pub(super) fn term_matches(
    view: &View<'_>,
    term: &PodAffinityTerm,
    pod: &Pod,
    other: &Pod,
) -> bool {
    let namespace = pods::namespace(&other.metadata);
    let named = term.namespaces.as_deref().unwrap_or_default();
    let in_namespace = if named.is_empty() && term.namespace_selector.is_none() {
        namespace == pods::namespace(&pod.metadata)
    } else {
        named.iter().any(|name| name == namespace)
            || term.namespace_selector.as_ref().is_some_and(|selector| {
                let labels = view
                    .snapshot
                    .find::<k8s_openapi::api::core::v1::Namespace>("", namespace)
                    .and_then(|namespace| namespace.metadata.labels.as_ref());
                selects(Some(selector), labels)
            })
    };
    in_namespace
        && pods::is_active(other)
        && selects(term.label_selector.as_ref(), other.metadata.labels.as_ref())
}

/// The node's value of a topology label.
pub(super) fn topology<'n>(node: &'n Node, key: &str) -> Option<&'n str> {
    node.metadata.labels.as_ref()?.get(key).map(String::as_str)
}

fn host_ports(pod: &Pod) -> Vec<(String, String, i32)> {
    let ports =
        pods::spec(pod).containers.iter().flat_map(|container| container.ports.iter().flatten());
    ports
        .filter_map(|port| {
            let number = port.host_port.filter(|number| *number > 0)?;
            let address = port
                .host_ip
                .clone()
                .filter(|address| !address.is_empty())
                .unwrap_or("0.0.0.0".into());
            Some((address, port.protocol.clone().unwrap_or("TCP".into()), number))
        })
        .collect()
}

fn clash(a: &(String, String, i32), b: &(String, String, i32)) -> bool {
    a.1 == b.1 && a.2 == b.2 && (a.0 == b.0 || a.0 == "0.0.0.0" || b.0 == "0.0.0.0")
}
