//! Which routes are attached to which listeners, and why the others are not.

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use manifest::gateway::{
    Gateway, HTTPRoute, Listener, ParentReference, ReferenceGrant, RouteNamespaces,
};
use manifest::{Kind, ObjectRef};

use crate::directory::Directory;

const GROUP: &str = "gateway.networking.k8s.io";
/// The label that ties a proxy's Pods to the Gateway they serve (GEP-1762).
const NAME_LABEL: &str = "gateway.networking.k8s.io/gateway-name";

/// A listener, and the object that declares it: a Gateway, or a ListenerSet attached to one.
#[derive(Clone, Copy, Debug)]
pub struct ListenerOf<'a> {
    /// The object's kind.
    pub kind: &'a str,
    /// The object's namespace.
    pub namespace: &'a str,
    /// The object's name.
    pub name: &'a str,
    /// The listener.
    pub listener: &'a Listener,
}

/// The Gateways that a proxy in such a Pod serves: the one of its namespace that its label names, or
/// all.
pub fn served<'a>(snapshot: &'a Snapshot, pod: Option<&ObjectMeta>) -> Vec<&'a Gateway> {
    let label = |pod: &ObjectMeta| pod.labels.as_ref()?.get(NAME_LABEL).cloned();
    let own = pod.and_then(|pod| Some((pod.namespace.clone(), label(pod)?)));
    let all = snapshot.list::<Gateway>();
    all.filter(|gateway| {
        let metadata = &gateway.metadata;
        own.as_ref().is_none_or(|(namespace, name)| {
            metadata.namespace == *namespace && metadata.name.as_ref() == Some(name)
        })
    })
    .collect()
}

/// Whether a proxy in such a Pod speaks TLS on a port: as the listeners there say, whatever the port.
pub fn speaks_tls(snapshot: &Snapshot, pod: &ObjectMeta, port: u16) -> bool {
    served(snapshot, Some(pod)).iter().flat_map(|gateway| &gateway.spec.listeners).any(|listener| {
        listener.port == i32::from(port) && matches!(listener.protocol.as_str(), "HTTPS" | "TLS")
    })
}

/// The listeners a Gateway declares itself.
pub fn listeners_of(gateway: &Gateway) -> Vec<ListenerOf<'_>> {
    let namespace = gateway.metadata.namespace.as_deref().unwrap_or_default();
    let name = gateway.metadata.name.as_deref().unwrap_or_default();
    gateway
        .spec
        .listeners
        .iter()
        .map(|listener| ListenerOf { kind: "Gateway", namespace, name, listener })
        .collect()
}

