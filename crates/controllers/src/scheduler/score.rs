//! Which of the possible nodes is best.
//!
//! Models the default score plugins and their weights: TaintToleration 3, NodeAffinity 2,
//! PodTopologySpread 2 (with the system's default constraints), InterPodAffinity 2,
//! NodeResourcesFit (LeastAllocated) 1, NodeResourcesBalancedAllocation 1, ImageLocality 1.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::apps::v1::{ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Node, Pod, Service};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::filter::{term_matches, topology};
use super::terms::{matches_term, tolerates};
use crate::images::Pull;
use crate::pods;
use crate::quantity;
use crate::selector::{includes, selects};
use crate::usage::Usage;
use crate::view::View;

const MAX_SCORE: f64 = 100.0;
const MIN_IMAGE_BYTES: f64 = 23.0 * 1024.0 * 1024.0;
const MAX_IMAGE_BYTES: f64 = 1000.0 * 1024.0 * 1024.0;
/// The system's default constraints: topology key and `maxSkew`.
const DEFAULT_SPREAD: [(&str, f64); 2] =
    [("kubernetes.io/hostname", 3.0), ("topology.kubernetes.io/zone", 5.0)];

/// The feasible node with the highest score; of several the first by name.
pub(super) fn best<'n>(
    view: &View<'_>,
    pod: &Pod,
    nodes: &[&'n Node],
    feasible: &[&'n Node],
) -> Option<&'n Node> {
    if feasible.len() < 2 {
        return feasible.first().copied();
    }
    let mut total = vec![0.0; feasible.len()];
    let mut add = |weight: f64, scores: Vec<f64>| {
        for (sum, score) in total.iter_mut().zip(scores) {
            // Plugins score in whole numbers.
            *sum += weight * score.floor();
        }
    };
    add(3.0, taint_toleration(pod, feasible));
    add(2.0, node_affinity(pod, feasible));
    add(2.0, topology_spread(view, pod, feasible));
    add(2.0, inter_pod_affinity(view, pod, nodes, feasible));
    let own = Usage::of(pod);
    let (least, balanced) = feasible.iter().map(|node| resources(view, &own, node)).unzip();
    add(1.0, least);
    add(1.0, balanced);
    add(1.0, feasible.iter().map(|node| image_locality(view, pod, nodes, node)).collect());
    let mut order: Vec<usize> = (0..feasible.len()).collect();
    order.sort_by(|a, b| {
        total[*b].total_cmp(&total[*a]).then_with(|| {
            pods::name(&feasible[*a].metadata).cmp(pods::name(&feasible[*b].metadata))
        })
    });
    order.first().map(|index| feasible[*index])
}

/// Scales so that the highest score is 100; reversed, so that the highest is 0.
fn normalize(scores: Vec<f64>, reverse: bool) -> Vec<f64> {
    let most = scores.iter().copied().fold(0.0, f64::max);
    scores
        .into_iter()
        .map(|score| match (most == 0.0, reverse) {
            (true, true) => MAX_SCORE,
            (true, false) => 0.0,
            (false, true) => MAX_SCORE - (score * MAX_SCORE / most).floor(),
            (false, false) => score * MAX_SCORE / most,
        })
        .collect()
}

fn taint_toleration(pod: &Pod, nodes: &[&Node]) -> Vec<f64> {
    let tolerations = pods::spec(pod).tolerations.as_ref();
    let count = |node: &&Node| {
        let taints = node.spec.iter().flat_map(|spec| spec.taints.iter().flatten());
        taints
            .filter(|taint| taint.effect == "PreferNoSchedule" && !tolerates(tolerations, taint))
            .count() as f64
    };
    normalize(nodes.iter().map(count).collect(), true)
}

fn node_affinity(pod: &Pod, nodes: &[&Node]) -> Vec<f64> {
    let preferred = pods::spec(pod)
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|affinity| {
            affinity.preferred_during_scheduling_ignored_during_execution.as_deref()
        })
        .unwrap_or_default();
    let score = |node: &&Node| {
        preferred
            .iter()
            .filter(|term| matches_term(&term.preference, node))
            .map(|term| f64::from(term.weight))
            .sum()
    };
    normalize(nodes.iter().map(score).collect(), false)
}

