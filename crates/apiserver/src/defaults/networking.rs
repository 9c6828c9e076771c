//! Defaults of Ingresses, IngressClasses and NetworkPolicies.
//!
//! Models `pkg/apis/networking/v1/defaults.go`.

use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};

pub(super) fn ingress(ingress: &mut Ingress) {
    ingress.status.get_or_insert_default().load_balancer.get_or_insert_default();
}

pub(super) fn ingress_class(class: &mut IngressClass) {
    if let Some(parameters) = class.spec.as_mut().and_then(|spec| spec.parameters.as_mut()) {
        parameters.scope.get_or_insert_with(|| "Cluster".into());
    }
}

pub(super) fn network_policy(policy: &mut NetworkPolicy) {
    let spec = policy.spec.get_or_insert_default();
    spec.pod_selector.get_or_insert_default();
    let ports = spec.ingress.iter_mut().flatten().flat_map(|rule| rule.ports.iter_mut().flatten());
    for port in ports {
        port.protocol.get_or_insert_with(|| "TCP".into());
    }
    let ports = spec.egress.iter_mut().flatten().flat_map(|rule| rule.ports.iter_mut().flatten());
    for port in ports {
        port.protocol.get_or_insert_with(|| "TCP".into());
    }
    if spec.policy_types.as_ref().is_none_or(Vec::is_empty) {
        let mut types = vec!["Ingress".to_owned()];
        if spec.egress.as_ref().is_some_and(|rules| !rules.is_empty()) {
            types.push("Egress".to_owned());
        }
        spec.policy_types = Some(types);
    }
}
