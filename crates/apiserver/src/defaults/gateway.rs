//! Defaults of Gateway API objects.
//!
//! Models the `default:` values in the schemas of the custom resources, Gateway API v1.6 standard channel.
//! A schema's default also replaces a `null`, and applies only where the object around it exists.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use manifest::gateway::{
    BackendObjectReference, Gateway, GatewayClass, GatewayClassStatus, GatewayStatus,
    HTTPBackendRef, HTTPPathMatch, HTTPRoute, HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule,
    ParentReference, RouteNamespaces, SecretObjectReference,
};

pub(super) const GROUP: &str = "gateway.networking.k8s.io";

pub(super) fn gateway_class(class: &mut GatewayClass) {
    let status = class.status.get_or_insert_with(GatewayClassStatus::default);
    status.conditions.get_or_insert_with(|| vec![pending("Accepted")]);
}

pub(super) fn gateway(gateway: &mut Gateway) {
    for listener in &mut gateway.spec.listeners {
        let routes = listener.allowed_routes.get_or_insert_default();
        from(routes.namespaces.get_or_insert_default(), "Same");
        for kind in routes.kinds.iter_mut().flatten() {
            set(&mut kind.group, GROUP);
        }
        if let Some(tls) = &mut listener.tls {
            set(&mut tls.mode, "Terminate");
            tls.certificate_refs.iter_mut().flatten().for_each(secret);
        }
    }
    for address in gateway.spec.addresses.iter_mut().flatten() {
        set(&mut address.r#type, "IPAddress");
    }
    if let Some(listeners) = &mut gateway.spec.allowed_listeners {
        from(listeners.namespaces.get_or_insert_default(), "None");
    }
    if let Some(tls) = &mut gateway.spec.tls {
        if let Some(backend) = &mut tls.backend {
            backend.client_certificate_ref.iter_mut().for_each(secret);
        }
        if let Some(frontend) = &mut tls.frontend {
            let ports = frontend.per_port.iter_mut().flatten().map(|port| &mut port.tls);
            for validation in std::iter::once(&mut frontend.default).chain(ports) {
                if let Some(validation) = &mut validation.validation {
                    set(&mut validation.mode, "AllowValidOnly");
                }
            }
        }
    }
    let status = gateway.status.get_or_insert_with(GatewayStatus::default);
    status.conditions.get_or_insert_with(|| vec![pending("Accepted"), pending("Programmed")]);
}

pub(super) fn http_route(route: &mut HTTPRoute) {
    for parent in route.spec.parent_refs.iter_mut().flatten() {
        self::parent(parent);
    }
    let everything =
        || vec![HTTPRouteRule { matches: Some(vec![any_path()]), ..Default::default() }];
    for rule in route.spec.rules.get_or_insert_with(everything) {
        for condition in rule.matches.get_or_insert_with(|| vec![any_path()]) {
            route_match(condition);
        }
        rule.filters.iter_mut().flatten().for_each(filter);
        rule.backend_refs.iter_mut().flatten().for_each(backend);
    }
}

fn route_match(condition: &mut HTTPRouteMatch) {
    let path = condition.path.get_or_insert_with(HTTPPathMatch::default);
    set(&mut path.r#type, "PathPrefix");
    set(&mut path.value, "/");
    for header in condition.headers.iter_mut().flatten() {
        set(&mut header.r#type, "Exact");
    }
    for parameter in condition.query_params.iter_mut().flatten() {
        set(&mut parameter.r#type, "Exact");
    }
}

fn any_path() -> HTTPRouteMatch {
    let path = HTTPPathMatch { r#type: Some("PathPrefix".into()), value: Some("/".into()) };
    HTTPRouteMatch { path: Some(path), ..Default::default() }
}

fn filter(filter: &mut HTTPRouteFilter) {
    if let Some(mirror) = &mut filter.request_mirror {
        reference(&mut mirror.backend_ref);
        if let Some(fraction) = &mut mirror.fraction {
            fraction.denominator.get_or_insert(100);
        }
    }
    if let Some(redirect) = &mut filter.request_redirect {
        redirect.status_code.get_or_insert(302);
    }
    if let Some(cors) = &mut filter.cors {
        cors.max_age.get_or_insert(5);
    }
}

fn backend(backend: &mut HTTPBackendRef) {
    set(&mut backend.group, "");
    set(&mut backend.kind, "Service");
    backend.weight.get_or_insert(1);
    backend.filters.iter_mut().flatten().for_each(filter);
}

fn reference(reference: &mut BackendObjectReference) {
    set(&mut reference.group, "");
    set(&mut reference.kind, "Service");
}

fn secret(reference: &mut SecretObjectReference) {
    set(&mut reference.group, "");
    set(&mut reference.kind, "Secret");
}

fn parent(parent: &mut ParentReference) {
    set(&mut parent.group, GROUP);
    set(&mut parent.kind, "Gateway");
}

fn from(namespaces: &mut RouteNamespaces, default: &str) {
    set(&mut namespaces.from, default);
}

fn set(field: &mut Option<String>, default: &str) {
    field.get_or_insert_with(|| default.to_owned());
}

/// What the schema says of a status that no controller wrote yet.
fn pending(condition: &str) -> Condition {
    Condition {
        type_: condition.into(),
        status: "Unknown".into(),
        reason: "Pending".into(),
        message: "Waiting for controller".into(),
        last_transition_time: Time(Timestamp::UNIX_EPOCH),
        observed_generation: None,
    }
}