/// Spreads the Pods of a Service or controller over hosts and zones, unless the Pod has constraints
/// of its own; then those with `ScheduleAnyway` count.
fn topology_spread(view: &View<'_>, pod: &Pod, nodes: &[&Node]) -> Vec<f64> {
    let own = pods::spec(pod).topology_spread_constraints.as_deref().unwrap_or_default();
    let siblings = own.is_empty().then(|| Siblings::of(view, pod));
    if siblings.as_ref().is_some_and(Siblings::is_empty) {
        return vec![0.0; nodes.len()];
    }
    let chosen = own.iter().filter(|constraint| constraint.when_unsatisfiable == "ScheduleAnyway");
    let constraints: Vec<(&str, f64, Option<&LabelSelector>)> = if siblings.is_some() {
        DEFAULT_SPREAD.iter().map(|(key, skew)| (*key, *skew, None)).collect()
    } else {
        chosen
            .map(|own| {
                (own.topology_key.as_str(), own.max_skew.into(), own.label_selector.as_ref())
            })
            .collect()
    };
    let mut scores = vec![0.0; nodes.len()];
    for (key, skew, selector) in constraints {
        let by_node = match (&siblings, selector) {
            (Some(siblings), _) => siblings.by_node(view, pod),
            (None, Some(selector)) => {
                Siblings { labels: BTreeMap::new(), selectors: vec![selector.clone()] }
                    .by_node(view, pod)
            }
            (None, None) => BTreeMap::new(),
        };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for node in nodes {
            let Some(value) = topology(node, key) else { continue };
            let matching = by_node.get(pods::name(&node.metadata)).copied().unwrap_or(0);
            *counts.entry(value).or_default() += matching;
        }
        let weight = ((counts.len() + 2) as f64).ln();
        for (score, node) in scores.iter_mut().zip(nodes) {
            if let Some(value) = topology(node, key) {
                *score += counts.get(value).copied().unwrap_or(0) as f64 * weight + (skew - 1.0);
            }
        }
    }
    let scores: Vec<f64> = scores.into_iter().map(f64::round).collect();
    let most = scores.iter().copied().fold(0.0, f64::max);
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    scores
        .into_iter()
        .map(
            |score| if most == 0.0 { MAX_SCORE } else { MAX_SCORE * (most + least - score) / most },
        )
        .collect()
}

/// Which other Pods belong with a Pod: its Services' and its controller's selectors together.
struct Siblings {
    labels: BTreeMap<String, String>,
    selectors: Vec<LabelSelector>,
}

impl Siblings {
    fn of(view: &View<'_>, pod: &Pod) -> Self {
        let namespace = pods::namespace(&pod.metadata);
        let mut labels = BTreeMap::new();
        for service in view.snapshot.list_in::<Service>(namespace) {
            let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
            if let Some(selector) = selector.filter(|selector| !selector.is_empty())
                && includes(Some(selector), pod.metadata.labels.as_ref())
            {
                labels.extend(selector.clone());
            }
        }
        let owner = pods::controller_of(&pod.metadata);
        let selector = owner.and_then(|owner| match owner.kind.as_str() {
            "ReplicaSet" => view
                .snapshot
                .find::<ReplicaSet>(namespace, &owner.name)
                .and_then(|set| set.spec.as_ref().map(|spec| spec.selector.clone())),
            "StatefulSet" => view
                .snapshot
                .find::<StatefulSet>(namespace, &owner.name)
                .and_then(|set| set.spec.as_ref().map(|spec| spec.selector.clone())),
            _ => None,
        });
        Self { labels, selectors: selector.into_iter().collect() }
    }

    fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.selectors.is_empty()
    }

    /// How many of them are active on each node.
    fn by_node<'a>(&self, view: &View<'a>, pod: &Pod) -> BTreeMap<&'a str, usize> {
        let mut labels = self.labels.clone();
        for selector in &self.selectors {
            labels.extend(
                selector.match_labels.iter().flatten().map(|(k, v)| (k.clone(), v.clone())),
            );
        }
        let namespace = pods::namespace(&pod.metadata);
        let candidates = if labels.is_empty() {
            view.snapshot.list_in::<Pod>(namespace).collect()
        } else {
            view.pods_with(namespace, &labels)
        };
        let mut counts = BTreeMap::new();
        for other in candidates {
            if pods::is_active(other)
                && self.include(other)
                && let Some(node) = pods::node_name(other)
            {
                *counts.entry(node).or_default() += 1;
            }
        }
        counts
    }

    fn include(&self, other: &Pod) -> bool {
        includes(Some(&self.labels), other.metadata.labels.as_ref())
            && self
                .selectors
                .iter()
                .all(|selector| selects(Some(selector), other.metadata.labels.as_ref()))
    }
}

