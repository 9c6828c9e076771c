//! What Pods take of a node.
//!
//! Models `scheduler/framework.NodeInfo` and `component-helpers/resource.PodRequests`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container, Pod};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use crate::pods;
use crate::quantity;

/// `schedutil.DefaultMilliCPURequest` and `DefaultMemoryRequest`: what scoring assumes of a
/// container without requests.
const DEFAULT_MILLI_CPU: i128 = 100;
const DEFAULT_MILLI_MEMORY: i128 = 200 * 1024 * 1024 * 1000;
/// What the Pods on a node take of it, those that have ended left out. Amounts are in thousandths.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Usage {
    /// How many Pods.
    pub pods: i128,
    /// What they request, by resource.
    pub requests: BTreeMap<String, i128>,
    /// CPU as scoring counts it: something is assumed of containers without requests.
    pub assumed_cpu: i128,
    /// Memory as scoring counts it.
    pub assumed_memory: i128,
}

impl Usage {
    /// What one Pod takes.
    pub fn of(pod: &Pod) -> Self {
        let requests = requests(pod);
        let containers = pods::spec(pod).containers.len() as i128;
        let assumed = |resource: &str, default: i128| {
            requests
                .get(resource)
                .copied()
                .filter(|amount| *amount > 0)
                .unwrap_or(default * containers)
        };
        Self {
            pods: 1,
            assumed_cpu: assumed("cpu", DEFAULT_MILLI_CPU),
            assumed_memory: assumed("memory", DEFAULT_MILLI_MEMORY),
            requests,
        }
    }

    /// Counts another in.
    pub fn add(&mut self, other: &Usage) {
        self.change(other, 1);
    }

    /// Takes another out.
    pub fn subtract(&mut self, other: &Usage) {
        self.change(other, -1);
    }

    fn change(&mut self, other: &Usage, sign: i128) {
        self.pods += sign * other.pods;
        self.assumed_cpu += sign * other.assumed_cpu;
        self.assumed_memory += sign * other.assumed_memory;
        for (resource, amount) in &other.requests {
            *self.requests.entry(resource.clone()).or_default() += sign * amount;
        }
    }
}

/// What a Pod requests, by resource, in thousandths: the containers together or the greatest init
/// container, whichever is more.
fn requests(pod: &Pod) -> BTreeMap<String, i128> {
    let spec = pods::spec(pod);
    let of = |container: &Container| -> BTreeMap<String, i128> {
        let requests =
            container.resources.as_ref().and_then(|resources| resources.requests.as_ref());
        amounts(requests)
    };
    let mut total = BTreeMap::new();
    let sidecar = |container: &&Container| container.restart_policy.as_deref() == Some("Always");
    for container in
        spec.containers.iter().chain(spec.init_containers.iter().flatten().filter(sidecar))
    {
        for (resource, amount) in of(container) {
            *total.entry(resource).or_insert(0) += amount;
        }
    }
    for container in spec.init_containers.iter().flatten().filter(|container| !sidecar(container)) {
        for (resource, amount) in of(container) {
            let most = total.entry(resource).or_insert(0);
            *most = (*most).max(amount);
        }
    }
    for (resource, amount) in amounts(spec.overhead.as_ref()) {
        *total.entry(resource).or_insert(0) += amount;
    }
    total
}

fn amounts(quantities: Option<&BTreeMap<String, Quantity>>) -> BTreeMap<String, i128> {
    quantities
        .into_iter()
        .flatten()
        .map(|(name, amount)| (name.clone(), quantity::milli(amount)))
        .collect()
}