/// The Secret with the certificate for a host: of the listener on that port whose host name is the
/// most specific.
pub fn certificate(listeners: &[ListenerOf<'_>], port: i32, host: &str) -> Option<ObjectRef> {
    let fit = |listener: &Listener| match listener.hostname.as_deref() {
        None | Some("") => Some(0),
        Some(name) if name.eq_ignore_ascii_case(host) => Some(usize::MAX),
        Some(name) => {
            let parent = name.strip_prefix('*')?;
            (host.len() > parent.len() && host.ends_with(parent)).then_some(parent.len())
        }
    };
    let on_port = listeners.iter().filter(|listener| listener.listener.port == port);
    let best = on_port
        .filter_map(|listener| Some((fit(listener.listener)?, listener)))
        .max_by_key(|(fit, _)| *fit);
    let (_, found) = best?;
    let reference = found.listener.tls.as_ref()?.certificate_refs.as_ref()?.first()?;
    let namespace = reference.namespace.as_deref().unwrap_or(found.namespace);
    Some(ObjectRef::new(Kind::Secret, namespace, reference.name.as_str()))
}

/// What a route's status says about one parent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// `Accepted`: whether it is true, and the reason.
    pub accepted: (bool, &'static str),
    /// `ResolvedRefs`: whether it is true, and the reason.
    pub resolved: (bool, &'static str),
}

/// The conditions of a route towards a parent that has these listeners.
pub fn conditions(
    directory: &Directory,
    listeners: &[ListenerOf<'_>],
    route: &HTTPRoute,
    parent: &ParentReference,
) -> Conditions {
    let snapshot = directory.snapshot();
    let named: Vec<&ListenerOf<'_>> =
        listeners.iter().filter(|listener| names(parent, route, listener)).collect();
    let accepted = if named.is_empty() {
        (false, "NoMatchingParent")
    } else {
        let allowing: Vec<&&ListenerOf<'_>> =
            named.iter().filter(|listener| allows(snapshot, listener, route)).collect();
        if allowing.is_empty() {
            (false, "NotAllowedByListeners")
        } else if allowing.iter().any(|listener| !hostnames(listener.listener, route).is_empty()) {
            (true, "Accepted")
        } else {
            (false, "NoMatchingListenerHostname")
        }
    };
    let references = route.spec.rules.iter().flatten().flat_map(|rule| rule.backend_refs.iter());
    let wrong = references
        .flatten()
        .find_map(|reference| super::route::refusal(directory, route, reference));
    Conditions { accepted, resolved: wrong.map_or((true, "ResolvedRefs"), |why| (false, why)) }
}

/// Whether a route is attached to a listener, and by which host names.
pub(super) fn attachment(
    snapshot: &Snapshot,
    listener: &ListenerOf<'_>,
    route: &HTTPRoute,
) -> Vec<String> {
    let parents = route.spec.parent_refs.iter().flatten();
    let is_named = parents.into_iter().any(|parent| names(parent, route, listener));
    if is_named && allows(snapshot, listener, route) {
        hostnames(listener.listener, route)
    } else {
        Vec::new()
    }
}

/// Whether a parent reference names this listener.
fn names(parent: &ParentReference, route: &HTTPRoute, listener: &ListenerOf<'_>) -> bool {
    let own = route.metadata.namespace.as_deref().unwrap_or_default();
    parent.group.as_deref().unwrap_or(GROUP) == GROUP
        && parent.kind.as_deref().unwrap_or("Gateway") == listener.kind
        && parent.namespace.as_deref().unwrap_or(own) == listener.namespace
        && parent.name == listener.name
        && parent.section_name.as_ref().is_none_or(|section| *section == listener.listener.name)
        && parent.port.is_none_or(|port| port == listener.listener.port)
}

/// Whether a listener takes routes of this kind from this namespace.
fn allows(snapshot: &Snapshot, listener: &ListenerOf<'_>, route: &HTTPRoute) -> bool {
    if !matches!(listener.listener.protocol.as_str(), "HTTP" | "HTTPS") {
        return false;
    }
    let allowed = listener.listener.allowed_routes.as_ref();
    let kinds = allowed.and_then(|allowed| allowed.kinds.as_deref()).unwrap_or_default();
    let kind_fits = kinds.is_empty()
        || kinds.iter().any(|kind| {
            kind.kind == "HTTPRoute" && kind.group.as_deref().unwrap_or(GROUP) == GROUP
        });
    let namespaces = allowed.and_then(|allowed| allowed.namespaces.as_ref());
    let from = route.metadata.namespace.as_deref().unwrap_or_default();
    kind_fits && takes_from(snapshot, namespaces, listener.namespace, from)
}

/// Whether `from` is among the namespaces that are let in; the default is the own namespace.
fn takes_from(
    snapshot: &Snapshot,
    namespaces: Option<&RouteNamespaces>,
    own: &str,
    from: &str,
) -> bool {
    match namespaces.and_then(|namespaces| namespaces.from.as_deref()).unwrap_or("Same") {
        "All" => true,
        "Selector" => {
            let selector = namespaces.and_then(|namespaces| namespaces.selector.as_ref());
            let namespace = snapshot.find::<Namespace>("", from);
            let labels = namespace.and_then(|found| found.metadata.labels.clone());
            selector.is_some_and(|selector| selects(selector, &labels.unwrap_or_default()))
        }
        "Same" => own == from,
        _ => false,
    }
}

fn selects(selector: &LabelSelector, labels: &std::collections::BTreeMap<String, String>) -> bool {
    let mut pairs = selector.match_labels.iter().flatten();
    let mut expressions = selector.match_expressions.iter().flatten();
    pairs.all(|(key, value)| labels.get(key) == Some(value))
        && expressions.all(|expression| {
            let value = labels.get(&expression.key);
            let listed = expression.values.as_deref().unwrap_or_default();
            match expression.operator.as_str() {
                "In" => value.is_some_and(|value| listed.contains(value)),
                "NotIn" => value.is_none_or(|value| !listed.contains(value)),
                "Exists" => value.is_some(),
                "DoesNotExist" => value.is_none(),
                _ => false,
            }
        })
}

/// The host names under which a route is reached through a listener; `*` for any.
fn hostnames(listener: &Listener, route: &HTTPRoute) -> Vec<String> {
    let of_listener = listener.hostname.as_deref().filter(|name| !name.is_empty());
    let of_route = route.spec.hostnames.as_deref().unwrap_or_default();
    match (of_listener, of_route) {
        (None, []) => vec!["*".to_owned()],
        (Some(name), []) => vec![name.to_owned()],
        (None, names) => names.to_vec(),
        (Some(listener), names) => {
            names.iter().filter_map(|name| intersection(listener, name)).collect()
        }
    }
}

/// The names that both patterns cover, as one pattern.
fn intersection(a: &str, b: &str) -> Option<String> {
    if covers(a, b) {
        Some(b.to_owned())
    } else if covers(b, a) {
        Some(a.to_owned())
    } else {
        None
    }
}

/// Whether a host name, perhaps with a wildcard for one or more labels, covers another.
pub(super) fn covers(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_ascii_lowercase(), name.to_ascii_lowercase());
    if pattern == "*" || pattern == name {
        return true;
    }
    match pattern.strip_prefix('*') {
        Some(suffix) => {
            let bare = name.strip_prefix('*').unwrap_or(&name);
            bare.len() >= suffix.len()
                && name.ends_with(suffix)
                && (name.starts_with('*') || name.len() > suffix.len())
        }
        None => false,
    }
}

/// Whether a ReferenceGrant in `to` lets HTTPRoutes of `from` name this Service.
pub(super) fn is_granted(snapshot: &Snapshot, from: &str, to: &str, service: &str) -> bool {
    from == to
        || snapshot.list_in::<ReferenceGrant>(to).any(|grant| {
            let lets_in = grant.spec.from.iter().any(|source| {
                source.group == GROUP && source.kind == "HTTPRoute" && source.namespace == from
            });
            let names = grant.spec.to.iter().any(|target| {
                target.group.is_empty()
                    && target.kind == "Service"
                    && target.name.as_deref().is_none_or(|name| name.is_empty() || name == service)
            });
            lets_in && names
        })
}
