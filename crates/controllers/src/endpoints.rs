//! Lists the Pods behind each Service in an Endpoints object, as before EndpointSlices.
//!
//! Watches Services and Pods. Owns the Endpoints of Services that have a selector; it never touches
//! those written by hand. The API is deprecated since v1.33 and still served and written.
//! Models `pkg/controller/endpoint` and `pkg/api/v1/endpoints/util.go`.

use std::collections::BTreeMap;

use apiserver::Time;
use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort, EndpointSubset, Endpoints, ObjectReference, Pod, Service,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, ObjectRef};

use crate::outcome::{Deletion, Outcome, Why, Write};
use crate::pods;
use crate::service_pods::{
    HEADLESS_LABEL, belongs, find_port, hostname, is_external_name, is_headless, selected,
};
use crate::view::View;

const MANAGED_BY_LABEL: &str = "endpoints.kubernetes.io/managed-by";
const MANAGER: &str = "endpoint-controller";
const OVER_CAPACITY: &str = "endpoints.kubernetes.io/over-capacity";
/// `maxCapacity`: more addresses are left out.
const MAX_ADDRESSES: usize = 1000;

/// Brings the Endpoints of one Service up to its Pods.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let reference = ObjectRef::new(Kind::Endpoints, &key.namespace, &key.name);
    let before = view.find::<Endpoints>(&reference);
    let Some(service) = view.find::<Service>(key) else {
        if before.is_some_and(is_ours) {
            outcome.write(Write::Delete(reference, Deletion::default()), Why::ServiceGone);
        }
        return outcome;
    };
    let spec = service.spec.clone().unwrap_or_default();
    if is_external_name(service) || spec.selector.as_ref().is_none_or(BTreeMap::is_empty) {
        return outcome;
    }
    let (subsets, truncated) = truncate(subsets(service, &selected(view, service)));
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.remove(HEADLESS_LABEL);
    if is_headless(service) {
        labels.insert(HEADLESS_LABEL.into(), String::new());
    }
    labels.insert(MANAGED_BY_LABEL.into(), MANAGER.into());
    let subsets = (!subsets.is_empty()).then_some(subsets);
    match before {
        Some(before) => {
            let mut after = before.clone();
            after.subsets = subsets;
            after.metadata.labels = Some(labels);
            let annotations = after.metadata.annotations.get_or_insert_default();
            annotations.remove(OVER_CAPACITY);
            if truncated {
                annotations.insert(OVER_CAPACITY.into(), "truncated".into());
            }
            if annotations.is_empty() {
                after.metadata.annotations = None;
            }
            let same = before.metadata.labels == after.metadata.labels
                && before.subsets.as_deref().unwrap_or_default()
                    == after.subsets.as_deref().unwrap_or_default()
                && before.metadata.annotations.clone().unwrap_or_default()
                    == after.metadata.annotations.clone().unwrap_or_default();
            if !same {
                outcome.write(Write::Update(after.into()), Why::EndpointsChanged);
            }
        }
        None => {
            let annotations = truncated
                .then(|| BTreeMap::from([(OVER_CAPACITY.to_owned(), "truncated".to_owned())]));
            let created = Endpoints {
                metadata: ObjectMeta {
                    name: Some(key.name.clone()),
                    namespace: Some(key.namespace.clone()),
                    labels: Some(labels),
                    annotations,
                    ..ObjectMeta::default()
                },
                subsets,
            };
            outcome.write(Write::Create(created.into()), Why::EndpointsChanged);
        }
    }
    outcome
}

fn is_ours(endpoints: &Endpoints) -> bool {
    let labels = endpoints.metadata.labels.as_ref();
    labels.and_then(|labels| labels.get(MANAGED_BY_LABEL)).is_some_and(|by| by == MANAGER)
}

/// One subset for each set of ports that some addresses share: `RepackSubsets`.
fn subsets(service: &Service, pods: &[&Pod]) -> Vec<EndpointSubset> {
    let spec = service.spec.clone().unwrap_or_default();
    let publish = spec.publish_not_ready_addresses == Some(true);
    let service_ports = spec.ports.unwrap_or_default();
    // Address → whether ready, and its ports in the Service's order.
    let mut addresses: Vec<(EndpointAddress, bool, Vec<EndpointPort>)> = Vec::new();
    for pod in pods.iter().filter(|pod| belongs(pod, publish)) {
        let address = address(service, pod);
        let ports: Vec<EndpointPort> = service_ports
            .iter()
            .filter_map(|port| {
                Some(EndpointPort {
                    name: port.name.clone().filter(|name| !name.is_empty()),
                    port: find_port(pod, port)?,
                    protocol: Some(port.protocol.clone().unwrap_or("TCP".into())),
                    app_protocol: port.app_protocol.clone(),
                })
            })
            .collect();
        // Without any port an address is listed only if the Service is headless and has none.
        if ports.is_empty() && !(is_headless(service) && service_ports.is_empty()) {
            continue;
        }
        addresses.push((address, publish || pods::is_ready(pod), ports));
    }
    addresses.sort_by(|a, b| a.0.ip.cmp(&b.0.ip));
    let mut subsets: Vec<EndpointSubset> = Vec::new();
    for (address, ready, ports) in addresses {
        let ports = (!ports.is_empty()).then_some(ports);
        let position =
            subsets.iter().position(|subset| subset.ports == ports).unwrap_or_else(|| {
                subsets.push(EndpointSubset { ports, ..EndpointSubset::default() });
                subsets.len() - 1
            });
        let subset = &mut subsets[position];
        let list = if ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        list.get_or_insert_default().push(address);
    }
    subsets
}

fn address(service: &Service, pod: &Pod) -> EndpointAddress {
    EndpointAddress {
        ip: pod.status.as_ref().and_then(|status| status.pod_ip.clone()).unwrap_or_default(),
        hostname: hostname(pod, service),
        node_name: pods::node_name(pod).map(str::to_owned),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".into()),
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
            ..ObjectReference::default()
        }),
    }
}

/// `truncateEndpoints`: ready addresses are kept before those that are not.
fn truncate(mut subsets: Vec<EndpointSubset>) -> (Vec<EndpointSubset>, bool) {
    let mut room = MAX_ADDRESSES;
    let mut truncated = false;
    for ready in [true, false] {
        for subset in &mut subsets {
            let list = if ready { &mut subset.addresses } else { &mut subset.not_ready_addresses };
            let Some(addresses) = list else { continue };
            truncated |= addresses.len() > room;
            addresses.truncate(room);
            room -= addresses.len();
            if addresses.is_empty() {
                *list = None;
            }
        }
    }
    subsets.retain(|subset| subset.addresses.is_some() || subset.not_ready_addresses.is_some());
    (subsets, truncated)
}
