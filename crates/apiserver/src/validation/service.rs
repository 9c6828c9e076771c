//! Services.
//!
//! Models `ValidateService`, `ValidateServiceUpdate` and their neighbours in
//! `pkg/apis/core/validation/validation.go`.

use std::collections::BTreeSet;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::FieldPath;

use super::{Causes, PROTOCOLS, cluster_ips, metadata, text};

/// The annotation that held the source ranges before there was a field.
const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";

pub(super) fn service(causes: &mut Causes, service: &Service) {
    let path = FieldPath::of("spec");
    let spec = service.spec.clone().unwrap_or_default();
    let kind = spec.type_.as_deref().unwrap_or_default();
    let ports = spec.ports.clone().unwrap_or_default();
    let addresses = spec.cluster_ips.clone().unwrap_or_default();
    let headless = addresses == ["None"];
    if ports.is_empty() && !headless && kind != "ExternalName" {
        causes.required(&path.child("ports"), "");
    }
    match kind {
        "LoadBalancer" | "NodePort" if headless => causes.invalid(
            &path.child("clusterIPs").index(0),
            "None",
            format!("may not be set to 'None' for {kind} services"),
        ),
        "ExternalName" => external_name(causes, &path, &spec),
        _ => {}
    }
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        self::port(causes, &path.child("ports").index(index), port, ports.len() > 1, &mut names);
    }
    metadata::labels(causes, &path.child("selector"), spec.selector.as_ref());
    session_affinity(causes, &path, &spec);
    causes.extend(cluster_ips(service));
    for (index, address) in spec.external_ips.iter().flatten().enumerate() {
        let path = path.child("externalIPs").index(index);
        let messages = text::ip(address);
        if messages.is_empty() {
            non_special_ip(causes, &path, address);
        } else {
            causes.invalid_each(&path, address, messages);
        }
    }
    causes.one_of(
        &path.child("type"),
        kind,
        &["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"],
    );
    if kind == "ClusterIP" {
        for (index, port) in ports.iter().enumerate() {
            if port.node_port.unwrap_or(0) != 0 {
                causes.forbidden(
                    &path.child("ports").index(index).child("nodePort"),
                    "may not be used when `type` is 'ClusterIP'",
                );
            }
        }
    }
    duplicate_ports(causes, &path.child("ports"), &ports);
    source_ranges(causes, service, &spec, kind);
    if spec.allocate_load_balancer_node_ports.is_some() && kind != "LoadBalancer" {
        causes.forbidden(
            &path.child("allocateLoadBalancerNodePorts"),
            "may only be used when `type` is 'LoadBalancer'",
        );
    }
    load_balancer_class(causes, None, &spec);
    external_traffic(causes, &path, &spec, kind);
    if let Some(policy) = &spec.internal_traffic_policy {
        causes.one_of(&path.child("internalTrafficPolicy"), policy, &["Cluster", "Local"]);
    }
    if let Some(distribution) = &spec.traffic_distribution {
        causes.one_of(
            &path.child("trafficDistribution"),
            distribution,
            &["PreferClose", "PreferSameNode", "PreferSameZone"],
        );
    }
}

/// What may not change in a stored Service.
pub(super) fn service_update(causes: &mut Causes, before: &Service, after: &Service) {
    let old = before.spec.clone().unwrap_or_default();
    let new = after.spec.clone().unwrap_or_default();
    let external = |spec: &ServiceSpec| spec.type_.as_deref() == Some("ExternalName");
    if !external(&old) && !external(&new) {
        fixed_list(
            causes,
            "clusterIPs",
            "clusterIP",
            &old,
            &new,
            &old.cluster_ips,
            &new.cluster_ips,
        );
        let headless = |spec: &ServiceSpec| spec.cluster_ip.as_deref() == Some("None");
        if !headless(&old) && !headless(&new) {
            fixed_list(
                causes,
                "ipFamilies",
                "ipFamily",
                &old,
                &new,
                &old.ip_families,
                &new.ip_families,
            );
        }
    }
    load_balancer_class(causes, Some(&old), &new);
    if needs_health_check(&old)
        && needs_health_check(&new)
        && old.health_check_node_port != new.health_check_node_port
    {
        causes.forbidden(&FieldPath::of("spec.healthCheckNodePort"), "field is immutable");
    }
}

