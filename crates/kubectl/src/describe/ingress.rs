//! `describeIngressV1`.

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend, IngressSpec};

use super::text::Text;
use super::{Subject, given, service};
use crate::print::ingress::address;

pub(super) fn text(ingress: &Ingress, subject: &Subject<'_>, text: &mut Text) {
    let none = IngressSpec::default();
    let spec = ingress.spec.as_ref().unwrap_or(&none);
    let namespace = given(ingress.metadata.namespace.as_ref());
    text.field("Name", given(ingress.metadata.name.as_ref()));
    text.labels(&ingress.metadata);
    text.field("Namespace", namespace);
    let balancer = ingress.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    text.field("Address", address(balancer));
    text.field("Ingress Class", spec.ingress_class_name.as_deref().unwrap_or("<none>"));
    match &spec.default_backend {
        Some(backend) => text.field("Default backend", self::backend(backend, namespace, subject)),
        None => text.field("Default backend", "<default>"),
    }
    let tls = spec.tls.as_deref().unwrap_or_default();
    if !tls.is_empty() {
        text.line("TLS:");
        for entry in tls {
            let hosts = entry.hosts.clone().unwrap_or_default().join(",");
            match entry.secret_name.as_deref() {
                Some(secret) if !secret.is_empty() => {
                    text.line(format!("  {secret} terminates {hosts}"));
                }
                _ => text.line(format!("  SNI routes {hosts}")),
            }
        }
    }
    text.line("Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------");
    let mut rules = 0;
    for rule in spec.rules.iter().flatten() {
        let Some(http) = &rule.http else { continue };
        rules += 1;
        let host = rule.host.as_deref().filter(|host| !host.is_empty()).unwrap_or("*");
        text.line(format!("  {host}\t"));
        for path in &http.paths {
            let backend = backend(&path.backend, namespace, subject);
            text.line(format!("    \t{} \t{backend}", given(path.path.as_ref())));
        }
    }
    if rules == 0 {
        let default = spec.default_backend.as_ref();
        let shown = default.map_or("<default>".into(), |it| backend(it, namespace, subject));
        text.line(format!("  *\t*\t{shown}"));
    }
    text.annotations(&ingress.metadata);
    text.events(subject);
}

/// `web:80 (10.244.1.5:8080,…)`, or why there is nothing behind it.
fn backend(backend: &IngressBackend, namespace: &str, subject: &Subject<'_>) -> String {
    let Some(named) = &backend.service else {
        let resource = backend.resource.as_ref();
        return resource.map_or_else(String::new, |resource| {
            format!(
                "APIGroup: {}, Kind: {}, Name: {}",
                given(resource.api_group.as_ref()),
                resource.kind,
                resource.name
            )
        });
    };
    let port = named.port.as_ref();
    let wanted = port
        .and_then(|port| port.name.clone().or(port.number.map(|number| number.to_string())))
        .unwrap_or_default();
    let shown = format!("{}:{wanted}", named.name);
    let Some(found) = subject.snapshot.find::<Service>(namespace, &named.name) else {
        return format!("{shown} (<error: services \"{}\" not found>)", named.name);
    };
    let name = service::port(found, &wanted).and_then(|port| port.name.clone()).unwrap_or_default();
    let slices = service::slices(subject, namespace, &named.name);
    format!("{shown} ({})", service::endpoints(&slices, &name))
}
