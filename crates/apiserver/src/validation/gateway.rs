//! Gateway API objects: the schemas and rules of their custom resources.
//!
//! Models `config/crd/standard` of Gateway API v1.6 as `k8s.io/apiextensions-apiserver` enforces it
//! (`pkg/registry/customresource/strategy.go`): first the schema, which `manifest` knows, then, if nothing
//! in the way of it is wrong, the rules written in CEL.

use manifest::gateway::GatewayClass;
use manifest::{FieldPath, Object, structural};

use super::{Causes, gateway_rules};

/// Schema and rules of an object with its defaults.
pub(super) fn custom(causes: &mut Causes, object: &Object) {
    let violations = structural::violations(object.kind(), &object.to_json());
    let blocked = violations.iter().any(|violation| violation.blocking);
    for violation in violations {
        causes.push(&violation.path, violation.message);
    }
    if blocked {
        causes.push(&FieldPath::of("<nil>"), structural::NOT_CHECKED);
        return;
    }
    match object {
        Object::Gateway(gateway) => gateway_rules::gateway(causes, gateway),
        Object::HTTPRoute(route) => gateway_rules::http_route(causes, route),
        _ => {}
    }
}

/// A GatewayClass stays with its controller.
pub(super) fn gateway_class_update(
    causes: &mut Causes,
    before: &GatewayClass,
    after: &GatewayClass,
) {
    if before.spec.controller_name != after.spec.controller_name {
        causes.push(&FieldPath::of("spec.controllerName"), "Invalid value: Value is immutable");
    }
}