/// Addresses or families: the first stays, the second may come and, with `SingleStack`, go.
fn fixed_list(
    causes: &mut Causes,
    field: &str,
    singular: &str,
    old_spec: &ServiceSpec,
    new_spec: &ServiceSpec,
    old: &Option<Vec<String>>,
    new: &Option<Vec<String>>,
) {
    let headless = |spec: &ServiceSpec| spec.cluster_ip.as_deref() == Some("None");
    if headless(old_spec) && headless(new_spec) {
        return;
    }
    let (old, new) = (old.clone().unwrap_or_default(), new.clone().unwrap_or_default());
    let path = FieldPath::of("spec").child(field);
    if old.len() == new.len() {
        for (index, (before, after)) in old.iter().zip(&new).enumerate() {
            if before != after {
                let index = if field == "ipFamilies" { 0 } else { index };
                causes.invalid(&path.index(index), &new, "may not change once set");
            }
        }
        return;
    }
    if new.is_empty() {
        causes.invalid(&path.index(0), &new, format!("primary {singular} can not be unset"));
    }
    if let (Some(before), Some(after)) = (old.first(), new.first())
        && before != after
    {
        causes.invalid(&path.index(0), &new, "may not change once set");
    }
    if old.len() > new.len() && new.len() == 1 {
        let policy = new_spec.ip_family_policy.as_deref();
        if policy != Some("SingleStack") {
            causes.invalid(
                &FieldPath::of("spec.ipFamilyPolicy"),
                policy,
                format!("must be set to 'SingleStack' when releasing the secondary {singular}"),
            );
        }
    }
}

fn external_name(causes: &mut Causes, path: &FieldPath, spec: &ServiceSpec) {
    let not_for = "may not be set for ExternalName services";
    if spec.cluster_ips.as_ref().is_some_and(|list| !list.is_empty()) {
        causes.forbidden(&path.child("clusterIPs"), not_for);
    }
    if spec.ip_families.as_ref().is_some_and(|list| !list.is_empty()) {
        causes.forbidden(&path.child("ipFamilies"), not_for);
    }
    if spec.ip_family_policy.is_some() {
        causes.forbidden(&path.child("ipFamilyPolicy"), not_for);
    }
    let name = spec.external_name.as_deref().unwrap_or_default();
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        causes.required(&path.child("externalName"), "");
    } else {
        causes.invalid_each(&path.child("externalName"), name, text::dns1123_subdomain(name));
    }
}

fn port(
    causes: &mut Causes,
    path: &FieldPath,
    port: &ServicePort,
    needs_name: bool,
    names: &mut BTreeSet<String>,
) {
    match port.name.as_deref().unwrap_or_default() {
        "" if needs_name => causes.required(&path.child("name"), ""),
        "" => {}
        name => {
            causes.invalid_each(&path.child("name"), name, text::dns1123_label(name));
            if !names.insert(name.to_owned()) {
                causes.duplicate(&path.child("name"), name);
            }
        }
    }
    causes.invalid_each(&path.child("port"), port.port, text::port_number(port.port.into()));
    let protocol = port.protocol.as_deref().unwrap_or_default();
    causes.one_of(&path.child("protocol"), protocol, PROTOCOLS);
    if let Some(target) = &port.target_port {
        port_number_or_name(causes, &path.child("targetPort"), target);
    }
    if let Some(protocol) = &port.app_protocol {
        causes.invalid_each(&path.child("appProtocol"), protocol, text::qualified_name(protocol));
    }
}

/// A port by number or by name.
pub(super) fn port_number_or_name(causes: &mut Causes, path: &FieldPath, port: &IntOrString) {
    match port {
        IntOrString::Int(number) => {
            causes.invalid_each(path, number, text::port_number((*number).into()));
        }
        IntOrString::String(name) => causes.invalid_each(path, name, text::port_name(name)),
    }
}

fn session_affinity(causes: &mut Causes, path: &FieldPath, spec: &ServiceSpec) {
    let affinity = spec.session_affinity.as_deref().unwrap_or_default();
    causes.one_of(&path.child("sessionAffinity"), affinity, &["ClientIP", "None"]);
    if affinity != "ClientIP" {
        return;
    }
    let timeout = spec
        .session_affinity_config
        .as_ref()
        .and_then(|config| config.client_ip.as_ref()?.timeout_seconds)
        .unwrap_or_default();
    if !(1..=86400).contains(&timeout) {
        causes.invalid(
            &path.child("sessionAffinityConfig.clientIP.timeoutSeconds"),
            timeout,
            "must be greater than 0 and less than 86400",
        );
    }
}

fn duplicate_ports(causes: &mut Causes, path: &FieldPath, ports: &[ServicePort]) {
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let Some(node_port) = port.node_port.filter(|&node_port| node_port != 0) else { continue };
        if !seen.insert((&port.protocol, node_port)) {
            causes.duplicate(&path.index(index).child("nodePort"), node_port);
        }
    }
    let mut seen = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        if !seen.insert((&port.protocol, port.port)) {
            let protocol = port.protocol.as_deref().unwrap_or_default();
            causes.push(
                &path.index(index),
                format!(
                    r#"Duplicate value: {{"Name":"","Protocol":{protocol:?},"AppProtocol":null,"Port":{},"TargetPort":0,"NodePort":0}}"#,
                    port.port
                ),
            );
        }
    }
}

