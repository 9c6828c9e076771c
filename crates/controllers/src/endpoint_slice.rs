//! Lists the Pods behind each Service in EndpointSlices.
//!
//! Watches Services, Pods, nodes and EndpointSlices. Owns the slices that it labels as its own; it
//! never touches mirrored or hand-made ones. Models `pkg/controller/endpointslice` and
//! `k8s.io/endpointslice`.

use std::collections::{BTreeMap, BTreeSet};

use apiserver::Time;
use k8s_openapi::api::core::v1::{ObjectReference, Pod, Service};
use k8s_openapi::api::discovery::v1::{
    Endpoint, EndpointConditions, EndpointHints, EndpointPort, EndpointSlice, ForNode, ForZone,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Deletion, Outcome, Why, Write};
use crate::pods;
use crate::service_pods::{
    HEADLESS_LABEL, belongs, find_port, hostname, is_external_name, is_headless, selected,
};
use crate::view::{SERVICE_NAME_LABEL, View};

const MANAGED_BY_LABEL: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";
/// `--max-endpoints-per-slice`.
const MAX_ENDPOINTS: usize = 100;

/// Brings the slices of one Service up to its Pods.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(service) = view.find::<Service>(key) else { return outcome };
    let spec = service.spec.clone().unwrap_or_default();
    if is_external_name(service) || spec.selector.as_ref().is_none_or(BTreeMap::is_empty) {
        return outcome;
    }
    let own: Vec<&EndpointSlice> =
        view.slices_of::<EndpointSlice>(key)
            .into_iter()
            .filter(|slice| {
                slice.metadata.labels.as_ref().is_some_and(|labels| {
                    labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGER)
                })
            })
            .filter(|slice| slice.metadata.deletion_timestamp.is_none())
            .collect();
    let mut families = spec.ip_families.clone().unwrap_or_default();
    if families.is_empty() {
        families.push("IPv4".into());
    }
    let pods = selected(view, service);
    let mut names: Vec<String> = Vec::new();
    for family in &families {
        let existing: Vec<&EndpointSlice> =
            own.iter().copied().filter(|slice| &slice.address_type == family).collect();
        let wanted = wanted(view, service, &pods, family);
        let slices = arrange(service, family, wanted, &existing);
        apply(view, service, slices, &existing, &mut names, &mut outcome);
    }
    for slice in own.iter().filter(|slice| !families.contains(&slice.address_type)) {
        outcome.write(Write::Delete(reference(slice), Deletion::default()), Why::EndpointsChanged);
    }
    outcome
}

/// Endpoints by the ports they are reached on: Pods may resolve a named port differently.
type ByPorts = Vec<(Vec<EndpointPort>, Vec<Endpoint>)>;

fn wanted(view: &View<'_>, service: &Service, pods: &[&Pod], family: &str) -> ByPorts {
    let mut groups: ByPorts = Vec::new();
    for pod in pods.iter().filter(|pod| belongs(pod, true)) {
        let Some(endpoint) = endpoint(view, service, pod, family) else { continue };
        let ports = ports(service, pod);
        match groups.iter_mut().find(|(known, _)| *known == ports) {
            Some((_, endpoints)) => endpoints.push(endpoint),
            None => groups.push((ports, vec![endpoint])),
        }
    }
    groups
}

