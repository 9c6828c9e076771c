//! Mirrors Endpoints that a person wrote for a Service without selector into EndpointSlices.
//!
//! Watches Endpoints and Services. Owns the slices that it labels as its own. It never mirrors what
//! the Endpoints controller wrote, nor what is labelled `skip-mirror`.
//! Models `pkg/controller/endpointslicemirroring`.

use std::collections::BTreeMap;

use apiserver::Time;
use k8s_openapi::api::core::v1::{EndpointAddress, EndpointSubset, Endpoints, Service};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Kind, Object, ObjectRef};

use crate::outcome::{Deletion, Outcome, Why, Write};
use crate::pods;
use crate::view::{SERVICE_NAME_LABEL, View};

const MANAGED_BY_LABEL: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslicemirroring-controller.k8s.io";
const SKIP_LABEL: &str = "endpointslice.kubernetes.io/skip-mirror";
/// `--mirroring-max-endpoints-per-subset`.
const MAX_ENDPOINTS: usize = 1000;

/// Mirrors one Endpoints object, or clears its mirror away.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let service = ObjectRef::new(Kind::Service, &key.namespace, &key.name);
    let existing: Vec<&EndpointSlice> =
        view.slices_of::<EndpointSlice>(&service)
            .into_iter()
            .filter(|slice| {
                slice.metadata.labels.as_ref().is_some_and(|labels| {
                    labels.get(MANAGED_BY_LABEL).is_some_and(|by| by == MANAGER)
                })
            })
            .collect();
    let endpoints = view.find::<Endpoints>(key).filter(|endpoints| is_mirrored(endpoints));
    let selects = |service: &Service| {
        service
            .spec
            .as_ref()
            .is_some_and(|spec| spec.selector.as_ref().is_some_and(|selector| !selector.is_empty()))
    };
    let wanted = match (endpoints, view.find::<Service>(&service)) {
        (Some(endpoints), Some(service)) if !selects(service) => slices(endpoints),
        _ => Vec::new(),
    };
    let mut left = existing;
    let mut names = Vec::new();
    for (number, mut slice) in wanted.into_iter().enumerate() {
        let same = left.iter().position(|known| {
            known.address_type == slice.address_type && known.ports == slice.ports
        });
        match same.map(|position| left.remove(position)) {
            Some(known) => {
                slice.metadata = ObjectMeta {
                    labels: slice.metadata.labels,
                    annotations: slice.metadata.annotations,
                    ..known.metadata.clone()
                };
                if slice != *known {
                    outcome.write(Write::Update(slice.into()), Why::EndpointsChanged);
                }
            }
            None => {
                let base = format!("{}-", key.name);
                let salt = format!("{key}/{}/{number}", view.snapshot.resource_version());
                let name =
                    view.fresh_name(Kind::EndpointSlice, &key.namespace, &base, &salt, &names);
                slice.metadata.name = Some(name.clone());
                slice.metadata.generate_name = Some(base);
                names.push(name);
                outcome.write(Write::Create(slice.into()), Why::EndpointsChanged);
            }
        }
    }
    for slice in left {
        let reference =
            ObjectRef::new(Kind::EndpointSlice, &key.namespace, pods::name(&slice.metadata));
        outcome.write(Write::Delete(reference, Deletion::default()), Why::ServiceGone);
    }
    outcome
}

fn is_mirrored(endpoints: &Endpoints) -> bool {
    let labels = endpoints.metadata.labels.clone().unwrap_or_default();
    let annotations = endpoints.metadata.annotations.clone().unwrap_or_default();
    labels.get(SKIP_LABEL).is_none_or(|skip| skip != "true")
        && !labels.contains_key("endpoints.kubernetes.io/managed-by")
        && !annotations.contains_key("control-plane.alpha.kubernetes.io/leader")
}

/// One slice for each subset and address family.
fn slices(endpoints: &Endpoints) -> Vec<EndpointSlice> {
    let owner = Object::from(endpoints.clone());
    let mut labels = endpoints.metadata.labels.clone().unwrap_or_default();
    labels.remove(SKIP_LABEL);
    labels.insert(SERVICE_NAME_LABEL.into(), owner.name().to_owned());
    labels.insert(MANAGED_BY_LABEL.into(), MANAGER.into());
    let mut annotations: BTreeMap<String, String> =
        endpoints.metadata.annotations.clone().unwrap_or_default();
    annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    let mut found = Vec::new();
    for subset in endpoints.subsets.iter().flatten() {
        for family in ["IPv4", "IPv6"] {
            let list = addresses(subset, family);
            if list.is_empty() {
                continue;
            }
            found.push(EndpointSlice {
                metadata: ObjectMeta {
                    namespace: Some(owner.namespace().to_owned()),
                    labels: Some(labels.clone()),
                    annotations: (!annotations.is_empty()).then(|| annotations.clone()),
                    owner_references: Some(vec![pods::controller_reference(&owner)]),
                    ..ObjectMeta::default()
                },
                address_type: family.into(),
                ports: subset.ports.as_ref().map(|ports| {
                    ports
                        .iter()
                        .map(|port| EndpointPort {
                            name: Some(port.name.clone().unwrap_or_default()),
                            port: Some(port.port),
                            protocol: Some(port.protocol.clone().unwrap_or("TCP".into())),
                            app_protocol: port.app_protocol.clone(),
                        })
                        .collect()
                }),
                endpoints: Some(list),
            });
        }
    }
    found
}

fn addresses(subset: &EndpointSubset, family: &str) -> Vec<Endpoint> {
    let of = |address: &EndpointAddress, ready: bool| Endpoint {
        addresses: vec![address.ip.clone()],
        conditions: Some(EndpointConditions {
            ready: Some(ready),
            ..EndpointConditions::default()
        }),
        hostname: address.hostname.clone().filter(|name| !name.is_empty()),
        node_name: address.node_name.clone(),
        target_ref: address.target_ref.clone(),
        ..Endpoint::default()
    };
    let ready = subset.addresses.iter().flatten().map(|address| of(address, true));
    let rest = subset.not_ready_addresses.iter().flatten().map(|address| of(address, false));
    ready
        .chain(rest)
        .filter(|endpoint| endpoint.addresses[0].contains(':') == (family == "IPv6"))
        .take(MAX_ENDPOINTS)
        .collect()
}
