//! What lets traffic in by host and path: Ingresses and Gateways.
//!
//! Neither is a machine: each is a piece of configuration that a controller's Pods read. One that
//! nobody reads does nothing, and looks so.

use apiserver::Snapshot;
use dataplane::ingress::Controller;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend, IngressLoadBalancerStatus};
use manifest::gateway::{Gateway, HTTPRoute};
use manifest::{Kind, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::inventory::reference;

/// An Ingress or a Gateway.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryFacts {
    /// What it is.
    pub reference: ObjectRef,
    /// The hosts it answers for: `shop.example.com`; `*` for all.
    pub hosts: Vec<String>,
    /// The Services it leads to.
    pub backends: Vec<ObjectRef>,
    /// Its class, empty if it names none.
    pub class: String,
    /// The Pods that read it.
    pub read_by: Vec<ObjectRef>,
    /// The address it can be reached at, once there is one.
    pub address: Option<String>,
}

/// The label that ties a proxy's Pods to the Gateway they serve (GEP-1762).
const GATEWAY_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

impl EntryFacts {
    /// Every one of a cluster, Gateways before Ingresses.
    pub fn all(snapshot: &Snapshot) -> Vec<Self> {
        let gateways = snapshot.list::<Gateway>().map(|gateway| of_gateway(gateway, snapshot));
        let ingresses: Vec<&Ingress> = snapshot.list::<Ingress>().collect();
        if ingresses.is_empty() {
            return gateways.collect();
        }
        let controllers: Vec<(ObjectRef, Controller)> = snapshot
            .list::<Pod>()
            .filter_map(|pod| {
                let controller = dataplane::ingress_controller(snapshot, pod)?;
                Some((reference(Kind::Pod, &pod.metadata), controller))
            })
            .collect();
        let ingresses = ingresses.into_iter().map(|it| of_ingress(it, &controllers, snapshot));
        gateways.chain(ingresses).collect()
    }
}

fn of_ingress(
    ingress: &Ingress,
    controllers: &[(ObjectRef, Controller)],
    snapshot: &Snapshot,
) -> EntryFacts {
    let reference = reference(Kind::Ingress, &ingress.metadata);
    let spec = ingress.spec.as_ref();
    let rules = || spec.iter().flat_map(|spec| spec.rules.iter().flatten());
    let paths = rules().filter_map(|rule| rule.http.as_ref()).flat_map(|http| &http.paths);
    let backends = paths
        .map(|path| &path.backend)
        .chain(spec.and_then(|spec| spec.default_backend.as_ref()))
        .filter_map(|backend: &IngressBackend| backend.service.as_ref())
        .map(|service| ObjectRef::new(Kind::Service, &reference.namespace, &service.name));
    let read_by = controllers.iter().filter(|(_, it)| it.serves(snapshot, ingress));
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    EntryFacts {
        hosts: unique(rules().map(|rule| rule.host.clone().unwrap_or_else(|| "*".into()))),
        backends: unique(backends),
        class: spec.and_then(|spec| spec.ingress_class_name.clone()).unwrap_or_default(),
        read_by: read_by.map(|(pod, _)| pod.clone()).collect(),
        address: balancer.and_then(first_address),
        reference,
    }
}

fn first_address(balancer: &IngressLoadBalancerStatus) -> Option<String> {
    let point = balancer.ingress.as_ref()?.first()?;
    point.ip.clone().or_else(|| point.hostname.clone())
}

fn of_gateway(gateway: &Gateway, snapshot: &Snapshot) -> EntryFacts {
    let reference = reference(Kind::Gateway, &gateway.metadata);
    let namespace = reference.namespace.as_str();
    let routes: Vec<&HTTPRoute> = snapshot
        .list::<HTTPRoute>()
        .filter(|route| {
            let own = route.metadata.namespace.as_deref().unwrap_or_default();
            route.spec.parent_refs.iter().flatten().any(|parent| {
                parent.name == reference.name
                    && parent.namespace.as_deref().unwrap_or(own) == namespace
            })
        })
        .collect();
    let backends = routes.iter().flat_map(|route| {
        let own = route.metadata.namespace.as_deref().unwrap_or_default();
        let rules = route.spec.rules.iter().flatten();
        rules.flat_map(|rule| rule.backend_refs.iter().flatten()).map(move |backend| {
            let namespace = backend.namespace.as_deref().unwrap_or(own);
            ObjectRef::new(Kind::Service, namespace, &backend.name)
        })
    });
    let named = routes.iter().flat_map(|route| route.spec.hostnames.iter().flatten().cloned());
    let listened = gateway.spec.listeners.iter().filter_map(|listener| listener.hostname.clone());
    let mut hosts = unique(named.chain(listened));
    if hosts.is_empty() {
        hosts.push("*".into());
    }
    let read_by = snapshot.list_in::<Pod>(namespace).filter(|pod| {
        let labels = pod.metadata.labels.as_ref();
        labels.and_then(|labels| labels.get(GATEWAY_LABEL)) == Some(&reference.name)
    });
    let addresses = gateway.status.as_ref().and_then(|status| status.addresses.as_ref());
    EntryFacts {
        hosts,
        backends: unique(backends),
        class: gateway.spec.gateway_class_name.clone(),
        read_by: read_by.map(|pod| crate::inventory::reference(Kind::Pod, &pod.metadata)).collect(),
        address: addresses.and_then(|all| all.first()).map(|address| address.value.clone()),
        reference,
    }
}

/// Each once, in the order they first come.
fn unique<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}
