//! Which controllers must look at which objects when something changed.
//!
//! Models the informers' event handlers of each controller.

use apiserver::{Change, Snapshot};
use k8s_openapi::api::apps::v1::{DaemonSet, ReplicaSet, StatefulSet};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{Kind, Object, ObjectRef, Typed};

use crate::pods;
use crate::selector::{includes, selects};
use crate::view::{Index, slice_service};
use crate::{Controller, application_load_balancer};

/// Tells `enqueue` every controller and object that a change concerns.
pub fn keys(
    change: Change<'_>,
    snapshot: &Snapshot,
    index: &Index,
    enqueue: &mut dyn FnMut(Controller, ObjectRef),
) {
    let (before, after) = match change {
        Change::Added(object) => (None, Some(&**object)),
        Change::Changed { before, after } => (Some(&**before), Some(&**after)),
        Change::Removed(object) => (Some(&**object), None),
    };
    let Some(object) = after.or(before) else { return };
    let reference = object.reference();
    let mut own = |controller| enqueue(controller, reference.clone());
    match object {
        Object::Pod(_) => {}
        Object::Deployment(_) => own(Controller::Deployment),
        Object::ReplicaSet(_) => own(Controller::ReplicaSet),
        Object::StatefulSet(_) => own(Controller::StatefulSet),
        Object::DaemonSet(_) => own(Controller::DaemonSet),
        Object::Job(_) => own(Controller::Job),
        Object::CronJob(_) => own(Controller::CronJob),
        Object::Service(_) => {
            own(Controller::EndpointSlice);
            own(Controller::Endpoints);
            own(Controller::LoadBalancer);
        }
        Object::Node(_) => {
            own(Controller::NodeStatus);
            own(Controller::NodeLifecycle);
        }
        Object::Namespace(_) => {
            own(Controller::Namespace);
            own(Controller::NamespaceDefaults);
        }
        Object::Endpoints(_) => own(Controller::EndpointSliceMirroring),
        Object::Ingress(_) => own(Controller::Ingress),
        Object::EndpointSlice(_) | Object::IngressClass(_) => {}
        _ => {}
    }
    let meta = object.metadata();
    let has_owner = meta.owner_references.as_ref().is_some_and(|owners| !owners.is_empty());
    if after.is_some()
        && (has_owner || (meta.deletion_timestamp.is_some() && meta.finalizers.is_some()))
    {
        own(Controller::GarbageCollector);
    }
    if after.is_none() {
        for dependent in index.dependents_of(pods::uid(meta)) {
            enqueue(Controller::GarbageCollector, dependent.clone());
        }
        // Owners that wait in the foreground for their dependents.
        for owner in meta.owner_references.iter().flatten() {
            if let Some(kind) = Kind::resolve(&owner.api_version, &owner.kind) {
                let namespace = if kind.resource().namespaced { object.namespace() } else { "" };
                enqueue(Controller::GarbageCollector, ObjectRef::new(kind, namespace, &owner.name));
            }
        }
    }
    for state in [before, after].into_iter().flatten() {
        owners(state, enqueue);
    }
    match object {
        Object::Pod(_) => {
            let side =
                |state: Option<&Object>| state.and_then(|state| state.as_typed::<Pod>().cloned());
            pod(side(before).as_ref(), side(after).as_ref(), &reference, snapshot, index, enqueue);
        }
        Object::ReplicaSet(set)
            if after.is_some() && pods::controller_of(&set.metadata).is_none() =>
        {
            use k8s_openapi::api::apps::v1::Deployment;
            for deployment in snapshot.list_in::<Deployment>(object.namespace()) {
                let selector = deployment.spec.as_ref().map(|spec| &spec.selector);
                if selects(selector, set.metadata.labels.as_ref()) {
                    enqueue(Controller::Deployment, reference_of(deployment.clone()));
                }
            }
        }
        Object::Node(_) => node(object.name(), before, after, snapshot, index, enqueue),
        Object::EndpointSlice(_) => {
            for state in [before, after].into_iter().flatten() {
                if let Some(service) = slice_service(state) {
                    if service.name == application_load_balancer::WEBHOOK_SERVICE {
                        for ingress in snapshot.objects_of(Kind::Ingress) {
                            enqueue(Controller::Ingress, ingress.reference());
                        }
                    }
                    enqueue(Controller::EndpointSlice, service);
                }
            }
        }
        Object::Endpoints(_) => {
            enqueue(
                Controller::Endpoints,
                ObjectRef::new(Kind::Service, object.namespace(), object.name()),
            );
        }
        Object::IngressClass(_) => {
            for ingress in snapshot.objects_of(Kind::Ingress) {
                enqueue(Controller::Ingress, ingress.reference());
            }
        }
        Object::Ingress(_) => {
            // Those that share a load balancer learn from each other where it is.
            for state in [before, after].into_iter().flatten() {
                let Object::Ingress(changed) = state else { continue };
                let Some(group) = application_load_balancer::group_name(changed) else { continue };
                for ingress in snapshot.list::<Ingress>() {
                    if application_load_balancer::group_name(ingress) == Some(group) {
                        enqueue(Controller::Ingress, reference_of(ingress.clone()));
                    }
                }
            }
        }
        Object::Service(_) => {
            for ingress in snapshot.list_in::<Ingress>(object.namespace()) {
                enqueue(Controller::Ingress, reference_of(ingress.clone()));
            }
            enqueue(
                Controller::EndpointSliceMirroring,
                ObjectRef::new(Kind::Endpoints, object.namespace(), object.name()),
            );
        }
        Object::ConfigMap(_) | Object::ServiceAccount(_) if after.is_none() => {
            enqueue(
                Controller::NamespaceDefaults,
                ObjectRef::cluster(Kind::Namespace, object.namespace()),
            );
        }
        _ => {}
    }
    if matches!(
        object.kind(),
        Kind::GatewayClass
            | Kind::Gateway
            | Kind::HTTPRoute
            | Kind::ReferenceGrant
            | Kind::Service
            | Kind::Secret
            | Kind::Namespace
    ) {
        for kind in [Kind::GatewayClass, Kind::Gateway, Kind::HTTPRoute] {
            for gateway in snapshot.objects_of(kind) {
                enqueue(Controller::Gateway, gateway.reference());
            }
        }
    }
    if after.is_none() && !object.namespace().is_empty() {
        let namespace = ObjectRef::cluster(Kind::Namespace, object.namespace());
        let terminating =
            snapshot.get(&namespace).is_some_and(|it| it.metadata().deletion_timestamp.is_some());
        if terminating {
            enqueue(Controller::Namespace, namespace);
        }
    }
}

