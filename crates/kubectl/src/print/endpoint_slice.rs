//! `kubectl get endpointslices`, `printEndpointSlice`.

use k8s_openapi::api::discovery::v1::EndpointSlice;

use super::{Column, View, column, list_with_more, text};

pub(super) const COLUMNS: &[Column] =
    &[column("NAME"), column("ADDRESSTYPE"), column("PORTS"), column("ENDPOINTS"), column("AGE")];

/// At most this many ports and addresses are listed.
const MAXIMUM: usize = 3;

pub(super) fn row(slice: &EndpointSlice, view: &View) -> Vec<String> {
    let ports = slice.ports.iter().flatten().map(|port| match port.port {
        Some(number) => number.to_string(),
        None => "*".into(),
    });
    let addresses =
        slice.endpoints.iter().flatten().flat_map(|endpoint| endpoint.addresses.iter().cloned());
    vec![
        text(slice.metadata.name.as_ref()),
        slice.address_type.clone(),
        listed(ports.collect()),
        listed(addresses.collect()),
        super::age(&slice.metadata, view),
    ]
}

fn listed(mut list: Vec<String>) -> String {
    let count = list.len();
    list.truncate(MAXIMUM);
    let text = list_with_more(&list, count, MAXIMUM);
    if text.is_empty() { "<unset>".into() } else { text }
}
