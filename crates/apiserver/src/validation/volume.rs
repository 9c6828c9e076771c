//! Volumes.
//!
//! Models `ValidateVolumes` and `validateVolumeSource` in `pkg/apis/core/validation/validation.go`.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{DownwardAPIVolumeFile, KeyToPath, ProjectedVolumeSource, Volume};
use manifest::{FieldPath, Quantity};
use serde_json::Value;

use super::{Causes, environment, text};

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";

/// Fields of a Pod that a file may show.
const POD_FIELDS: &[&str] = &[
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

/// Every sort of volume in the order in which they are checked, with the fields it cannot do without.
const SOURCES: &[(&str, &[&str])] = &[
    ("emptyDir", &[]),
    ("hostPath", &["path"]),
    ("gitRepo", &["repository"]),
    ("gcePersistentDisk", &["pdName"]),
    ("awsElasticBlockStore", &["volumeID"]),
    ("secret", &["secretName"]),
    ("nfs", &["server", "path"]),
    ("iscsi", &["targetPortal", "iqn"]),
    ("glusterfs", &["endpoints", "path"]),
    ("flocker", &[]),
    ("persistentVolumeClaim", &["claimName"]),
    ("rbd", &["monitors", "image"]),
    ("cinder", &["volumeID"]),
    ("cephfs", &["monitors"]),
    ("quobyte", &["registry", "volume"]),
    ("downwardAPI", &[]),
    ("fc", &[]),
    ("flexVolume", &["driver"]),
    ("configMap", &["name"]),
    ("azureFile", &["secretName", "shareName"]),
    ("vsphereVolume", &["volumePath"]),
    ("photonPersistentDisk", &["pdID"]),
    ("portworxVolume", &["volumeID"]),
    ("azureDisk", &["diskName", "diskURI"]),
    ("storageos", &["volumeName"]),
    ("projected", &[]),
    ("scaleIO", &["gateway", "system", "volumeName"]),
    ("csi", &["driver"]),
    ("ephemeral", &["volumeClaimTemplate"]),
    ("image", &[]),
];

/// Checks volumes and returns the well-formed ones by name; only those can be mounted.
pub(super) fn volumes<'a>(
    causes: &mut Causes,
    path: &FieldPath,
    volumes: &'a [Volume],
) -> BTreeMap<&'a str, &'a Volume> {
    let mut known: BTreeMap<&str, &Volume> = BTreeMap::new();
    for (index, volume) in volumes.iter().enumerate() {
        let path = path.index(index);
        let mut found = Causes::default();
        source(&mut found, &path, volume);
        if volume.name.is_empty() {
            found.required(&path.child("name"), "");
        } else {
            let messages = text::dns1123_label(&volume.name);
            found.invalid_each(&path.child("name"), &volume.name, messages);
        }
        if known.contains_key(volume.name.as_str()) {
            found.duplicate(&path.child("name"), &volume.name);
        }
        if found.is_empty() {
            known.insert(&volume.name, volume);
        }
        causes.extend(found.into_vec());
    }
    known
}

fn source(causes: &mut Causes, path: &FieldPath, volume: &Volume) {
    let Value::Object(fields) = manifest::to_json(volume) else { return };
    let mut chosen = false;
    for (name, required) in SOURCES {
        let Some(source) = fields.get(*name) else { continue };
        let path = path.child(name);
        if std::mem::replace(&mut chosen, true) {
            causes.forbidden(&path, "may not specify more than 1 volume type");
            continue;
        }
        for field in *required {
            let empty = match source.get(field) {
                None | Some(Value::Null) => true,
                Some(Value::String(text)) => text.is_empty(),
                Some(Value::Array(items)) => items.is_empty(),
                Some(_) => false,
            };
            if empty {
                causes.required(&path.child(field), "");
            }
        }
        details(causes, &path, volume);
    }
    if !chosen {
        causes.required(path, "must specify a volume type");
    }
}

/// The rules of single sorts of volumes beyond required fields.
fn details(causes: &mut Causes, path: &FieldPath, volume: &Volume) {
    if let Some(source) = &volume.empty_dir
        && source.size_limit.as_ref().is_some_and(|limit| Quantity::of(limit).is_negative())
    {
        causes.forbidden(
            &path.child("sizeLimit"),
            "SizeLimit field must be a valid resource quantity",
        );
    }
    if let Some(source) = &volume.host_path
        && !source.path.is_empty()
    {
        no_backsteps(causes, &path.child("path"), &source.path);
        const TYPES: &[&str] = &[
            "",
            "BlockDevice",
            "CharDevice",
            "Directory",
            "DirectoryOrCreate",
            "File",
            "FileOrCreate",
            "Socket",
        ];
        causes.one_of(&path.child("type"), source.type_.as_deref().unwrap_or_default(), TYPES);
    }
    if let Some(source) = &volume.nfs
        && !source.path.starts_with('/')
    {
        causes.invalid(&path.child("path"), &source.path, "must be an absolute path");
    }
    if let Some(source) = &volume.secret {
        mode(causes, &path.child("defaultMode"), source.default_mode);
        items(causes, path, source.items.as_deref());
    }
    if let Some(source) = &volume.config_map {
        mode(causes, &path.child("defaultMode"), source.default_mode);
        items(causes, path, source.items.as_deref());
    }
    if let Some(source) = &volume.downward_api {
        mode(causes, &path.child("defaultMode"), source.default_mode);
        for file in source.items.iter().flatten() {
            downward_file(causes, path, file);
        }
    }
    if let Some(source) = &volume.projected {
        mode(causes, &path.child("defaultMode"), source.default_mode);
        projected(causes, path, source);
    }
    if let Some(source) = &volume.image
        && source.reference.as_deref().unwrap_or_default().is_empty()
    {
        causes.required(&path.child("reference"), "");
    }
}

