//! The values that fields take when they are left out.
//!
//! Models the `SetDefaults_*` functions of `pkg/apis/*/v1/defaults.go` and what `PrepareForCreate` of
//! `pkg/registry/*/strategy.go` sets. Defaulting is idempotent: it runs on every write, and a default
//! never replaces a written value.

mod amount;
mod cluster;
mod gateway;
mod image;
mod networking;
mod other;
mod pod;
mod service;
mod volume;
mod workload;

use manifest::Object;

/// Fills the defaults of an object.
pub(crate) fn fill(object: &mut Object) {
    match object {
        Object::Namespace(namespace) => cluster::namespace(namespace),
        Object::Node(node) => cluster::node(node),
        Object::Pod(pod) => pod::pod(pod),
        Object::Service(service) => service::service(service),
        Object::Endpoints(endpoints) => service::endpoints(endpoints),
        Object::EndpointSlice(slice) => service::endpoint_slice(slice),
        Object::Secret(secret) => cluster::secret(secret),
        Object::Deployment(deployment) => workload::deployment(deployment),
        Object::ReplicaSet(replica_set) => workload::replica_set(replica_set),
        Object::StatefulSet(stateful_set) => workload::stateful_set(stateful_set),
        Object::DaemonSet(daemon_set) => workload::daemon_set(daemon_set),
        Object::Job(job) => workload::job(job),
        Object::CronJob(cron_job) => workload::cron_job(cron_job),
        Object::Ingress(ingress) => networking::ingress(ingress),
        Object::IngressClass(class) => networking::ingress_class(class),
        Object::NetworkPolicy(policy) => networking::network_policy(policy),
        Object::GatewayClass(class) => gateway::gateway_class(class),
        Object::Gateway(gateway) => gateway::gateway(gateway),
        Object::HTTPRoute(route) => gateway::http_route(route),
        Object::Other(other) => other::other(other),
        Object::ConfigMap(_)
        | Object::ServiceAccount(_)
        | Object::Event(_)
        | Object::ReferenceGrant(_) => {}
    }
}

/// Sets a text that Go's JSON cannot tell from an absent one.
fn text(field: &mut Option<String>, default: &str) {
    if field.as_deref().unwrap_or_default().is_empty() {
        *field = Some(default.to_owned());
    }
}

/// Sets a number that Go's JSON cannot tell from an absent one.
fn number(field: &mut Option<i32>, default: i32) {
    if field.unwrap_or(0) == 0 {
        *field = Some(default);
    }
}
