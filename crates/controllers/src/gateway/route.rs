//! One HTTPRoute: does each parent take it, and do its backends exist?

use apiserver::Time;
use k8s_openapi::api::core::v1::Service;
use manifest::gateway::{Gateway, HTTPRoute, HTTPRouteStatus, ParentReference, RouteParentStatus};
use manifest::{Kind, ObjectRef};

use super::listener::{allows_namespace, is_meant, meets_hostnames, takes};
use super::{GROUP, Verdict, conditions, controller_of, is_granted, write};
use crate::outcome::Outcome;
use crate::pods;
use crate::view::View;

/// Brings one route's status up to date: an entry for each parent that is a Gateway of ours.
pub(super) fn reconcile(view: &View<'_>, key: &ObjectRef, now: Time) -> Outcome {
    let mut outcome = Outcome::nothing();
    let Some(route) = view.find::<HTTPRoute>(key) else { return outcome };
    let mut parents: Vec<RouteParentStatus> = Vec::new();
    let before = route.status.as_ref().map(|status| status.parents.as_slice()).unwrap_or_default();
    for parent in route.spec.parent_refs.iter().flatten() {
        let Some(gateway) = parent_key(route, parent).and_then(|key| view.find::<Gateway>(&key))
        else {
            continue;
        };
        let Some((controller, _)) = controller_of(view, gateway) else { continue };
        let known = before
            .iter()
            .find(|known| known.parent_ref == *parent && known.controller_name == controller);
        let verdicts = [accepted(view, gateway, route, parent), resolved(view, route)];
        parents.push(RouteParentStatus {
            parent_ref: parent.clone(),
            controller_name: controller.to_owned(),
            conditions: conditions(
                known.and_then(|known| known.conditions.as_ref()),
                &verdicts,
                &route.metadata,
                now,
            ),
        });
    }
    // What other controllers say of their own parents stays.
    let ours = |name: &str| view.world.gateway_controllers.contains_key(name);
    parents.extend(before.iter().filter(|known| !ours(&known.controller_name)).cloned());
    if parents.as_slice() != before {
        let updated = HTTPRoute { status: Some(HTTPRouteStatus { parents }), ..route.clone() };
        write(route, updated, &mut outcome);
    }
    outcome
}

/// The Gateway that a parent reference names; `None` if it names something else.
pub(super) fn parent_key(route: &HTTPRoute, parent: &ParentReference) -> Option<ObjectRef> {
    let is_gateway = parent.kind.as_deref().unwrap_or("Gateway") == "Gateway"
        && parent.group.as_deref().unwrap_or(GROUP) == GROUP;
    let namespace = parent.namespace.as_deref().unwrap_or(pods::namespace(&route.metadata));
    is_gateway.then(|| ObjectRef::new(Kind::Gateway, namespace, &parent.name))
}

/// Whether a parent reference of the route names this Gateway.
pub(super) fn is_parent(route: &HTTPRoute, parent: &ParentReference, gateway: &Gateway) -> bool {
    parent_key(route, parent).is_some_and(|key| {
        key.namespace == pods::namespace(&gateway.metadata)
            && key.name == pods::name(&gateway.metadata)
    })
}

fn accepted(
    view: &View<'_>,
    gateway: &Gateway,
    route: &HTTPRoute,
    parent: &ParentReference,
) -> Verdict {
    let meant: Vec<_> =
        gateway.spec.listeners.iter().filter(|listener| is_meant(listener, parent)).collect();
    let namespace = pods::namespace(&route.metadata);
    if meant.is_empty() {
        Verdict::no("Accepted", "NoMatchingParent", "no listener has that name and port")
    } else if !meant.iter().any(|listener| allows_namespace(view, gateway, listener, namespace)) {
        let message = format!("no listener takes routes of namespace `{namespace}`");
        Verdict::no("Accepted", "NotAllowedByListeners", message)
    } else if !meant.iter().any(|listener| meets_hostnames(listener, route)) {
        let message = "no listener's hostname matches one of the route's";
        Verdict::no("Accepted", "NoMatchingListenerHostname", message)
    } else if !meant.iter().any(|listener| takes(view, gateway, listener, route, parent)) {
        Verdict::no("Accepted", "NotAllowedByListeners", "no listener takes such routes")
    } else {
        Verdict::yes("Accepted", "Accepted", "the route is attached")
    }
}

fn resolved(view: &View<'_>, route: &HTTPRoute) -> Verdict {
    let own = pods::namespace(&route.metadata);
    let rules = route.spec.rules.iter().flatten();
    for backend in rules.flat_map(|rule| rule.backend_refs.iter().flatten()) {
        let namespace = backend.namespace.as_deref().unwrap_or(own);
        let is_service = backend.group.as_deref().unwrap_or_default().is_empty()
            && backend.kind.as_deref().unwrap_or("Service") == "Service";
        if !is_service {
            let kind = backend.kind.as_deref().unwrap_or_default();
            return Verdict::no(
                "ResolvedRefs",
                "InvalidKind",
                format!("a backend of kind `{kind}` is not supported"),
            );
        }
        if !is_granted(view, "HTTPRoute", own, "", "Service", (namespace, &backend.name)) {
            let message = format!(
                "no ReferenceGrant in `{namespace}` lets HTTPRoutes of `{own}` use Services"
            );
            return Verdict::no("ResolvedRefs", "RefNotPermitted", message);
        }
        let service = view.snapshot.find::<Service>(namespace, &backend.name);
        let has_port = service.is_some_and(|service| {
            let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
            backend.port.is_none_or(|port| ports.clone().any(|known| known.port == port))
        });
        if !has_port {
            let port = backend.port.map(|port| format!(":{port}")).unwrap_or_default();
            let message = format!("there is no Service `{namespace}/{}{port}`", backend.name);
            return Verdict::no("ResolvedRefs", "BackendNotFound", message);
        }
    }
    Verdict::yes("ResolvedRefs", "ResolvedRefs", "all references are resolved")
}
