//! `kubectl get` of what holds settings: ConfigMaps, Secrets, ServiceAccounts.

use k8s_openapi::api::core::v1::{ConfigMap, Secret, ServiceAccount};

use super::{Column, View, column, text};

pub(super) const CONFIG_MAP: &[Column] = &[column("NAME"), column("DATA"), column("AGE")];
pub(super) const SECRET: &[Column] =
    &[column("NAME"), column("TYPE"), column("DATA"), column("AGE")];
pub(super) const SERVICE_ACCOUNT: &[Column] = &[column("NAME"), column("AGE")];

pub(super) fn config_map(map: &ConfigMap, view: &View) -> Vec<String> {
    let entries = map.data.as_ref().map_or(0, |data| data.len())
        + map.binary_data.as_ref().map_or(0, |data| data.len());
    vec![text(map.metadata.name.as_ref()), entries.to_string(), super::age(&map.metadata, view)]
}

pub(super) fn secret(secret: &Secret, view: &View) -> Vec<String> {
    let entries = secret.data.as_ref().map_or(0, |data| data.len());
    vec![
        text(secret.metadata.name.as_ref()),
        text(secret.type_.as_ref()),
        entries.to_string(),
        super::age(&secret.metadata, view),
    ]
}

pub(super) fn service_account(account: &ServiceAccount, view: &View) -> Vec<String> {
    vec![text(account.metadata.name.as_ref()), super::age(&account.metadata, view)]
}