fn items(causes: &mut Causes, path: &FieldPath, items: Option<&[KeyToPath]>) {
    for (index, item) in items.into_iter().flatten().enumerate() {
        key_to_path(causes, &path.child("items").index(index), item);
    }
}

fn key_to_path(causes: &mut Causes, path: &FieldPath, item: &KeyToPath) {
    if item.key.is_empty() {
        causes.required(&path.child("key"), "");
    }
    if item.path.is_empty() {
        causes.required(&path.child("path"), "");
    }
    non_reserved_path(causes, &path.child("path"), &item.path);
    mode(causes, &path.child("mode"), item.mode);
}

fn downward_file(causes: &mut Causes, path: &FieldPath, file: &DownwardAPIVolumeFile) {
    if file.path.is_empty() {
        causes.required(&path.child("path"), "");
    }
    non_reserved_path(causes, &path.child("path"), &file.path);
    match (&file.field_ref, &file.resource_field_ref) {
        (Some(field), resource) => {
            environment::field_ref(causes, &path.child("fieldRef"), field, POD_FIELDS);
            if resource.is_some() {
                causes.invalid(
                    path,
                    "resource",
                    "fieldRef and resourceFieldRef can not be specified simultaneously",
                );
            }
        }
        (None, Some(resource)) => {
            environment::resource_field_ref(
                causes,
                &path.child("resourceFieldRef"),
                resource,
                true,
            );
        }
        (None, None) => causes.required(path, "one of fieldRef and resourceFieldRef is required"),
    }
    mode(causes, &path.child("mode"), file.mode);
}

fn projected(causes: &mut Causes, path: &FieldPath, source: &ProjectedVolumeSource) {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    let mut once = |causes: &mut Causes, file: &str, shown: &str| {
        if !file.is_empty() && !paths.insert(file.to_owned()) {
            causes.invalid(path, shown, "conflicting duplicate paths");
        }
    };
    for (index, projection) in source.sources.iter().flatten().enumerate() {
        let at = path.child("sources").index(index);
        let mut sources = 0;
        let secret = projection.secret.as_ref().map(|from| ("secret", &from.name, &from.items));
        let config =
            projection.config_map.as_ref().map(|from| ("configMap", &from.name, &from.items));
        for (field, name, items) in [secret, config].into_iter().flatten() {
            sources += 1;
            if name.is_empty() {
                causes.required(&at.child(field).child("name"), "");
            }
            for (index, item) in items.iter().flatten().enumerate() {
                key_to_path(causes, &at.child(field).child("items").index(index), item);
                once(causes, &item.path, name);
            }
        }
        if let Some(from) = &projection.downward_api {
            sources += 1;
            for file in from.items.iter().flatten() {
                downward_file(causes, &at.child("downwardAPI"), file);
                once(causes, &file.path, &file.path);
            }
        }
        if let Some(token) = &projection.service_account_token {
            sources += 1;
            let seconds = token.expiration_seconds.unwrap_or(3600);
            let seconds_path = at.child("serviceAccountToken.expirationSeconds");
            if seconds < 600 {
                causes.invalid(
                    &seconds_path,
                    seconds,
                    "may not specify a duration less than 10 minutes",
                );
            }
            if seconds > 1 << 32 {
                causes.invalid(
                    &seconds_path,
                    seconds,
                    "may not specify a duration larger than 2^32 seconds",
                );
            }
            if token.path.is_empty() {
                causes.required(&path.child("path"), "");
            } else {
                non_reserved_path(causes, &path.child("path"), &token.path);
            }
        }
        if sources > 1 {
            causes.forbidden(&at, "may not specify more than 1 volume type per source");
        }
    }
}

fn mode(causes: &mut Causes, path: &FieldPath, mode: Option<i32>) {
    if let Some(mode) = mode.filter(|mode| !(0..=0o777).contains(mode)) {
        causes.invalid(path, mode, MODE);
    }
}

/// Refuses `..` anywhere in a path.
pub(super) fn no_backsteps(causes: &mut Causes, path: &FieldPath, text: &str) {
    if text.split('/').any(|part| part == "..") {
        causes.invalid(path, text, "must not contain '..'");
    }
}

/// A path below something.
pub(super) fn relative_path(causes: &mut Causes, path: &FieldPath, text: &str) {
    if text.starts_with('/') {
        causes.invalid(path, text, "must be a relative path");
    }
    no_backsteps(causes, path, text);
}

fn non_reserved_path(causes: &mut Causes, path: &FieldPath, text: &str) {
    relative_path(causes, path, text);
    if text.starts_with("..") && !text.starts_with("../") {
        causes.invalid(path, text, "must not start with '..'");
    }
}
