//! Ingresses and IngressClasses.
//!
//! Models `pkg/apis/networking/validation/validation.go`.

use k8s_openapi::api::core::v1::TypedLocalObjectReference;
use k8s_openapi::api::networking::v1::{
    HTTPIngressPath, Ingress, IngressBackend, IngressClass, IngressClassParametersReference,
    IngressRule,
};
use manifest::FieldPath;

use super::metadata::path_segment;
use super::{Causes, text};

const MOST_CONTROLLER: usize = 250;

pub(super) fn ingress(causes: &mut Causes, ingress: &Ingress) {
    let path = FieldPath::of("spec");
    let spec = ingress.spec.clone().unwrap_or_default();
    let rules = spec.rules.unwrap_or_default();
    if rules.is_empty() && spec.default_backend.is_none() {
        causes.invalid_shown(&path, "null", "either `defaultBackend` or `rules` must be specified");
    }
    if let Some(backend) = &spec.default_backend {
        self::backend(causes, &path.child("defaultBackend"), backend);
    }
    for (index, rule) in rules.iter().enumerate() {
        self::rule(causes, &path.child("rules").index(index), rule);
    }
    for (index, tls) in spec.tls.iter().flatten().enumerate() {
        let path = path.child("tls").index(index);
        for (index, host) in tls.hosts.iter().flatten().enumerate() {
            let messages = if host.contains('*') {
                text::wildcard_dns1123_subdomain(host)
            } else {
                text::dns1123_subdomain(host)
            };
            causes.invalid_each(&path.child("hosts").index(index), host, messages);
        }
        if let Some(name) = tls.secret_name.as_deref().filter(|name| !name.is_empty()) {
            causes.invalid_each(&path.child("secretName"), name, text::dns1123_subdomain(name));
        }
    }
    if let Some(class) = &spec.ingress_class_name {
        causes.invalid_each(&path.child("ingressClassName"), class, text::dns1123_subdomain(class));
    }
}

/// On creation, the older annotation must agree with the field.
pub(super) fn ingress_create(causes: &mut Causes, ingress: &Ingress) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    let annotation =
        ingress.metadata.annotations.as_ref().and_then(|annotations| annotations.get(CLASS));
    let class = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_ref());
    if let (Some(annotation), Some(class)) = (annotation, class)
        && annotation != class
    {
        let path = FieldPath(vec![
            manifest::Segment::Field("annotations".into()),
            manifest::Segment::Field(CLASS.into()),
        ]);
        causes.invalid(&path, annotation, "must match `ingressClassName` when both are specified");
    }
}

fn rule(causes: &mut Causes, path: &FieldPath, rule: &IngressRule) {
    if let Some(host) = rule.host.as_deref().filter(|host| !host.is_empty()) {
        let path = path.child("host");
        if text::parse_ip(host).is_some() {
            causes.invalid(&path, host, "must be a DNS name, not an IP address");
        }
        let messages = if host.contains('*') {
            text::wildcard_dns1123_subdomain(host)
        } else {
            text::dns1123_subdomain(host)
        };
        causes.invalid_each(&path, host, messages);
    }
    if let Some(http) = &rule.http {
        let path = path.child("http.paths");
        if http.paths.is_empty() {
            causes.required(&path, "");
        }
        for (index, http_path) in http.paths.iter().enumerate() {
            self::path(causes, &path.index(index), http_path);
        }
    }
}

fn path(causes: &mut Causes, path: &FieldPath, http_path: &HTTPIngressPath) {
    let text = http_path.path.as_deref().unwrap_or_default();
    let text_path = path.child("path");
    match http_path.path_type.as_str() {
        "" => {
            causes.required(&path.child("pathType"), "pathType must be specified");
            return;
        }
        "Exact" | "Prefix" => {
            if !text.starts_with('/') {
                causes.invalid(&text_path, text, "must be an absolute path");
            }
            for sequence in ["//", "/./", "/../", "%2f", "%2F"] {
                if text.contains(sequence) {
                    causes.invalid(&text_path, text, format!("must not contain '{sequence}'"));
                }
            }
            for suffix in ["/..", "/."] {
                if text.ends_with(suffix) {
                    causes.invalid(&text_path, text, format!("cannot end with '{suffix}'"));
                }
            }
        }
        "ImplementationSpecific" => {
            if !text.is_empty() && !text.starts_with('/') {
                causes.invalid(&text_path, text, "must be an absolute path");
            }
        }
        other => causes.unsupported(
            &path.child("pathType"),
            other,
            &["Exact", "ImplementationSpecific", "Prefix"],
        ),
    }
    backend(causes, &path.child("backend"), &http_path.backend);
}