/// The controller that owns an object.
fn owners(object: &Object, enqueue: &mut dyn FnMut(Controller, ObjectRef)) {
    let Some(owner) = pods::controller_of(object.metadata()) else { return };
    let (controller, kind) = match owner.kind.as_str() {
        "Deployment" => (Controller::Deployment, Kind::Deployment),
        "ReplicaSet" => (Controller::ReplicaSet, Kind::ReplicaSet),
        "StatefulSet" => (Controller::StatefulSet, Kind::StatefulSet),
        "DaemonSet" => (Controller::DaemonSet, Kind::DaemonSet),
        "Job" => (Controller::Job, Kind::Job),
        "CronJob" => (Controller::CronJob, Kind::CronJob),
        _ => return,
    };
    enqueue(controller, ObjectRef::new(kind, object.namespace(), &owner.name));
}

fn pod(
    before: Option<&Pod>,
    after: Option<&Pod>,
    reference: &ObjectRef,
    snapshot: &Snapshot,
    index: &Index,
    enqueue: &mut dyn FnMut(Controller, ObjectRef),
) {
    let namespace = &reference.namespace;
    let placed = after.or(before).is_some_and(|pod| pods::node_name(pod).is_some());
    if placed {
        enqueue(Controller::Kubelet, reference.clone());
        enqueue(Controller::TaintEviction, reference.clone());
        enqueue(Controller::PodGarbageCollector, reference.clone());
    } else if after.is_some() {
        enqueue(Controller::Scheduler, reference.clone());
    }
    let labels = |pod: Option<&Pod>| pod.and_then(|pod| pod.metadata.labels.clone());
    let (old, new) = (labels(before), labels(after));
    for service in snapshot.list_in::<Service>(namespace) {
        let selector = service.spec.as_ref().and_then(|spec| spec.selector.as_ref());
        let Some(selector) = selector.filter(|selector| !selector.is_empty()) else { continue };
        let selected =
            |pod: Option<&Pod>, labels| pod.is_some() && includes(Some(selector), labels);
        if selected(before, old.as_ref()) || selected(after, new.as_ref()) {
            let key = ObjectRef::new(Kind::Service, namespace, pods::name(&service.metadata));
            enqueue(Controller::EndpointSlice, key.clone());
            enqueue(Controller::Endpoints, key);
        }
    }
    // Room was made, or the reason why another Pod could not be placed is gone.
    let makes_room = |pod: &Pod| pods::node_name(pod).is_some() && !pods::is_ended(pod);
    if before.is_some_and(makes_room) && !after.is_some_and(makes_room) {
        for waiting in index.pending_pods() {
            enqueue(Controller::Scheduler, waiting.clone());
        }
    }
    if after.is_none()
        && let Some(set) = before.and_then(|pod| pods::controller_of(&pod.metadata))
        && let Some(deployment) = snapshot
            .find::<ReplicaSet>(namespace, &set.name)
            .and_then(|set| pods::controller_of(&set.metadata))
    {
        enqueue(
            Controller::Deployment,
            ObjectRef::new(Kind::Deployment, namespace, &deployment.name),
        );
    }
    let orphan = after
        .filter(|pod| pods::controller_of(&pod.metadata).is_none() && !pods::is_terminating(pod));
    let is_news =
        before.is_none_or(|pod| pods::controller_of(&pod.metadata).is_some()) || old != new;
    if orphan.is_some() && is_news {
        for set in snapshot.list_in::<ReplicaSet>(namespace) {
            if selects(set.spec.as_ref().map(|spec| &spec.selector), new.as_ref()) {
                enqueue(Controller::ReplicaSet, reference_of(set.clone()));
            }
        }
        for set in snapshot.list_in::<StatefulSet>(namespace) {
            if selects(set.spec.as_ref().map(|spec| &spec.selector), new.as_ref()) {
                enqueue(Controller::StatefulSet, reference_of(set.clone()));
            }
        }
        for set in snapshot.list_in::<DaemonSet>(namespace) {
            if selects(set.spec.as_ref().map(|spec| &spec.selector), new.as_ref()) {
                enqueue(Controller::DaemonSet, reference_of(set.clone()));
            }
        }
    }
}

