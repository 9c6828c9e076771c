//! Warnings about Services.
//!
//! Models `pkg/api/service/warnings.go`.

use k8s_openapi::api::core::v1::Service;

const HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const MODE: &str = "service.kubernetes.io/topology-mode";

pub(super) fn warnings(warnings: &mut Vec<String>, service: &Service) {
    let spec = service.spec.clone().unwrap_or_default();
    let annotations = service.metadata.annotations.clone().unwrap_or_default();
    if annotations.contains_key(HINTS) {
        warnings.push(format!("annotation {HINTS} is deprecated, please use {MODE} instead"));
    }
    let kind = spec.type_.as_deref().unwrap_or_default();
    let headless = kind == "ClusterIP" && spec.cluster_ip.as_deref() == Some("None");
    let external_ips = spec.external_ips.as_ref().is_some_and(|list| !list.is_empty());
    if headless {
        if spec.load_balancer_ip.as_deref().is_some_and(|address| !address.is_empty()) {
            warnings.push("spec.loadBalancerIP is ignored for headless services".into());
        }
        if external_ips {
            warnings.push("spec.externalIPs is ignored for headless services".into());
        }
        if spec.session_affinity.as_deref() != Some("None") {
            warnings.push("spec.SessionAffinity is ignored for headless services".into());
        }
    }
    if external_ips && !headless && kind != "ExternalName" {
        warnings.push(
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters"
                .into(),
        );
    }
    if external_ips && kind == "ExternalName" {
        warnings.push("spec.externalIPs is ignored when spec.type is \"ExternalName\"".into());
    }
    if kind != "ExternalName" && spec.external_name.as_deref().is_some_and(|name| !name.is_empty())
    {
        warnings.push("spec.externalName is ignored when spec.type is not \"ExternalName\"".into());
    }
    if spec.traffic_distribution.as_deref() == Some("PreferClose") {
        warnings.push(
            "spec.trafficDistribution: \"PreferClose\" is deprecated; use \"PreferSameZone\""
                .into(),
        );
    }
}