/// The Pod's own preferences for and against other Pods.
fn inter_pod_affinity(view: &View<'_>, pod: &Pod, nodes: &[&Node], feasible: &[&Node]) -> Vec<f64> {
    let affinity = pods::spec(pod).affinity.as_ref();
    let wanted = affinity
        .and_then(|affinity| affinity.pod_affinity.as_ref())
        .and_then(|affinity| {
            affinity.preferred_during_scheduling_ignored_during_execution.as_deref()
        })
        .unwrap_or_default();
    let unwanted = affinity
        .and_then(|affinity| affinity.pod_anti_affinity.as_ref())
        .and_then(|affinity| {
            affinity.preferred_during_scheduling_ignored_during_execution.as_deref()
        })
        .unwrap_or_default();
    let mut scores = vec![0.0; feasible.len()];
    let terms =
        wanted.iter().map(|term| (term, 1.0)).chain(unwanted.iter().map(|term| (term, -1.0)));
    for (term, sign) in terms {
        let key = &term.pod_affinity_term.topology_key;
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for node in nodes {
            let Some(value) = topology(node, key) else { continue };
            let others = view.pods_on(pods::name(&node.metadata));
            let matching = others
                .filter(|other| term_matches(view, &term.pod_affinity_term, pod, other))
                .count();
            *counts.entry(value).or_default() += matching;
        }
        for (score, node) in scores.iter_mut().zip(feasible) {
            let count =
                topology(node, key).and_then(|value| counts.get(value)).copied().unwrap_or(0);
            *score += sign * f64::from(term.weight) * count as f64;
        }
    }
    let most = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = scores.iter().copied().fold(f64::INFINITY, f64::min);
    let span = most - least;
    scores
        .into_iter()
        .map(|score| if span > 0.0 { MAX_SCORE * (score - least) / span } else { 0.0 })
        .collect()
}

/// LeastAllocated and BalancedAllocation of CPU and memory.
fn resources(view: &View<'_>, own: &Usage, node: &Node) -> (f64, f64) {
    let allocatable = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
    let usage = view.usage(pods::name(&node.metadata));
    let share = |resource: &str, used: i128| {
        let capacity = quantity::of(allocatable, resource);
        (capacity > 0).then(|| (used as f64 / capacity as f64).min(1.0))
    };
    let cpu = share("cpu", usage.assumed_cpu + own.assumed_cpu);
    let memory = share("memory", usage.assumed_memory + own.assumed_memory);
    let Some((cpu, memory)) = cpu.zip(memory) else { return (0.0, 0.0) };
    let least_allocated = ((1.0 - cpu) * MAX_SCORE).floor() + ((1.0 - memory) * MAX_SCORE).floor();
    let deviation = (cpu - memory).abs() / 2.0;
    (least_allocated / 2.0, (1.0 - deviation) * MAX_SCORE)
}

fn image_locality(view: &View<'_>, pod: &Pod, nodes: &[&Node], node: &Node) -> f64 {
    let has = |node: &Node, image: &str| {
        view.world
            .node(pods::name(&node.metadata))
            .is_some_and(|machine| machine.images.contains(image))
    };
    let containers = &pods::spec(pod).containers;
    let images: BTreeSet<&str> =
        containers.iter().filter_map(|container| container.image.as_deref()).collect();
    let bytes: f64 = containers
        .iter()
        .filter(|container| container.image.as_deref().is_some_and(|image| has(node, image)))
        .filter_map(|container| match view.world.images.behaviour(container).pull {
            Pull::Comes { size, .. } => {
                let image = container.image.as_deref().unwrap_or_default();
                let spread = nodes.iter().filter(|node| has(node, image)).count() as f64
                    / nodes.len() as f64;
                Some(size as f64 * spread)
            }
            Pull::Fails(_) | Pull::Invalid => None,
        })
        .sum();
    let most = MAX_IMAGE_BYTES * images.len().max(1) as f64;
    MAX_SCORE * (bytes.clamp(MIN_IMAGE_BYTES, most) - MIN_IMAGE_BYTES) / (most - MIN_IMAGE_BYTES)
}
