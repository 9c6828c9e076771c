//! The rules that objects must keep, each broken one with the API server's sentence.
//!
//! Models `pkg/apis/*/validation`. Every rule is checked and every broken one is reported, in upstream's
//! order, because a learner who fixes one at a time learns less.

mod affinity;
mod causes;
mod config;
mod container;
mod endpoints;
mod environment;
mod gateway;
mod gateway_rules;
mod ingress;
mod job;
mod metadata;
mod network_policy;
mod other;
mod pod;
mod probe;
mod service;
mod service_ip;
pub(crate) mod text;
mod volume;
mod workload;

use manifest::{FieldPath, Object};

use crate::Cause;

pub(crate) use causes::{Causes, quote};
pub(crate) use service_ip::cluster_ips;

/// The protocols of ports.
const PROTOCOLS: &[&str] = &["SCTP", "TCP", "UDP"];

/// The rules that a new object breaks.
pub(crate) fn create(object: &Object) -> Vec<Cause> {
    let mut causes = Causes::default();
    metadata::object_meta(&mut causes, object.kind(), object.metadata());
    common(&mut causes, object);
    match object {
        Object::Pod(pod) => pod::pod_create(&mut causes, pod),
        Object::Ingress(ingress) => ingress::ingress_create(&mut causes, ingress),
        _ => {}
    }
    causes.into_vec()
}

/// The rules that a changed object breaks.
pub(crate) fn update(before: &Object, after: &Object) -> Vec<Cause> {
    let mut causes = Causes::default();
    metadata::object_meta(&mut causes, after.kind(), after.metadata());
    match (before, after) {
        (Object::Service(before), Object::Service(after)) => {
            service::service_update(&mut causes, before, after);
        }
        (Object::StatefulSet(before), Object::StatefulSet(after)) => {
            workload::stateful_set_update(&mut causes, before, after);
        }
        (Object::IngressClass(before), Object::IngressClass(after)) => {
            ingress::ingress_class_update(&mut causes, before, after);
        }
        (Object::ConfigMap(before), Object::ConfigMap(after)) => {
            config::config_map_update(&mut causes, before, after);
        }
        (Object::Secret(before), Object::Secret(after)) => {
            config::secret_update(&mut causes, before, after);
        }
        _ => {}
    }
    common(&mut causes, after);
    match (before, after) {
        (Object::Pod(before), Object::Pod(after)) => pod::pod_update(&mut causes, before, after),
        (Object::Deployment(before), Object::Deployment(after)) => {
            workload::deployment_update(&mut causes, before, after);
        }
        (Object::ReplicaSet(before), Object::ReplicaSet(after)) => {
            workload::replica_set_update(&mut causes, before, after);
        }
        (Object::DaemonSet(before), Object::DaemonSet(after)) => {
            workload::daemon_set_update(&mut causes, before, after);
        }
        (Object::GatewayClass(before), Object::GatewayClass(after)) => {
            gateway::gateway_class_update(&mut causes, before, after);
        }
        (Object::Job(before), Object::Job(after)) => job::job_update(&mut causes, before, after),
        (Object::EndpointSlice(before), Object::EndpointSlice(after)) => {
            endpoints::endpoint_slice_update(&mut causes, before, after);
        }
        _ => {}
    }
    causes.into_vec()
}

/// The rules of the kind that hold for new and changed objects alike.
fn common(causes: &mut Causes, object: &Object) {
    match object {
        Object::Namespace(namespace) => {
            let spec = namespace.spec.clone().unwrap_or_default();
            for finalizer in spec.finalizers.iter().flatten() {
                let messages = text::qualified_name(finalizer);
                causes.invalid_each(&FieldPath::of("spec.finalizers"), finalizer, messages);
            }
        }
        Object::Node(node) => config::node(causes, node),
        Object::Pod(pod) => pod::pod(causes, pod),
        Object::Service(service) => service::service(causes, service),
        Object::Endpoints(endpoints) => endpoints::endpoints(causes, endpoints),
        Object::EndpointSlice(slice) => endpoints::endpoint_slice(causes, slice),
        Object::ConfigMap(config_map) => config::config_map(causes, config_map),
        Object::Secret(secret) => config::secret(causes, secret),
        Object::Deployment(deployment) => workload::deployment(causes, deployment),
        Object::ReplicaSet(replica_set) => workload::replica_set(causes, replica_set),
        Object::StatefulSet(stateful_set) => workload::stateful_set(causes, stateful_set),
        Object::DaemonSet(daemon_set) => workload::daemon_set(causes, daemon_set),
        Object::Job(job) => job::job(causes, job),
        Object::CronJob(cron_job) => job::cron_job(causes, cron_job),
        Object::Ingress(ingress) => ingress::ingress(causes, ingress),
        Object::IngressClass(class) => ingress::ingress_class(causes, class),
        Object::NetworkPolicy(policy) => network_policy::network_policy(causes, policy),
        Object::GatewayClass(_)
        | Object::Gateway(_)
        | Object::HTTPRoute(_)
        | Object::ReferenceGrant(_) => gateway::custom(causes, object),
        Object::Other(other) => other::other(causes, other),
        Object::ServiceAccount(_) | Object::Event(_) => {}
    }
}
