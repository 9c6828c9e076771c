//! `kubectl get endpoints`, `printEndpoints`.

use std::net::Ipv6Addr;

use k8s_openapi::api::core::v1::{EndpointSubset, Endpoints};

use super::{Column, View, column, list_with_more, text};

pub(super) const COLUMNS: &[Column] = &[column("NAME"), column("ENDPOINTS"), column("AGE")];

/// At most this many endpoints are listed.
const MAXIMUM: usize = 3;

pub(super) fn row(endpoints: &Endpoints, view: &View) -> Vec<String> {
    vec![
        text(endpoints.metadata.name.as_ref()),
        addresses(endpoints.subsets.as_deref().unwrap_or_default()),
        super::age(&endpoints.metadata, view),
    ]
}

/// `10.244.1.5:8080,…`, `<none>` without subsets, empty if none is ready.
pub(crate) fn addresses(subsets: &[EndpointSubset]) -> String {
    if subsets.is_empty() {
        return "<none>".into();
    }
    let mut all = Vec::new();
    for subset in subsets {
        let ready = subset.addresses.as_deref().unwrap_or_default();
        match subset.ports.as_deref() {
            None | Some([]) => all.extend(ready.iter().map(|address| address.ip.clone())),
            Some(ports) => all.extend(ports.iter().flat_map(|port| {
                ready.iter().map(move |address| host_port(&address.ip, port.port))
            })),
        }
    }
    let count = all.len();
    all.truncate(MAXIMUM);
    list_with_more(&all, count, MAXIMUM)
}

/// `10.244.1.5:8080`, `[fd00::5]:8080`.
pub(crate) fn host_port(address: &str, port: i32) -> String {
    if address.parse::<Ipv6Addr>().is_ok() {
        format!("[{address}]:{port}")
    } else {
        format!("{address}:{port}")
    }
}
