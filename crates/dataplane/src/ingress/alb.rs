//! What an Ingress tells AWS Load Balancer Controller by its annotations.
//!
//! Models `docs/guide/ingress/annotations.md` of `kubernetes-sigs/aws-load-balancer-controller`, as far
//! as they decide where a request goes.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

/// Prefix of its annotations.
const PREFIX: &str = "alb.ingress.kubernetes.io/";

/// What a load balancer sends requests to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetType {
    /// The Service's port on every node.
    Instance,
    /// The Pods themselves.
    Ip,
}

/// The ports a load balancer listens on, and whether it speaks TLS there.
pub fn listen_ports(ingress: &Ingress) -> Vec<(u16, bool)> {
    let written = annotation(&ingress.metadata, "listen-ports").unwrap_or_default();
    let listed: Vec<(u16, bool)> = written
        .split('{')
        .filter_map(|piece| piece.split_once('}'))
        .filter_map(|(inner, _)| inner.split_once(':'))
        .filter_map(|(protocol, port)| {
            let tls = protocol.trim().trim_matches('"') == "HTTPS";
            Some((port.trim().parse().ok()?, tls))
        })
        .collect();
    match annotation(&ingress.metadata, "certificate-arn") {
        _ if !listed.is_empty() => listed,
        Some(_) => vec![(443, true)],
        None => vec![(80, false)],
    }
}

/// What requests for a Service go to; the Service's own annotation decides first.
pub fn target_type(ingress: &Ingress, service: &Service) -> TargetType {
    let of_service = annotation(&service.metadata, "target-type");
    match of_service.or(annotation(&ingress.metadata, "target-type")) {
        Some("ip") => TargetType::Ip,
        _ => TargetType::Instance,
    }
}

/// The path that health checks ask for.
pub fn health_path<'a>(ingress: &'a Ingress, service: &'a Service) -> &'a str {
    let of_service = annotation(&service.metadata, "healthcheck-path");
    of_service.or(annotation(&ingress.metadata, "healthcheck-path")).unwrap_or("/")
}

/// Whether a health check's answer counts as healthy: `200`, `200,301` or `200-399`.
pub fn is_success(ingress: &Ingress, service: &Service, status: u16) -> bool {
    let of_service = annotation(&service.metadata, "success-codes");
    let codes = of_service.or(annotation(&ingress.metadata, "success-codes")).unwrap_or("200");
    codes.split(',').any(|code| {
        let (first, last) = code.split_once('-').unwrap_or((code, code));
        match (first.trim().parse::<u16>(), last.trim().parse::<u16>()) {
            (Ok(first), Ok(last)) => (first..=last).contains(&status),
            _ => false,
        }
    })
}

/// The port that plain requests are sent away to.
pub fn ssl_redirect(ingress: &Ingress) -> Option<(&'static str, &str)> {
    annotation(&ingress.metadata, "ssl-redirect")
        .map(|port| ("alb.ingress.kubernetes.io/ssl-redirect", port))
}

fn annotation<'a>(metadata: &'a ObjectMeta, name: &str) -> Option<&'a str> {
    metadata.annotations.as_ref()?.get(&format!("{PREFIX}{name}")).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn ingress(annotations: &[(&str, &str)]) -> Ingress {
        let annotations: BTreeMap<String, String> = annotations
            .iter()
            .map(|(key, value)| (format!("{PREFIX}{key}"), (*value).to_owned()))
            .collect();
        let metadata = ObjectMeta { annotations: Some(annotations), ..ObjectMeta::default() };
        Ingress { metadata, ..Ingress::default() }
    }

    #[test]
    fn listeners_follow_the_annotations() {
        assert_eq!(listen_ports(&ingress(&[])), [(80, false)]);
        assert_eq!(listen_ports(&ingress(&[("certificate-arn", "arn:aws:acm")])), [(443, true)]);
        let both = ingress(&[("listen-ports", "[{\"HTTP\": 80}, {\"HTTPS\": 443}]")]);
        assert_eq!(listen_ports(&both), [(80, false), (443, true)]);
    }

    #[test]
    fn success_codes_are_lists_and_ranges() {
        let service = Service::default();
        assert!(is_success(&ingress(&[]), &service, 200));
        assert!(!is_success(&ingress(&[]), &service, 404));
        assert!(is_success(&ingress(&[("success-codes", "200,300-404")]), &service, 404));
    }
}