fn source_ranges(causes: &mut Causes, service: &Service, spec: &ServiceSpec, kind: &str) {
    let ranges = spec.load_balancer_source_ranges.clone().unwrap_or_default();
    let annotation = service
        .metadata
        .annotations
        .as_ref()
        .and_then(|annotations| annotations.get(SOURCE_RANGES));
    let only = "may only be used when `type` is 'LoadBalancer'";
    if !ranges.is_empty() {
        let path = FieldPath::of("spec.LoadBalancerSourceRanges");
        if kind != "LoadBalancer" {
            causes.forbidden(&path, only);
        }
        for (index, range) in ranges.iter().enumerate() {
            let range = range.trim();
            causes.invalid_each(&path.index(index), range, text::cidr(range));
        }
    } else if let Some(annotation) = annotation {
        let path = FieldPath::of("metadata.annotations").key(SOURCE_RANGES);
        if kind != "LoadBalancer" {
            causes.forbidden(&path, only);
        }
        for range in annotation.trim().split(',').map(str::trim).filter(|range| !range.is_empty()) {
            causes.invalid_each(&path, range, text::cidr(range));
        }
    }
}

fn load_balancer_class(causes: &mut Causes, before: Option<&ServiceSpec>, spec: &ServiceSpec) {
    let path = FieldPath::of("spec.loadBalancerClass");
    let is_load_balancer = |spec: &ServiceSpec| spec.type_.as_deref() == Some("LoadBalancer");
    if let Some(before) = before
        && is_load_balancer(before)
        && is_load_balancer(spec)
        && before.load_balancer_class != spec.load_balancer_class
    {
        causes.invalid(&path, &spec.load_balancer_class, "may not change once set");
    }
    match &spec.load_balancer_class {
        Some(class) if is_load_balancer(spec) => {
            causes.invalid_each(&path, class, text::qualified_name(class));
        }
        Some(_) => causes.forbidden(&path, "may only be used when `type` is 'LoadBalancer'"),
        None => {}
    }
}

fn needs_health_check(spec: &ServiceSpec) -> bool {
    spec.type_.as_deref() == Some("LoadBalancer")
        && spec.external_traffic_policy.as_deref() == Some("Local")
}

fn external_traffic(causes: &mut Causes, path: &FieldPath, spec: &ServiceSpec, kind: &str) {
    let accessible = matches!(kind, "NodePort" | "LoadBalancer")
        || (kind == "ClusterIP" && spec.external_ips.as_ref().is_some_and(|list| !list.is_empty()));
    let policy = spec.external_traffic_policy.as_deref().unwrap_or_default();
    let policy_path = path.child("externalTrafficPolicy");
    if !accessible {
        if !policy.is_empty() {
            causes.invalid(
                &policy_path,
                policy,
                "may only be set for externally-accessible services",
            );
        }
    } else {
        causes.one_of(&policy_path, policy, &["Cluster", "Local"]);
    }
    let port = spec.health_check_node_port.unwrap_or(0);
    let port_path = path.child("healthCheckNodePort");
    if !needs_health_check(spec) {
        if port != 0 {
            causes.invalid(
                &port_path,
                port,
                "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'",
            );
        }
    } else if port == 0 {
        causes.required(&port_path, "");
    } else {
        causes.invalid_each(&port_path, port, text::port_number(port.into()));
    }
}

/// Refuses addresses that cannot be an endpoint or an external address.
pub(super) fn non_special_ip(causes: &mut Causes, path: &FieldPath, address: &str) {
    let Some(parsed) = text::parse_ip(address) else {
        causes.invalid(path, address, "must be a valid IP address");
        return;
    };
    if parsed.is_unspecified() {
        causes.invalid(path, address, format!("may not be unspecified ({address})"));
    }
    if parsed.is_loopback() {
        causes.invalid(path, address, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    let (link_local, multicast) = match parsed {
        IpAddr::V4(address) => (address.is_link_local(), address.octets()[..3] == [224, 0, 0]),
        IpAddr::V6(address) => {
            (address.is_unicast_link_local(), address.segments()[0] & 0xff0f == 0xff02)
        }
    };
    if link_local {
        causes.invalid(
            path,
            address,
            "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
        );
    }
    if multicast {
        causes.invalid(
            path,
            address,
            "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
        );
    }
}
