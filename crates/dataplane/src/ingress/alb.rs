//! What an Ingress tells AWS Load Balancer Controller by its annotations.
//!
//! Models `docs/guide/ingress/annotations.md` of `kubernetes-sigs/aws-load-balancer-controller`, as far
//! as they decide where a request goes.

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::Ingress;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use manifest::Span;
use manifest::yaml::load_json;

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

/// The name of the group of Ingresses that share a load balancer.
pub fn group_name(ingress: &Ingress) -> Option<&str> {
    annotation(&ingress.metadata, "group.name")
}

/// Where an Ingress stands in its group: by `group.order`, then by name.
pub fn group_order(ingress: &Ingress) -> (i32, Option<&str>, Option<&str>) {
    let metadata = &ingress.metadata;
    let order = annotation(metadata, "group.order").and_then(|order| order.parse().ok());
    (order.unwrap_or_default(), metadata.namespace.as_deref(), metadata.name.as_deref())
}

/// The ports that the load balancer of an Ingress listens on, for all that share it, and whether it
/// speaks TLS there.
pub fn listen_ports(snapshot: &Snapshot, ingress: &Ingress) -> Vec<(u16, bool)> {
    let mut ports = own_ports(ingress);
    if let Some(group) = group_name(ingress) {
        let members = snapshot.list::<Ingress>().filter(|other| group_name(other) == Some(group));
        for (port, tls) in members.flat_map(own_ports) {
            if !ports.iter().any(|(known, _)| *known == port) {
                ports.push((port, tls));
            }
        }
    }
    ports
}

fn own_ports(ingress: &Ingress) -> Vec<(u16, bool)> {
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

/// What an annotation `actions.NAME` makes of a request, where a path's backend names it and the port
/// `use-annotation`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Custom {
    /// The client is to ask elsewhere; each part is the request's own where nothing else is written.
    Redirect {
        /// 301 or 302.
        status: u16,
        /// The URL, with `#{host}` and the like still in it.
        location: String,
    },
    /// The load balancer answers itself.
    Fixed {
        /// The status.
        status: u16,
        /// The type of the body.
        content_type: String,
        /// The body.
        body: String,
    },
    /// To a Service of the Ingress' namespace: the first that the action names.
    Forward {
        /// The Service.
        service: String,
        /// Its port, a number or a name.
        port: String,
    },
}

/// What the annotation of an action says; none if there is none that can be read.
pub fn action(ingress: &Ingress, name: &str) -> Option<(String, Custom)> {
    let key = format!("actions.{name}");
    let written = annotation(&ingress.metadata, &key)?;
    let whole = Span { start: 0, end: written.len() };
    let (loaded, _) = load_json(written, whole);
    let read = loaded.into_iter().next()?.1.root?.to_json();
    let read = &read;
    let text = |config: &str, field: &str| {
        let value = &read[config][field];
        value.as_str().map(str::to_owned).or_else(|| Some(value.as_u64()?.to_string()))
    };
    let custom = match read["type"].as_str()? {
        "redirect" => {
            let part = |field: &str, own: &str| {
                text("redirectConfig", field).unwrap_or_else(|| own.to_owned())
            };
            let (protocol, port) = (part("protocol", "#{protocol}"), part("port", "#{port}"));
            let (host, path) = (part("host", "#{host}"), part("path", "/#{path}"));
            let query = part("query", "#{query}");
            let code = part("statusCode", "HTTP_302");
            Custom::Redirect {
                status: code.trim_start_matches("HTTP_").parse().ok()?,
                location: format!("{}://{host}:{port}{path}?{query}", protocol.to_lowercase()),
            }
        }
        "fixed-response" => Custom::Fixed {
            status: text("fixedResponseConfig", "statusCode")?.parse().ok()?,
            content_type: text("fixedResponseConfig", "contentType")
                .unwrap_or_else(|| "text/plain".to_owned()),
            body: text("fixedResponseConfig", "messageBody").unwrap_or_default(),
        },
        "forward" => {
            let first = &read["forwardConfig"]["targetGroups"][0];
            let port = &first["servicePort"];
            Custom::Forward {
                service: first["serviceName"].as_str()?.to_owned(),
                port: port
                    .as_str()
                    .map(str::to_owned)
                    .or_else(|| Some(port.as_u64()?.to_string()))?,
            }
        }
        _ => return None,
    };
    Some((format!("{PREFIX}{key}"), custom))
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
    fn an_action_is_read_from_its_annotation() {
        let written = "{\"type\":\"redirect\",\"redirectConfig\":{\"protocol\":\"HTTPS\",\"port\":\"443\",\"statusCode\":\"HTTP_301\"}}";
        let away = ingress(&[("actions.away", written)]);
        let location = "https://#{host}:443/#{path}?#{query}".to_owned();
        let (key, custom) = action(&away, "away").expect("the annotation can be read");
        assert_eq!(key, "alb.ingress.kubernetes.io/actions.away");
        assert_eq!(custom, Custom::Redirect { status: 301, location });
        let written = "{\"type\":\"fixed-response\",\"fixedResponseConfig\":{\"contentType\":\"text/plain\",\"statusCode\":\"503\",\"messageBody\":\"closed\"}}";
        let (_, custom) = action(&ingress(&[("actions.shut", written)]), "shut").expect("as above");
        let (content_type, body) = ("text/plain".to_owned(), "closed".to_owned());
        assert_eq!(custom, Custom::Fixed { status: 503, content_type, body });
        assert_eq!(action(&away, "nosuch"), None);
    }

    #[test]
    fn listeners_follow_the_annotations() {
        assert_eq!(own_ports(&ingress(&[])), [(80, false)]);
        assert_eq!(own_ports(&ingress(&[("certificate-arn", "arn:aws:acm")])), [(443, true)]);
        let both = ingress(&[("listen-ports", "[{\"HTTP\": 80}, {\"HTTPS\": 443}]")]);
        assert_eq!(own_ports(&both), [(80, false), (443, true)]);
    }

    #[test]
    fn success_codes_are_lists_and_ranges() {
        let service = Service::default();
        assert!(is_success(&ingress(&[]), &service, 200));
        assert!(!is_success(&ingress(&[]), &service, 404));
        assert!(is_success(&ingress(&[("success-codes", "200,300-404")]), &service, 404));
    }
}
