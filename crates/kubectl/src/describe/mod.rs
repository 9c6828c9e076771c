//! What `kubectl describe` prints, as v1.31 and later do.
//!
//! One file for each kind, all of one shape: `text`. Models `k8s.io/kubectl/pkg/describe`.

use apiserver::Snapshot;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use manifest::Object;

mod data;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod ingress;
mod namespace;
mod network_policy;
mod node;
mod other;
mod pod;
mod replica_set;
mod service;
mod template;
mod text;

pub(crate) use template::pod_template;
use text::Text;

/// An object to describe, and what it is described by.
pub(crate) struct Subject<'a> {
    pub object: &'a Object,
    pub snapshot: &'a Snapshot,
    /// Seconds of Unix time.
    pub now: i64,
}

/// The description of an object.
pub(crate) fn describe(subject: &Subject<'_>) -> String {
    let mut text = Text::default();
    match subject.object {
        Object::Pod(pod) => pod::text(pod, subject, &mut text),
        Object::Service(service) => service::text(service, subject, &mut text),
        Object::Deployment(deployment) => deployment::text(deployment, subject, &mut text),
        Object::ReplicaSet(set) => replica_set::text(set, subject, &mut text),
        Object::Endpoints(endpoints) => endpoints::text(endpoints, subject, &mut text),
        Object::EndpointSlice(slice) => endpoint_slice::text(slice, subject, &mut text),
        Object::Ingress(ingress) => ingress::text(ingress, subject, &mut text),
        Object::NetworkPolicy(policy) => network_policy::text(policy, &mut text),
        Object::Node(node) => node::text(node, subject, &mut text),
        Object::ConfigMap(map) => data::config_map(map, subject, &mut text),
        Object::Secret(secret) => data::secret(secret, &mut text),
        Object::Namespace(namespace) => namespace::text(namespace, &mut text),
        other => other::text(other, subject, &mut text),
    }
    text.aligned()
}

/// `Sat, 21 Nov 2026 05:20:59 +0000`.
fn date(time: Option<&Time>) -> String {
    time.map_or_else(
        || "<unset>".into(),
        |time| time.0.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    )
}

/// A text field, empty if absent.
fn given(field: Option<&String>) -> &str {
    field.map_or("", String::as_str)
}