fn node(
    name: &str,
    before: Option<&Object>,
    after: Option<&Object>,
    snapshot: &Snapshot,
    index: &Index,
    enqueue: &mut dyn FnMut(Controller, ObjectRef),
) {
    for waiting in index.pending_pods() {
        enqueue(Controller::Scheduler, waiting.clone());
    }
    for set in snapshot.objects_of(Kind::DaemonSet) {
        enqueue(Controller::DaemonSet, set.reference());
    }
    for service in snapshot.objects_of(Kind::Service) {
        enqueue(Controller::LoadBalancer, service.reference());
    }
    let spec = |state: Option<&Object>| match state {
        Some(Object::Node(node)) => Some((node.spec.clone(), node.metadata.labels.clone())),
        _ => None,
    };
    let ready = |state: Option<&Object>| match state {
        Some(Object::Node(node)) => {
            node.status.as_ref().and_then(|status| status.conditions.clone())
        }
        _ => None,
    };
    if spec(before) != spec(after) || ready(before) != ready(after) {
        for pod in index.on_node(name) {
            enqueue(Controller::TaintEviction, pod.clone());
            enqueue(Controller::Kubelet, pod.clone());
        }
    }
    if before.is_none() || after.is_none() {
        for pod in index.on_node(name) {
            enqueue(Controller::PodGarbageCollector, pod.clone());
        }
    }
}

fn reference_of<T: Typed>(object: T) -> ObjectRef {
    let object: Object = object.into();
    object.reference()
}