fn backend(causes: &mut Causes, path: &FieldPath, backend: &IngressBackend) {
    let service = match (&backend.resource, &backend.service) {
        (Some(_), Some(_)) => {
            causes.invalid(path, "", "cannot set both resource and service backends");
            return;
        }
        (Some(resource), None) => {
            resource_reference(causes, &path.child("resource"), resource);
            return;
        }
        (None, None) => {
            causes.invalid(path, "", "resource or service backend is required");
            return;
        }
        (None, Some(service)) => service,
    };
    if service.name.is_empty() {
        causes.required(&path.child("service.name"), "");
    } else {
        let messages = text::dns1123_label(&service.name);
        causes.invalid_each(&path.child("service.name"), &service.name, messages);
    }
    let port = service.port.clone().unwrap_or_default();
    let name = port.name.as_deref().unwrap_or_default();
    let number = port.number.unwrap_or(0);
    match (name, number) {
        ("", 0) => causes.required(path, "port name or number is required"),
        ("", number) => causes.invalid_each(
            &path.child("service.port.number"),
            number,
            text::port_number(number.into()),
        ),
        (name, 0) => {
            causes.invalid_each(&path.child("service.port.name"), name, text::port_name(name))
        }
        _ => causes.invalid(path, "", "cannot set both port name & port number"),
    }
}

fn resource_reference(
    causes: &mut Causes,
    path: &FieldPath,
    reference: &TypedLocalObjectReference,
) {
    if let Some(group) = &reference.api_group {
        causes.invalid_each(&path.child("apiGroup"), group, text::dns1123_subdomain(group));
    }
    for (field, value) in [("kind", &reference.kind), ("name", &reference.name)] {
        if value.is_empty() {
            causes.required(&path.child(field), "");
        } else {
            causes.invalid_each(&path.child(field), value, path_segment(value));
        }
    }
}

pub(super) fn ingress_class(causes: &mut Causes, class: &IngressClass) {
    let path = FieldPath::of("spec");
    let spec = class.spec.clone().unwrap_or_default();
    let controller_path = path.child("controller");
    match spec.controller.as_deref().unwrap_or_default() {
        "" => causes.required(&controller_path, ""),
        controller => {
            if controller.len() > MOST_CONTROLLER {
                causes.too_long(&controller_path, MOST_CONTROLLER);
            }
            domain_prefixed_path(causes, &controller_path, controller);
        }
    }
    if let Some(parameters) = &spec.parameters {
        parameters_reference(causes, &path.child("parameters"), parameters);
    }
}

/// An IngressClass stays with its controller.
pub(super) fn ingress_class_update(
    causes: &mut Causes,
    before: &IngressClass,
    after: &IngressClass,
) {
    let controller = |class: &IngressClass| class.spec.clone().unwrap_or_default().controller;
    if controller(before) != controller(after) {
        causes.invalid(&FieldPath::of("spec.controller"), controller(after), "field is immutable");
    }
}

fn domain_prefixed_path(causes: &mut Causes, path: &FieldPath, value: &str) {
    let Some((host, rest)) =
        value.split_once('/').filter(|(host, rest)| !host.is_empty() && !rest.is_empty())
    else {
        causes.invalid(path, value, "must be a domain-prefixed path (such as \"acme.io/foo\")");
        return;
    };
    causes.invalid_each(path, host, text::dns1123_subdomain(host));
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&byte);
    if !rest.bytes().all(allowed) {
        causes.invalid(
            path,
            rest,
            "Invalid path (regex used for validation is '[A-Za-z0-9/\\-._~%!$&'()*+,;=:]+')",
        );
    }
}

fn parameters_reference(
    causes: &mut Causes,
    path: &FieldPath,
    reference: &IngressClassParametersReference,
) {
    if let Some(group) = &reference.api_group {
        causes.invalid_each(&path.child("apiGroup"), group, text::dns1123_subdomain(group));
    }
    for (field, value) in [("kind", &reference.kind), ("name", &reference.name)] {
        if value.is_empty() {
            causes.required(&path.child(field), "");
        } else {
            causes.invalid_each(&path.child(field), value, path_segment(value));
        }
    }
    let namespace_path = path.child("namespace");
    match (reference.scope.as_deref().unwrap_or_default(), &reference.namespace) {
        ("Namespace", None) => {
            causes.required(&namespace_path, "`parameters.scope` is set to 'Namespace'");
        }
        ("Namespace", Some(namespace)) => {
            causes.invalid_each(&namespace_path, namespace, text::dns1123_label(namespace));
        }
        ("Cluster", Some(_)) => {
            causes.forbidden(&namespace_path, "`parameters.scope` is set to 'Cluster'");
        }
        ("Cluster", None) => {}
        (other, _) => causes.unsupported(&path.child("scope"), other, &["Cluster", "Namespace"]),
    }
}
