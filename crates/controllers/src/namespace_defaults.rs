//! Gives each namespace its ServiceAccount `default` and ConfigMap `kube-root-ca.crt`.
//!
//! Watches Namespaces, and ServiceAccounts and ConfigMaps that go. Owns those two objects; it never
//! changes an existing one. Models `pkg/controller/serviceaccount` and
//! `pkg/controller/certificates/rootcacertpublisher`.

use apiserver::Time;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::ObjectRef;

use crate::outcome::{Outcome, Why, Write};
use crate::view::View;

const ROOT_CA: &str = "kube-root-ca.crt";
/// The namespace whose certificate authority the others get too.
const ORIGIN: &str = "kube-system";

/// Creates what one namespace lacks.
pub fn reconcile(view: &View<'_>, key: &ObjectRef, _now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(namespace) = view.find::<Namespace>(key) else { return outcome };
    if namespace.metadata.deletion_timestamp.is_some() {
        return outcome;
    }
    let metadata = |name: &str| ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(key.name.clone()),
        ..ObjectMeta::default()
    };
    if view.snapshot.find::<ServiceAccount>(&key.name, "default").is_none() {
        let account = ServiceAccount { metadata: metadata("default"), ..ServiceAccount::default() };
        outcome.write(Write::Create(account.into()), Why::NamespaceDefaults);
    }
    if view.snapshot.find::<ConfigMap>(&key.name, ROOT_CA).is_none() {
        let origin = view.snapshot.find::<ConfigMap>(ORIGIN, ROOT_CA);
        let annotations = origin.and_then(|origin| origin.metadata.annotations.clone());
        let map = ConfigMap {
            metadata: ObjectMeta { annotations, ..metadata(ROOT_CA) },
            data: origin.and_then(|origin| origin.data.clone()),
            ..ConfigMap::default()
        };
        outcome.write(Write::Create(map.into()), Why::NamespaceDefaults);
    }
    outcome
}
