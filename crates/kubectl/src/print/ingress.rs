//! `kubectl get ingresses`, `printIngress`.

use std::collections::BTreeSet;

use k8s_openapi::api::networking::v1::{
    Ingress, IngressLoadBalancerStatus, IngressRule, IngressSpec,
};

use super::{Column, View, column, text};

pub(super) const COLUMNS: &[Column] = &[
    column("NAME"),
    column("CLASS"),
    column("HOSTS"),
    column("ADDRESS"),
    column("PORTS"),
    column("AGE"),
];

/// At most this many hosts are listed.
const MAXIMUM: usize = 3;

pub(super) fn row(ingress: &Ingress, view: &View) -> Vec<String> {
    let none = IngressSpec::default();
    let spec = ingress.spec.as_ref().unwrap_or(&none);
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let encrypted = spec.tls.as_ref().is_some_and(|tls| !tls.is_empty());
    vec![
        text(ingress.metadata.name.as_ref()),
        spec.ingress_class_name.clone().unwrap_or("<none>".into()),
        hosts(spec.rules.as_deref().unwrap_or_default()),
        super::service::cut(address(balancer), view.wide),
        if encrypted { "80, 443" } else { "80" }.into(),
        super::age(&ingress.metadata, view),
    ]
}

/// The addresses of the load balancer, joined by commas.
pub(crate) fn address(status: Option<&IngressLoadBalancerStatus>) -> String {
    let addresses: BTreeSet<&str> = status
        .and_then(|status| status.ingress.as_ref())
        .into_iter()
        .flatten()
        .filter_map(|ingress| {
            ingress.ip.as_deref().filter(|ip| !ip.is_empty()).or(ingress.hostname.as_deref())
        })
        .collect();
    addresses.into_iter().collect::<Vec<_>>().join(",")
}

fn hosts(rules: &[IngressRule]) -> String {
    let named: Vec<&str> = rules
        .iter()
        .filter_map(|rule| rule.host.as_deref())
        .filter(|host| !host.is_empty())
        .collect();
    if named.is_empty() {
        "*".into()
    } else if named.len() > MAXIMUM {
        format!("{} + {} more...", named[..MAXIMUM].join(","), rules.len() - MAXIMUM)
    } else {
        named.join(",")
    }
}
