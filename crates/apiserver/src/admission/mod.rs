//! The plugins that change or refuse an object before it is validated.
//!
//! Models `pkg/kubeapiserver/options/plugins.go`, of the plugins that are on by default those that a
//! learner meets. LimitRanger and ResourceQuota are not simulated, which `manifest::diagnose` says.

mod ingress_class;
mod job;
mod namespace;
mod pod;
mod service_account;

use manifest::Object;

use crate::{ApiServer, Refusal};

/// Runs the plugins over an object that is being created.
///
/// # Errors
/// As the first plugin that refuses it.
pub(crate) fn admit(server: &mut ApiServer, object: &mut Object) -> Result<(), Refusal> {
    namespace::exists(&server.objects, object)?;
    let reference = object.reference();
    match object {
        Object::Pod(pod) => {
            pod::tolerations(pod);
            service_account::admit(server, pod, &reference)?;
            pod::priority(&server.objects, pod, &reference)?;
            pod::runtime_class(&server.objects, pod, &reference)
        }
        Object::Ingress(ingress) => ingress_class::admit(&server.objects, ingress, &reference),
        _ => Ok(()),
    }
}

/// What a strategy keeps of the stored object, whatever is written.
///
/// Models `PrepareForUpdate` of `pkg/registry/*/strategy.go`.
pub(crate) fn keep(before: &Object, after: &mut Object) {
    match (before, after) {
        (Object::Namespace(before), Object::Namespace(after)) => {
            after.spec.clone_from(&before.spec)
        }
        (Object::Pod(before), Object::Pod(after)) => pod::keep(before, after),
        (Object::Job(before), Object::Job(after)) => job::keep(before, after),
        (Object::DaemonSet(before), Object::DaemonSet(after)) => job::next_template(before, after),
        _ => {}
    }
}

/// What a strategy fills in of a new object, beyond its defaults.
///
/// Models `PrepareForCreate` of `pkg/registry/*/strategy.go`.
pub(crate) fn prepare(object: &mut Object) {
    match object {
        Object::Namespace(namespace) => namespace::finalizer(namespace),
        Object::Job(job) => job::selector(job),
        Object::DaemonSet(daemon_set) => job::template_generation(daemon_set),
        _ => {}
    }
}
