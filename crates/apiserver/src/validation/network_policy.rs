//! NetworkPolicies.
//!
//! Models `ValidateNetworkPolicySpec` and its neighbours in `pkg/apis/networking/validation/validation.go`.

use ipnet::IpNet;
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort,
};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use manifest::FieldPath;

use super::{Causes, metadata, text};

pub(super) fn network_policy(causes: &mut Causes, policy: &NetworkPolicy) {
    let path = FieldPath::of("spec");
    let spec = policy.spec.clone().unwrap_or_default();
    metadata::label_selector(causes, &path.child("podSelector"), spec.pod_selector.as_ref());
    for (index, rule) in spec.ingress.iter().flatten().enumerate() {
        let path = path.child("ingress").index(index);
        ports(causes, &path, rule.ports.as_deref());
        peers(causes, &path.child("from"), rule.from.as_deref());
    }
    for (index, rule) in spec.egress.iter().flatten().enumerate() {
        let path = path.child("egress").index(index);
        ports(causes, &path, rule.ports.as_deref());
        peers(causes, &path.child("to"), rule.to.as_deref());
    }
    let types = spec.policy_types.unwrap_or_default();
    let path = path.child("policyTypes");
    if types.len() > 2 {
        causes.invalid(&path, &types, "may not specify more than two policyTypes");
        return;
    }
    for (index, name) in types.iter().enumerate() {
        causes.one_of(&path.index(index), name, &["Ingress", "Egress"]);
    }
}

fn ports(causes: &mut Causes, rule: &FieldPath, ports: Option<&[NetworkPolicyPort]>) {
    for (index, port) in ports.into_iter().flatten().enumerate() {
        self::port(causes, &rule.child("ports").index(index), port);
    }
}

fn port(causes: &mut Causes, path: &FieldPath, port: &NetworkPolicyPort) {
    if let Some(protocol) = &port.protocol {
        causes.one_of(&path.child("protocol"), protocol, &["TCP", "UDP", "SCTP"]);
    }
    let end_path = path.child("endPort");
    match (&port.port, port.end_port) {
        (Some(IntOrString::Int(number)), end) => {
            causes.invalid_each(&path.child("port"), number, text::port_number((*number).into()));
            if let Some(end) = end {
                if end < *number {
                    // Upstream shows the first port here, not the last.
                    causes.invalid(&end_path, number, "must be greater than or equal to `port`");
                }
                causes.invalid_each(&end_path, end, text::port_number(end.into()));
            }
        }
        (Some(IntOrString::String(name)), end) => {
            if let Some(end) = end {
                causes.invalid(&end_path, end, "may not be specified when `port` is non-numeric");
            }
            causes.invalid_each(&path.child("port"), name, text::port_name(name));
        }
        (None, Some(end)) => {
            causes.invalid(&end_path, end, "may not be specified when `port` is not specified");
        }
        (None, None) => {}
    }
}

fn peers(causes: &mut Causes, path: &FieldPath, peers: Option<&[NetworkPolicyPeer]>) {
    for (index, peer) in peers.into_iter().flatten().enumerate() {
        let path = path.index(index);
        metadata::label_selector(causes, &path.child("podSelector"), peer.pod_selector.as_ref());
        let namespaces = peer.namespace_selector.as_ref();
        metadata::label_selector(causes, &path.child("namespaceSelector"), namespaces);
        if let Some(block) = &peer.ip_block {
            ip_block(causes, &path.child("ipBlock"), block);
        }
        let selectors = peer.pod_selector.is_some() || namespaces.is_some();
        match (selectors, peer.ip_block.is_some()) {
            (false, false) => causes.required(&path, "must specify a peer"),
            (true, true) => {
                causes.forbidden(&path, "may not specify both ipBlock and another peer")
            }
            _ => {}
        }
    }
}

fn ip_block(causes: &mut Causes, path: &FieldPath, block: &IPBlock) {
    if block.cidr.is_empty() {
        causes.required(&path.child("cidr"), "");
        return;
    }
    causes.invalid_each(&path.child("cidr"), &block.cidr, text::cidr(&block.cidr));
    let Some(whole) = network(&block.cidr) else { return };
    for (index, except) in block.except.iter().flatten().enumerate() {
        let path = path.child("except").index(index);
        causes.invalid_each(&path, except, text::cidr(except));
        let Some(part) = network(except) else { continue };
        if !whole.contains(&part.addr()) || whole.prefix_len() >= part.prefix_len() {
            causes.invalid(&path, except, "must be a strict subset of `cidr`");
        }
    }
}

fn network(text: &str) -> Option<IpNet> {
    let (address, prefix) = text::parse_cidr(text)?;
    IpNet::new(address, prefix).ok().map(|network| network.trunc())
}
