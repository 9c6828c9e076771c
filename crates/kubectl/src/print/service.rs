//! `kubectl get services`, `printService`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{LoadBalancerStatus, Service, ServicePort, ServiceSpec};

use super::{Column, View, column, text, wide};
use crate::labels;

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("TYPE"),
    column("CLUSTER-IP"),
    column("EXTERNAL-IP"),
    column("PORT(S)"),
    column("AGE"),
    wide("SELECTOR"),
];

/// Addresses longer than this are cut, unless `-o wide`.
const LOAD_BALANCER_WIDTH: usize = 16;

pub(super) fn row(service: &Service, view: &View) -> Vec<String> {
    let none = ServiceSpec::default();
    let spec = service.spec.as_ref().unwrap_or(&none);
    let internal = spec.cluster_ips.iter().flatten().next().cloned().unwrap_or("<none>".into());
    let balancer = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let mut cells = vec![
        text(service.metadata.name.as_ref()),
        text(spec.type_.as_ref()),
        internal,
        external(spec, balancer, view.wide),
        ports(spec.ports.as_deref().unwrap_or_default()),
        super::age(&service.metadata, view),
    ];
    if view.wide {
        cells.push(labels::format(spec.selector.as_ref()));
    }
    cells
}

fn external(spec: &ServiceSpec, balancer: Option<&LoadBalancerStatus>, wide: bool) -> String {
    let own = spec.external_ips.clone().unwrap_or_default();
    match spec.type_.as_deref() {
        Some("ClusterIP" | "NodePort") if own.is_empty() => "<none>".into(),
        Some("ClusterIP" | "NodePort") => own.join(","),
        Some("LoadBalancer") => {
            let mut addresses = load_balancer(balancer, wide);
            if !own.is_empty() {
                if !addresses.is_empty() {
                    addresses.push(',');
                }
                addresses.push_str(&own.join(","));
            }
            if addresses.is_empty() { "<pending>".into() } else { addresses }
        }
        Some("ExternalName") => text(spec.external_name.as_ref()),
        _ => "<unknown>".into(),
    }
}

fn load_balancer(status: Option<&LoadBalancerStatus>, wide: bool) -> String {
    let addresses: BTreeSet<&str> = status
        .and_then(|status| status.ingress.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|ingress| {
            ingress.ip.as_deref().filter(|ip| !ip.is_empty()).or(ingress.hostname.as_deref())
        })
        .filter(|address| !address.is_empty())
        .collect();
    cut(addresses.into_iter().collect::<Vec<_>>().join(","), wide)
}

/// The text, cut to the width of a load balancer's column unless `wide`.
pub(super) fn cut(text: String, wide: bool) -> String {
    if !wide && text.len() > LOAD_BALANCER_WIDTH {
        let end = text.floor_char_boundary(LOAD_BALANCER_WIDTH - 3);
        format!("{}...", &text[..end])
    } else {
        text
    }
}

fn ports(ports: &[ServicePort]) -> String {
    if ports.is_empty() {
        return "<none>".into();
    }
    let pieces: Vec<String> = ports
        .iter()
        .map(|port| {
            let protocol = text(port.protocol.as_ref());
            match port.node_port {
                Some(node_port) if node_port > 0 => {
                    format!("{}:{node_port}/{protocol}", port.port)
                }
                _ => format!("{}/{protocol}", port.port),
            }
        })
        .collect();
    pieces.join(",")
}
