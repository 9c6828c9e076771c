//! `describeSecret`, which tells how long a value is and never what it is, and `describeConfigMap`.

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::text::Text;
use super::{Subject, given};

pub(super) fn secret(secret: &Secret, text: &mut Text) {
    head(&secret.metadata, text);
    text.line("");
    text.field("Type", given(secret.type_.as_ref()));
    text.line("\nData\n====");
    for (key, value) in secret.data.iter().flatten() {
        text.field(key, format!("{} bytes", value.0.len()));
    }
}

pub(super) fn config_map(map: &ConfigMap, subject: &Subject<'_>, text: &mut Text) {
    head(&map.metadata, text);
    text.line("\nData\n====");
    for (key, value) in map.data.iter().flatten() {
        text.line(format!("{key}:\n----\n{value}\n"));
    }
    text.line("\nBinaryData\n====");
    for (key, value) in map.binary_data.iter().flatten() {
        text.line(format!("{key}: {} bytes", value.0.len()));
    }
    text.line("");
    text.events(subject);
}

fn head(metadata: &ObjectMeta, text: &mut Text) {
    text.field("Name", given(metadata.name.as_ref()));
    text.field("Namespace", given(metadata.namespace.as_ref()));
    text.labels(metadata);
    text.annotations(metadata);
}
