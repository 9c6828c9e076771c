//! What is accepted but ought to be told: deprecated and surprising fields.
//!
//! Models `pkg/api/*/warnings.go` and `WarningsOnCreate`, `WarningsOnUpdate` of
//! `pkg/registry/*/strategy.go`. The texts are those of the answer's `Warning` headers.

mod pod;
mod service;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{PodTemplateSpec, Secret};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{FieldPath, Kind, Object, Other};

use crate::status::spec_differs;
use crate::validation::text;

/// Warnings about a new object.
pub(crate) fn create(object: &Object) -> Vec<String> {
    let mut warnings = deprecation(object.kind());
    if matches!(
        object.kind(),
        Kind::Deployment
            | Kind::ReplicaSet
            | Kind::StatefulSet
            | Kind::Job
            | Kind::ReplicationController
    ) {
        surprising_name(&mut warnings, object.name(), "Pod names and hostnames");
    }
    match object {
        Object::Pod(pod) => {
            surprising_name(&mut warnings, object.name(), "the Pod's hostname");
            let spec = pod.spec.clone().unwrap_or_default();
            pod::warnings(&mut warnings, &FieldPath::root(), &pod.metadata, &spec);
        }
        Object::Service(service) => service::warnings(&mut warnings, service),
        Object::Ingress(ingress) => ingress_class(&mut warnings, ingress),
        Object::Secret(secret) => certificate(&mut warnings, secret),
        Object::Other(other) => self::other(&mut warnings, other),
        _ => template_warnings(&mut warnings, object),
    }
    warnings
}

/// Warnings about an object that is written again.
pub(crate) fn update(before: &Object, after: &Object) -> Vec<String> {
    let mut warnings = deprecation(after.kind());
    match after {
        Object::Pod(pod) => {
            let spec = pod.spec.clone().unwrap_or_default();
            pod::warnings(&mut warnings, &FieldPath::root(), &pod.metadata, &spec);
        }
        Object::Service(service) => service::warnings(&mut warnings, service),
        Object::Secret(secret) => certificate(&mut warnings, secret),
        Object::Other(other) => self::other(&mut warnings, other),
        _ if spec_differs(before, after) => template_warnings(&mut warnings, after),
        _ => {}
    }
    warnings
}

/// What is said of a kind that goes out of use, with every answer.
pub(crate) fn deprecation(kind: Kind) -> Vec<String> {
    match kind {
        Kind::Endpoints => {
            vec![
                "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"
                    .into(),
            ]
        }
        _ => Vec::new(),
    }
}

fn surprising_name(warnings: &mut Vec<String>, name: &str, used_in: &str) {
    let messages = text::dns1123_label(name);
    if !messages.is_empty() {
        warnings.push(format!(
            "metadata.name: this is used in {used_in}, which can result in surprising behavior; a DNS \
             label is recommended: [{}]",
            messages.join(" ")
        ));
    }
}

fn template_warnings(warnings: &mut Vec<String>, object: &Object) {
    let template = |warnings: &mut Vec<String>, path: &str, template: Option<&PodTemplateSpec>| {
        let Some(template) = template else { return };
        let metadata = template.metadata.clone().unwrap_or_default();
        let spec = template.spec.clone().unwrap_or_default();
        pod::warnings(warnings, &FieldPath::of(path), &metadata, &spec);
    };
    match object {
        Object::Deployment(deployment) => {
            template(
                warnings,
                "spec.template",
                deployment.spec.as_ref().map(|spec| &spec.template),
            );
        }
        Object::ReplicaSet(set) => {
            let pods = set.spec.as_ref().and_then(|spec| spec.template.as_ref());
            template(warnings, "spec.template", pods);
        }
        Object::StatefulSet(set) => {
            template(warnings, "spec.template", set.spec.as_ref().map(|spec| &spec.template));
        }
        Object::DaemonSet(set) => {
            template(warnings, "spec.template", set.spec.as_ref().map(|spec| &spec.template));
        }
        Object::Job(job) => {
            template(warnings, "spec.template", job.spec.as_ref().map(|spec| &spec.template));
        }
        Object::CronJob(cron_job) => {
            let pods = cron_job.spec.job_template.spec.as_ref().map(|spec| &spec.template);
            template(warnings, "spec.jobTemplate.spec.template", pods);
        }
        _ => {}
    }
}

fn ingress_class(warnings: &mut Vec<String>, ingress: &Ingress) {
    const CLASS: &str = "kubernetes.io/ingress.class";
    let annotated = ingress
        .metadata
        .annotations
        .as_ref()
        .is_some_and(|annotations| annotations.contains_key(CLASS));
    let named = ingress.spec.as_ref().is_some_and(|spec| spec.ingress_class_name.is_some());
    if annotated && !named {
        warnings.push(format!(
            "annotation \"{CLASS}\" is deprecated, please use 'spec.ingressClassName' instead"
        ));
    }
}

/// A certificate that Go's TLS library would not load.
fn certificate(warnings: &mut Vec<String>, secret: &Secret) {
    if secret.type_.as_deref() != Some("kubernetes.io/tls") {
        return;
    }
    let is_pem =
        |key: &str| {
            secret.data.as_ref().and_then(|data| data.get(key)).is_some_and(|ByteString(bytes)| {
                String::from_utf8_lossy(bytes).contains("-----BEGIN ")
            })
        };
    if !is_pem("tls.crt") {
        warnings.push("tls: failed to find any PEM data in certificate input".into());
    } else if !is_pem("tls.key") {
        warnings.push("tls: failed to find any PEM data in key input".into());
    }
}

fn other(warnings: &mut Vec<String>, other: &Other) {
    const CLASS: &str = "volume.beta.kubernetes.io/storage-class";
    let annotated = other
        .metadata
        .annotations
        .as_ref()
        .is_some_and(|annotations| annotations.contains_key(CLASS));
    match other.kind {
        Kind::PersistentVolume | Kind::PersistentVolumeClaim if annotated => warnings.push(format!(
            "metadata.annotations[{CLASS}]: deprecated since v1.8; use \"storageClassName\" attribute instead"
        )),
        Kind::ReplicationController => {
            let template = other.body.get("spec").and_then(|spec| spec.get("template"));
            let template = template.cloned().map(manifest::from_json::<PodTemplateSpec>);
            if let Some(Ok(template)) = template {
                let metadata = template.metadata.unwrap_or_default();
                let spec = template.spec.unwrap_or_default();
                pod::warnings(warnings, &FieldPath::of("spec.template"), &metadata, &spec);
            }
        }
        _ => {}
    }
}
