//! Which part of an object is its status, and how the two halves of an object are written apart.
//!
//! Models the `ResetFields` and `PrepareForUpdate` halves of the strategies in `pkg/registry/*/strategy.go`:
//! a write to the object keeps the stored status, a write to `/status` keeps the stored spec.

use manifest::{Kind, Object};

macro_rules! with_status {
    ($($kind:ident),+) => {
        /// Removes the status.
        pub(crate) fn clear(object: &mut Object) {
            match object {
                $(Object::$kind(object) => object.status = None,)+
                Object::Other(other) => { other.body.remove("status"); }
                _ => {}
            }
        }

        /// Gives `object` the status of `source`, which is of the same kind.
        pub(crate) fn copy(source: &Object, object: &mut Object) {
            match (source, object) {
                $((Object::$kind(source), Object::$kind(object)) => object.status = source.status.clone(),)+
                (Object::Other(source), Object::Other(object)) => {
                    match source.body.get("status") {
                        Some(status) => object.body.insert("status".into(), status.clone()),
                        None => object.body.remove("status"),
                    };
                }
                _ => {}
            }
        }
    };
}

with_status!(
    Namespace,
    Node,
    Pod,
    Service,
    Deployment,
    ReplicaSet,
    StatefulSet,
    DaemonSet,
    Job,
    CronJob,
    Ingress,
    GatewayClass,
    Gateway,
    HTTPRoute
);

/// Whether `metadata.generation` counts the kind's changes of `spec`.
pub(crate) fn counts_generations(kind: Kind) -> bool {
    !matches!(
        kind,
        Kind::Namespace
            | Kind::Node
            | Kind::Service
            | Kind::Endpoints
            | Kind::ConfigMap
            | Kind::Secret
            | Kind::ServiceAccount
            | Kind::Event
            | Kind::PersistentVolume
            | Kind::PersistentVolumeClaim
            | Kind::LimitRange
            | Kind::ResourceQuota
            | Kind::Role
            | Kind::RoleBinding
            | Kind::ClusterRole
            | Kind::ClusterRoleBinding
            | Kind::StorageClass
            | Kind::Lease
            | Kind::ControllerRevision
            | Kind::HorizontalPodAutoscaler
    )
}

/// Whether two objects of one kind differ in more than metadata and status.
pub(crate) fn spec_differs(one: &Object, two: &Object) -> bool {
    bare(one) != bare(two)
}

fn bare(object: &Object) -> Object {
    let mut object = object.clone();
    *object.metadata_mut() = Default::default();
    clear(&mut object);
    object
}
