//! Defaults of volumes.
//!
//! Models `SetDefaults_Volume` and the `SetDefaults_*VolumeSource` functions of
//! `pkg/apis/core/v1/defaults.go` and the declarative defaults in `zz_generated.defaults.go`.

use k8s_openapi::api::core::v1::{
    DownwardAPIVolumeFile, EmptyDirVolumeSource, PersistentVolumeClaimSpec, Volume,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity as Written;
use manifest::Quantity;

use super::{amount, image, text};

/// `0644`, the mode of files in volumes made from objects.
const FILE_MODE: i32 = 420;

pub(super) fn volume(volume: &mut Volume) {
    if *volume == (Volume { name: volume.name.clone(), ..Default::default() }) {
        volume.empty_dir = Some(EmptyDirVolumeSource::default());
    }
    if let Some(source) = &mut volume.empty_dir
        && let Some(limit) = &mut source.size_limit
        && let Ok(quantity) = Quantity::parse(&limit.0)
    {
        *limit = quantity.written();
    }
    if let Some(source) = &mut volume.secret {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = &mut volume.config_map {
        source.default_mode.get_or_insert(FILE_MODE);
    }
    if let Some(source) = &mut volume.downward_api {
        source.default_mode.get_or_insert(FILE_MODE);
        source.items.iter_mut().flatten().for_each(downward_file);
    }
    if let Some(source) = &mut volume.projected {
        source.default_mode.get_or_insert(FILE_MODE);
        for projection in source.sources.iter_mut().flatten() {
            if let Some(token) = &mut projection.service_account_token {
                token.expiration_seconds.get_or_insert(3600);
            }
            if let Some(downward) = &mut projection.downward_api {
                downward.items.iter_mut().flatten().for_each(downward_file);
            }
        }
    }
    if let Some(source) = &mut volume.host_path {
        source.type_.get_or_insert_default();
    }
    if let Some(source) = &mut volume.iscsi {
        text(&mut source.iscsi_interface, "default");
    }
    if let Some(source) = &mut volume.rbd {
        text(&mut source.pool, "rbd");
        text(&mut source.user, "admin");
        text(&mut source.keyring, "/etc/ceph/keyring");
    }
    if let Some(source) = &mut volume.azure_disk {
        source.caching_mode.get_or_insert_with(|| "ReadWrite".into());
        source.kind.get_or_insert_with(|| "Shared".into());
        source.fs_type.get_or_insert_with(|| "ext4".into());
        source.read_only.get_or_insert(false);
    }
    if let Some(source) = &mut volume.scale_io {
        text(&mut source.storage_mode, "ThinProvisioned");
        text(&mut source.fs_type, "xfs");
    }
    if let Some(source) = &mut volume.ephemeral
        && let Some(template) = &mut source.volume_claim_template
    {
        claim_spec(&mut template.spec);
    }
    if let Some(source) = &mut volume.image {
        let policy = image::pull_policy(source.reference.as_deref().unwrap_or_default());
        text(&mut source.pull_policy, policy);
    }
}

/// What every claim gets, in a template or on its own.
pub(super) fn claim_spec(spec: &mut PersistentVolumeClaimSpec) {
    spec.volume_mode.get_or_insert_with(|| "Filesystem".into());
    if let Some(resources) = &mut spec.resources {
        amount::list(&mut resources.limits);
        amount::list(&mut resources.requests);
    }
    spec.resources.get_or_insert_default();
}

fn downward_file(file: &mut DownwardAPIVolumeFile) {
    if let Some(field) = &mut file.field_ref {
        text(&mut field.api_version, "v1");
    }
    if let Some(resource) = &mut file.resource_field_ref {
        resource.divisor.get_or_insert_with(|| Written("0".into()));
    }
}
