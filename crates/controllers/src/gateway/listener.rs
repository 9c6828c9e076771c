//! One listener of a Gateway: is it sound, and which routes does it take?

use apiserver::Time;
use k8s_openapi::api::core::v1::{Namespace, Secret};
use manifest::gateway::{
    Gateway, HTTPRoute, Listener, ListenerStatus, ParentReference, RouteGroupKind,
};

use super::{GROUP, Verdict, conditions, is_granted, route, routes_of};
use crate::pods;
use crate::selector::selects;
use crate::view::View;

/// The listener's status.
pub(super) fn status(
    view: &View<'_>,
    gateway: &Gateway,
    listener: &Listener,
    now: Time,
) -> ListenerStatus {
    let before = gateway
        .status
        .iter()
        .flat_map(|status| status.listeners.iter().flatten())
        .find(|status| status.name == listener.name);
    let is_http = matches!(listener.protocol.as_str(), "HTTP" | "HTTPS");
    let accepted = if is_http {
        Verdict::yes("Accepted", "Accepted", "the listener is valid")
    } else {
        let message = format!("protocol `{}` is not supported", listener.protocol);
        Verdict::no("Accepted", "UnsupportedProtocol", message)
    };
    let resolved = resolved(view, gateway, listener);
    let programmed = if accepted.holds && resolved.holds {
        Verdict::yes("Programmed", "Programmed", "the listener is served")
    } else {
        Verdict::no("Programmed", "Invalid", "the listener is not valid")
    };
    let conflicted = Verdict::no("Conflicted", "NoConflicts", "no other listener is in its way");
    let kinds: Vec<RouteGroupKind> =
        kinds(listener).into_iter().filter(|kind| is_http && is_http_route(kind)).collect();
    let attached = routes_of(view, gateway)
        .into_iter()
        .filter(|candidate| {
            candidate.spec.parent_refs.iter().flatten().any(|parent| {
                route::is_parent(candidate, parent, gateway)
                    && takes(view, gateway, listener, candidate, parent)
            })
        })
        .count();
    ListenerStatus {
        name: listener.name.clone(),
        supported_kinds: Some(kinds),
        attached_routes: attached as i32,
        conditions: conditions(
            before.map(|before| &before.conditions),
            &[accepted, programmed, resolved, conflicted],
            &gateway.metadata,
            now,
        )
        .unwrap_or_default(),
    }
}

/// Whether a route is attached to the listener.
pub(super) fn takes(
    view: &View<'_>,
    gateway: &Gateway,
    listener: &Listener,
    route: &HTTPRoute,
    parent: &ParentReference,
) -> bool {
    is_meant(listener, parent)
        && allows_namespace(view, gateway, listener, pods::namespace(&route.metadata))
        && kinds(listener).iter().any(is_http_route)
        && meets_hostnames(listener, route)
}

/// Whether a parent reference speaks of this listener: `sectionName` and `port`.
pub(super) fn is_meant(listener: &Listener, parent: &ParentReference) -> bool {
    parent.section_name.as_deref().is_none_or(|name| name.is_empty() || name == listener.name)
        && parent.port.is_none_or(|port| port == listener.port)
}

/// `allowedRoutes.namespaces`.
pub(super) fn allows_namespace(
    view: &View<'_>,
    gateway: &Gateway,
    listener: &Listener,
    namespace: &str,
) -> bool {
    let namespaces =
        listener.allowed_routes.as_ref().and_then(|allowed| allowed.namespaces.as_ref());
    match namespaces.and_then(|namespaces| namespaces.from.as_deref()).unwrap_or("Same") {
        "All" => true,
        "Selector" => {
            let labels = view
                .snapshot
                .find::<Namespace>("", namespace)
                .and_then(|namespace| namespace.metadata.labels.as_ref());
            selects(namespaces.and_then(|namespaces| namespaces.selector.as_ref()), labels)
        }
        _ => pods::namespace(&gateway.metadata) == namespace,
    }
}

/// Whether the listener's hostname and the route's hostnames have anything in common.
pub(super) fn meets_hostnames(listener: &Listener, route: &HTTPRoute) -> bool {
    let own = listener.hostname.as_deref().filter(|name| !name.is_empty());
    let wanted = route.spec.hostnames.as_deref().unwrap_or_default();
    let Some(own) = own else { return true };
    wanted.is_empty() || wanted.iter().any(|name| covers(own, name) || covers(name, own))
}

/// Whether every name that `b` stands for is one that `a` stands for: `*.example.com` covers
/// `www.example.com` and `*.a.example.com`, not `example.com`.
fn covers(a: &str, b: &str) -> bool {
    let (a, b) = (a.to_ascii_lowercase(), b.to_ascii_lowercase());
    match a.strip_prefix('*') {
        Some(suffix) => b.strip_prefix('*').unwrap_or(&b).ends_with(suffix),
        None => a == b,
    }
}

fn kinds(listener: &Listener) -> Vec<RouteGroupKind> {
    let written = listener.allowed_routes.as_ref().and_then(|allowed| allowed.kinds.clone());
    written.filter(|kinds| !kinds.is_empty()).unwrap_or_else(|| {
        vec![RouteGroupKind { group: Some(GROUP.into()), kind: "HTTPRoute".into() }]
    })
}

fn is_http_route(kind: &RouteGroupKind) -> bool {
    kind.kind == "HTTPRoute" && kind.group.as_deref().unwrap_or(GROUP) == GROUP
}

/// Condition `ResolvedRefs`: the kinds it allows exist here, its certificates are there and may be used.
fn resolved(view: &View<'_>, gateway: &Gateway, listener: &Listener) -> Verdict {
    if let Some(strange) = kinds(listener).iter().find(|kind| !is_http_route(kind)) {
        let message = format!("routes of kind `{}` are not supported", strange.kind);
        return Verdict::no("ResolvedRefs", "InvalidRouteKinds", message);
    }
    let own = pods::namespace(&gateway.metadata);
    let references = listener.tls.iter().flat_map(|tls| tls.certificate_refs.iter().flatten());
    for reference in references {
        let namespace = reference.namespace.as_deref().unwrap_or(own);
        let is_secret = reference.group.as_deref().unwrap_or_default().is_empty()
            && reference.kind.as_deref().unwrap_or("Secret") == "Secret";
        if !is_secret {
            return Verdict::no(
                "ResolvedRefs",
                "InvalidCertificateRef",
                "only Secrets hold certificates",
            );
        }
        if !is_granted(view, "Gateway", own, "", "Secret", (namespace, &reference.name)) {
            let message =
                format!("no ReferenceGrant in `{namespace}` lets Gateways of `{own}` use Secrets");
            return Verdict::no("ResolvedRefs", "RefNotPermitted", message);
        }
        let secret = view.snapshot.find::<Secret>(namespace, &reference.name);
        let is_certificate = secret.is_some_and(|secret| {
            let data = secret.data.as_ref();
            ["tls.crt", "tls.key"]
                .iter()
                .all(|key| data.is_some_and(|data| data.contains_key(*key)))
        });
        if !is_certificate {
            let message = format!(
                "Secret `{namespace}/{}` is missing or holds no certificate",
                reference.name
            );
            return Verdict::no("ResolvedRefs", "InvalidCertificateRef", message);
        }
    }
    Verdict::yes("ResolvedRefs", "ResolvedRefs", "all references are resolved")
}
