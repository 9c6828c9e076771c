//! Endpoints and EndpointSlices.
//!
//! Models `ValidateEndpoints` in `pkg/apis/core/validation/validation.go` and
//! `pkg/apis/discovery/validation/validation.go`.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{EndpointAddress, EndpointPort, Endpoints};
use k8s_openapi::api::discovery::v1 as discovery;
use manifest::FieldPath;

use super::service::non_special_ip;
use super::{Causes, PROTOCOLS, text};

const MOST_ADDRESSES: usize = 100;
const MOST_PORTS: usize = 20_000;
const MOST_ENDPOINTS: usize = 1000;

pub(super) fn endpoints(causes: &mut Causes, endpoints: &Endpoints) {
    for (index, subset) in endpoints.subsets.iter().flatten().enumerate() {
        let path = FieldPath::of("subsets").index(index);
        let ready = subset.addresses.clone().unwrap_or_default();
        let not_ready = subset.not_ready_addresses.clone().unwrap_or_default();
        if ready.is_empty() && not_ready.is_empty() {
            causes.required(&path, "must specify `addresses` or `notReadyAddresses`");
        }
        for (index, address) in ready.iter().enumerate() {
            self::address(causes, &path.child("addresses").index(index), address);
        }
        for (index, address) in not_ready.iter().enumerate() {
            self::address(causes, &path.child("notReadyAddresses").index(index), address);
        }
        let ports = subset.ports.clone().unwrap_or_default();
        for (index, port) in ports.iter().enumerate() {
            self::port(causes, &path.child("ports").index(index), port, ports.len() > 1);
        }
    }
}

fn address(causes: &mut Causes, path: &FieldPath, address: &EndpointAddress) {
    let messages = text::ip(&address.ip);
    let malformed = !messages.is_empty();
    causes.invalid_each(&path.child("ip"), &address.ip, messages);
    if let Some(name) = address.hostname.as_deref().filter(|name| !name.is_empty()) {
        causes.invalid_each(&path.child("hostname"), name, text::dns1123_label(name));
    }
    if let Some(node) = &address.node_name {
        causes.invalid_each(&path.child("nodeName"), node, text::dns1123_subdomain(node));
    }
    if !malformed {
        non_special_ip(causes, &path.child("ip"), &address.ip);
    }
}

fn port(causes: &mut Causes, path: &FieldPath, port: &EndpointPort, needs_name: bool) {
    match port.name.as_deref().unwrap_or_default() {
        "" if needs_name => causes.required(&path.child("name"), ""),
        "" => {}
        name => causes.invalid_each(&path.child("name"), name, text::dns1123_label(name)),
    }
    causes.invalid_each(&path.child("port"), port.port, text::port_number(port.port.into()));
    causes.one_of(&path.child("protocol"), port.protocol.as_deref().unwrap_or_default(), PROTOCOLS);
    if let Some(protocol) = &port.app_protocol {
        causes.invalid_each(&path.child("appProtocol"), protocol, text::qualified_name(protocol));
    }
}

pub(super) fn endpoint_slice(causes: &mut Causes, slice: &discovery::EndpointSlice) {
    let path = FieldPath::of("addressType");
    if slice.address_type.is_empty() {
        causes.required(&path, "");
    } else {
        causes.one_of(&path, &slice.address_type, &["FQDN", "IPv4", "IPv6"]);
    }
    let path = FieldPath::of("endpoints");
    let endpoints = slice.endpoints.clone().unwrap_or_default();
    if endpoints.len() > MOST_ENDPOINTS {
        causes.too_many(&path, endpoints.len(), MOST_ENDPOINTS);
    } else {
        for (index, endpoint) in endpoints.iter().enumerate() {
            self::endpoint(causes, &path.index(index), endpoint, &slice.address_type);
        }
    }
    slice_ports(causes, slice.ports.as_deref().unwrap_or_default());
}

/// An EndpointSlice's addresses stay of one type.
pub(super) fn endpoint_slice_update(
    causes: &mut Causes,
    before: &discovery::EndpointSlice,
    after: &discovery::EndpointSlice,
) {
    if before.address_type != after.address_type {
        causes.invalid(&FieldPath::of("addressType"), &after.address_type, "field is immutable");
    }
}

fn endpoint(causes: &mut Causes, path: &FieldPath, endpoint: &discovery::Endpoint, family: &str) {
    let addresses_path = path.child("addresses");
    if endpoint.addresses.is_empty() {
        causes.required(&addresses_path, "must contain at least 1 address");
    } else if endpoint.addresses.len() > MOST_ADDRESSES {
        causes.too_many(&addresses_path, endpoint.addresses.len(), MOST_ADDRESSES);
    }
    for (index, address) in endpoint.addresses.iter().enumerate() {
        let path = addresses_path.index(index);
        match family {
            "IPv4" | "IPv6" => {
                let messages = text::ip(address);
                if !messages.is_empty() {
                    causes.invalid_each(&path, address, messages);
                    continue;
                }
                let is_ipv4 = text::parse_ip(address).is_some_and(|address| address.is_ipv4());
                if is_ipv4 != (family == "IPv4") {
                    let family = if family == "IPv4" { "an IPv4" } else { "an IPv6" };
                    causes.invalid(&path, address, format!("must be {family} address"));
                }
                non_special_ip(causes, &path, address);
            }
            "FQDN" => fully_qualified(causes, &path, address),
            _ => {}
        }
    }
    if let Some(name) = &endpoint.node_name {
        causes.invalid_each(&path.child("nodeName"), name, text::dns1123_subdomain(name));
    }
    if let Some(name) = &endpoint.hostname {
        causes.invalid_each(&path.child("hostname"), name, text::dns1123_label(name));
    }
}

fn fully_qualified(causes: &mut Causes, path: &FieldPath, name: &str) {
    if name.is_empty() {
        causes.required(path, "");
        return;
    }
    let name = name.strip_suffix('.').unwrap_or(name);
    let messages = text::dns1123_subdomain(name);
    if !messages.is_empty() {
        causes.invalid(path, name, messages.join(","));
    } else if !name.contains('.') {
        causes.invalid(
            path,
            name,
            "should be a domain with at least two segments separated by dots",
        );
    }
}

fn slice_ports(causes: &mut Causes, ports: &[discovery::EndpointPort]) {
    let path = FieldPath::of("ports");
    if ports.len() > MOST_PORTS {
        causes.too_many(&path, ports.len(), MOST_PORTS);
        return;
    }
    let mut names = BTreeSet::new();
    for (index, port) in ports.iter().enumerate() {
        let path = path.index(index);
        let name = port.name.as_deref().unwrap_or_default();
        if !name.is_empty() {
            causes.invalid_each(&path.child("name"), name, text::dns1123_label(name));
        }
        if !names.insert(name) {
            causes.duplicate(&path.child("name"), name);
        }
        match &port.protocol {
            None => causes.required(&path.child("protocol"), ""),
            Some(protocol) => causes.one_of(&path.child("protocol"), protocol, PROTOCOLS),
        }
        if let Some(protocol) = &port.app_protocol {
            causes.invalid_each(
                &path.child("appProtocol"),
                protocol,
                text::qualified_name(protocol),
            );
        }
    }
}
