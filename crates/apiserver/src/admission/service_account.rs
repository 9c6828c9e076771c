//! Every Pod runs as a service account and, unless it declines, mounts that account's token.
//!
//! Models the plugin `ServiceAccount` in `plugin/pkg/admission/serviceaccount/admission.go`.

use k8s_openapi::api::core::v1::{
    ConfigMapProjection, Container, DownwardAPIProjection, DownwardAPIVolumeFile, KeyToPath,
    ObjectFieldSelector, Pod, PodSpec, ProjectedVolumeSource, ServiceAccount,
    ServiceAccountTokenProjection, Volume, VolumeMount, VolumeProjection,
};
use manifest::ObjectRef;

use crate::{ApiServer, Refusal};

/// Where containers find the token.
const MOUNT_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// An hour, and seven seconds by which tokens made by admission are recognised.
const EXPIRATION_SECONDS: i64 = 3607;

pub(super) fn admit(
    server: &mut ApiServer,
    pod: &mut Pod,
    reference: &ObjectRef,
) -> Result<(), Refusal> {
    if is_mirror(pod) {
        return Ok(());
    }
    let namespace = reference.namespace.clone();
    let spec = pod.spec.get_or_insert_default();
    if spec.service_account_name.as_deref().unwrap_or_default().is_empty() {
        spec.service_account_name = Some("default".into());
    }
    spec.service_account.clone_from(&spec.service_account_name);
    let name = spec.service_account_name.clone().unwrap_or_default();
    let Some(account) = server.objects.find::<ServiceAccount>(&namespace, &name) else {
        return Err(Refusal::forbidden(
            reference.clone(),
            format!(
                "error looking up service account {namespace}/{name}: serviceaccount \"{name}\" not found"
            ),
        ));
    };
    let declined = spec.automount_service_account_token.or(account.automount_service_account_token);
    if spec.image_pull_secrets.as_ref().is_none_or(Vec::is_empty) {
        spec.image_pull_secrets.clone_from(&account.image_pull_secrets);
    }
    if declined != Some(false) {
        let suffix = server.random.suffix();
        mount(spec, &format!("kube-api-access-{suffix}"));
    }
    Ok(())
}

/// Whether the kubelet made it of a file on its node.
fn is_mirror(pod: &Pod) -> bool {
    pod.metadata
        .annotations
        .as_ref()
        .is_some_and(|annotations| annotations.contains_key("kubernetes.io/config.mirror"))
}

/// Mounts the token into every container that has nothing at that path.
fn mount(spec: &mut PodSpec, fresh_name: &str) {
    let existing = spec
        .volumes
        .iter()
        .flatten()
        .find(|volume| volume.name.starts_with("kube-api-access-") && is_token_volume(volume))
        .map(|volume| volume.name.clone());
    let name = existing.clone().unwrap_or_else(|| fresh_name.to_owned());
    let mut mounted = false;
    for container in spec.init_containers.iter_mut().flatten().chain(&mut spec.containers) {
        mounted |= mount_in(container, &name);
    }
    if mounted && existing.is_none() {
        spec.volumes.get_or_insert_default().push(token_volume(&name));
    }
}

fn mount_in(container: &mut Container, volume: &str) -> bool {
    let mounts = container.volume_mounts.get_or_insert_default();
    if mounts.iter().any(|mount| mount.mount_path == MOUNT_PATH) {
        return false;
    }
    mounts.push(VolumeMount {
        name: volume.to_owned(),
        mount_path: MOUNT_PATH.into(),
        read_only: Some(true),
        ..Default::default()
    });
    true
}

fn is_token_volume(volume: &Volume) -> bool {
    volume.projected.as_ref().is_some_and(|projected| {
        projected.sources.iter().flatten().any(|source| source.service_account_token.is_some())
    })
}

fn token_volume(name: &str) -> Volume {
    let token = ServiceAccountTokenProjection {
        expiration_seconds: Some(EXPIRATION_SECONDS),
        path: "token".into(),
        audience: None,
    };
    let authority = ConfigMapProjection {
        name: "kube-root-ca.crt".into(),
        items: Some(vec![KeyToPath { key: "ca.crt".into(), path: "ca.crt".into(), mode: None }]),
        optional: None,
    };
    let namespace = DownwardAPIVolumeFile {
        path: "namespace".into(),
        field_ref: Some(ObjectFieldSelector {
            api_version: Some("v1".into()),
            field_path: "metadata.namespace".into(),
        }),
        ..Default::default()
    };
    Volume {
        name: name.to_owned(),
        projected: Some(ProjectedVolumeSource {
            default_mode: Some(0o644),
            sources: Some(vec![
                VolumeProjection { service_account_token: Some(token), ..Default::default() },
                VolumeProjection { config_map: Some(authority), ..Default::default() },
                VolumeProjection {
                    downward_api: Some(DownwardAPIProjection { items: Some(vec![namespace]) }),
                    ..Default::default()
                },
            ]),
        }),
        ..Default::default()
    }
}