fn endpoint(view: &View<'_>, service: &Service, pod: &Pod, family: &str) -> Option<Endpoint> {
    let spec = service.spec.as_ref()?;
    let addresses: Vec<String> = pod
        .status
        .iter()
        .flat_map(|status| status.pod_ips.iter().flatten())
        .map(|ip| ip.ip.clone())
        .filter(|ip| ip.contains(':') == (family == "IPv6"))
        .collect();
    if addresses.is_empty() {
        return None;
    }
    let serving = pods::is_ready(pod);
    let terminating = pods::is_terminating(pod);
    let ready = spec.publish_not_ready_addresses == Some(true) || (serving && !terminating);
    let node = pods::node_name(pod);
    let zone = node
        .and_then(|name| view.node(name))
        .and_then(|node| node.metadata.labels.as_ref()?.get("topology.kubernetes.io/zone").cloned())
        .filter(|zone| !zone.is_empty());
    let hints = match spec.traffic_distribution.as_deref() {
        Some("PreferClose" | "PreferSameZone") if ready => zone
            .clone()
            .map(|name| EndpointHints { for_zones: Some(vec![ForZone { name }]), for_nodes: None }),
        Some("PreferSameNode") if ready => Some(EndpointHints {
            for_zones: zone.clone().map(|name| vec![ForZone { name }]),
            for_nodes: node.map(|name| vec![ForNode { name: name.to_owned() }]),
        }),
        _ => None,
    };
    Some(Endpoint {
        addresses,
        conditions: Some(EndpointConditions {
            ready: Some(ready),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: hostname(pod, service),
        node_name: node.map(str::to_owned),
        target_ref: Some(ObjectReference {
            kind: Some("Pod".into()),
            namespace: pod.metadata.namespace.clone(),
            name: pod.metadata.name.clone(),
            uid: pod.metadata.uid.clone(),
            ..ObjectReference::default()
        }),
        zone,
        hints,
        deprecated_topology: None,
    })
}

fn ports(service: &Service, pod: &Pod) -> Vec<EndpointPort> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    ports
        .filter_map(|port| {
            Some(EndpointPort {
                name: Some(port.name.clone().unwrap_or_default()),
                port: Some(find_port(pod, port)?),
                protocol: Some(port.protocol.clone().unwrap_or("TCP".into())),
                app_protocol: port.app_protocol.clone(),
            })
        })
        .collect()
}

/// A slice as it is to be: which existing one it continues, if any.
struct Planned {
    continues: Option<String>,
    ports: Vec<EndpointPort>,
    endpoints: Vec<Endpoint>,
    family: String,
    labels: BTreeMap<String, String>,
}

/// Keeps each endpoint in the slice where it is, fills up what has room, and only then opens new
/// slices: `reconcileByPortMapping`.
fn arrange(
    service: &Service,
    family: &str,
    wanted: ByPorts,
    existing: &[&EndpointSlice],
) -> Vec<Planned> {
    let labels = labels(service);
    let plan =
        |continues: Option<String>, ports: &[EndpointPort], endpoints: Vec<Endpoint>| Planned {
            continues,
            ports: ports.to_vec(),
            endpoints,
            family: family.to_owned(),
            labels: labels.clone(),
        };
    let mut planned: Vec<Planned> = Vec::new();
    for (ports, mut endpoints) in wanted {
        let mut slices: Vec<Planned> = Vec::new();
        for slice in
            existing.iter().filter(|slice| slice.ports.as_deref().unwrap_or_default() == ports)
        {
            let held: BTreeSet<_> = slice.endpoints.iter().flatten().filter_map(identity).collect();
            let (stay, rest): (Vec<_>, Vec<_>) = endpoints
                .into_iter()
                .partition(|endpoint| identity(endpoint).is_some_and(|id| held.contains(&id)));
            endpoints = rest;
            slices.push(plan(slice.metadata.name.clone(), &ports, in_order_of(slice, stay)));
        }
        for slice in &mut slices {
            let room = MAX_ENDPOINTS.saturating_sub(slice.endpoints.len()).min(endpoints.len());
            slice.endpoints.extend(endpoints.drain(..room));
        }
        while !endpoints.is_empty() {
            let count = endpoints.len().min(MAX_ENDPOINTS);
            slices.push(plan(None, &ports, endpoints.drain(..count).collect()));
        }
        planned.extend(slices.into_iter().filter(|slice| !slice.endpoints.is_empty()));
    }
    if planned.is_empty() {
        planned.push(plan(None, &[], Vec::new()));
    }
    // A slice that would be deleted while another is created is changed into it instead.
    let mut free: Vec<String> = existing
        .iter()
        .filter_map(|slice| slice.metadata.name.clone())
        .filter(|name| !planned.iter().any(|slice| slice.continues.as_ref() == Some(name)))
        .rev()
        .collect();
    for slice in planned.iter_mut().filter(|slice| slice.continues.is_none()) {
        slice.continues = free.pop();
    }
    planned
}

fn apply(
    view: &View<'_>,
    service: &Service,
    planned: Vec<Planned>,
    existing: &[&EndpointSlice],
    names: &mut Vec<String>,
    outcome: &mut Outcome,
) {
    for slice in existing {
        if !planned.iter().any(|planned| planned.continues == slice.metadata.name) {
            outcome
                .write(Write::Delete(reference(slice), Deletion::default()), Why::EndpointsChanged);
        }
    }
    let owner = Object::from(service.clone());
    for slice in planned {
        let ports = (!slice.ports.is_empty()).then_some(slice.ports);
        let endpoints = (!slice.endpoints.is_empty()).then_some(slice.endpoints);
        let before = existing.iter().find(|existing| {
            slice.continues.is_some() && existing.metadata.name == slice.continues
        });
        match before {
            Some(before) => {
                let mut after = (*before).clone();
                after.metadata.labels = Some(slice.labels);
                after.ports = ports;
                after.endpoints = endpoints;
                if !same(before, &after) {
                    outcome.write(Write::Update(after.into()), Why::EndpointsChanged);
                }
            }
            None => {
                let base = format!("{}-", owner.name());
                let salt = format!(
                    "{}/{}/{}",
                    pods::uid(owner.metadata()),
                    view.snapshot.resource_version(),
                    names.len()
                );
                let name =
                    view.fresh_name(Kind::EndpointSlice, owner.namespace(), &base, &salt, names);
                names.push(name.clone());
                let created = EndpointSlice {
                    metadata: ObjectMeta {
                        generate_name: Some(base),
                        name: Some(name),
                        namespace: Some(owner.namespace().to_owned()),
                        labels: Some(slice.labels),
                        owner_references: Some(vec![pods::controller_reference(&owner)]),
                        ..ObjectMeta::default()
                    },
                    address_type: slice.family,
                    ports,
                    endpoints,
                };
                outcome.write(Write::Create(created.into()), Why::EndpointsChanged);
            }
        }
    }
}

/// Whether nothing that matters differs; an empty list is as good as none.
fn same(a: &EndpointSlice, b: &EndpointSlice) -> bool {
    a.metadata.labels == b.metadata.labels
        && a.ports.as_deref().unwrap_or_default() == b.ports.as_deref().unwrap_or_default()
        && a.endpoints.as_deref().unwrap_or_default() == b.endpoints.as_deref().unwrap_or_default()
}

/// The Service's own labels and those that say whose slice it is.
fn labels(service: &Service) -> BTreeMap<String, String> {
    let mut labels = service.metadata.labels.clone().unwrap_or_default();
    labels.remove(HEADLESS_LABEL);
    labels.insert(SERVICE_NAME_LABEL.into(), pods::name(&service.metadata).to_owned());
    labels.insert(MANAGED_BY_LABEL.into(), MANAGER.into());
    if is_headless(service) {
        labels.insert(HEADLESS_LABEL.into(), String::new());
    }
    labels
}

/// What makes an endpoint the same one although its conditions changed.
fn identity(endpoint: &Endpoint) -> Option<(Vec<String>, Option<String>, Option<String>)> {
    let target = endpoint.target_ref.as_ref()?;
    Some((endpoint.addresses.clone(), endpoint.hostname.clone(), target.uid.clone()))
}

/// The endpoints in the order in which the slice has them.
fn in_order_of(slice: &EndpointSlice, mut endpoints: Vec<Endpoint>) -> Vec<Endpoint> {
    let order: Vec<_> = slice.endpoints.iter().flatten().map(identity).collect();
    endpoints.sort_by_key(|endpoint| order.iter().position(|known| *known == identity(endpoint)));
    endpoints
}

fn reference(slice: &EndpointSlice) -> ObjectRef {
    ObjectRef::new(
        Kind::EndpointSlice,
        pods::namespace(&slice.metadata),
        pods::name(&slice.metadata),
    )
}
