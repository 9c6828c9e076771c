//! Gives each namespace its ServiceAccount `default` and ConfigMap `kube-root-ca.crt`.
//!
//! Watches Namespaces, and ServiceAccounts and ConfigMaps that go. Owns those two objects; it never
//! changes an existing one. Models `pkg/controller/serviceaccount` and
//! `pkg/controller/certificates/rootcacertpublisher`.

use apiserver::{Snapshot, Time};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::{Object, ObjectRef};

use crate::outcome::{Outcome, Why, Write};
use crate::view::View;

const ROOT_CA: &str = "kube-root-ca.crt";
/// The namespace whose certificate authority the others get too.
const ORIGIN: &str = "kube-system";

/// Creates what one namespace lacks.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    for object in missing(view.snapshot, &key.name) {
        outcome.write(Write::Create(object), Why::NamespaceDefaults);
    }
    outcome
}

/// What a namespace lacks, in the order in which it is created; nothing if it is not there or goes.
pub fn missing(snapshot: &Snapshot, name: &str) -> Vec<Object> {
    let Some(namespace) = snapshot.find::<Namespace>("", name) else { return Vec::new() };
    if namespace.metadata.deletion_timestamp.is_some() {
        return Vec::new();
    }
    let metadata = |own: &str| ObjectMeta {
        name: Some(own.to_owned()),
        namespace: Some(name.to_owned()),
        ..ObjectMeta::default()
    };
    let mut missing = Vec::new();
    if snapshot.find::<ServiceAccount>(name, "default").is_none() {
        let account = ServiceAccount { metadata: metadata("default"), ..ServiceAccount::default() };
        missing.push(account.into());
    }
    if snapshot.find::<ConfigMap>(name, ROOT_CA).is_none() {
        let origin = snapshot.find::<ConfigMap>(ORIGIN, ROOT_CA);
        let annotations = origin.and_then(|origin| origin.metadata.annotations.clone());
        let map = ConfigMap {
            metadata: ObjectMeta { annotations, ..metadata(ROOT_CA) },
            data: origin.and_then(|origin| origin.data.clone()),
            ..ConfigMap::default()
        };
        missing.push(map.into());
    }
    missing
}
