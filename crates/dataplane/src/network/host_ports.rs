//! Ports of nodes that lead to one Pod: every `hostPort`, by node and Pod.
//!
//! Who leads them there is the plugin's: most chain `portmap`, Cilium does it itself where it replaces
//! kube-proxy, and nobody does where it does not.

use std::net::IpAddr;

use imbl::OrdMap;
use k8s_openapi::api::core::v1::Pod;
use manifest::{FieldPath, ObjectRef};
use packet::Protocol;
use sha2::{Digest, Sha256};
use trace::FieldRef;

use super::{Network, has_own_network, node_of, pod_addresses};

/// One port of a node that leads to a Pod.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct HostPort {
    pub protocol: Protocol,
    /// `hostIP`, if it is only for one of the node's addresses.
    pub host_address: Option<IpAddr>,
    pub host_port: u16,
    /// The Pod's address and port.
    pub address: IpAddr,
    pub port: u16,
    /// The identifier of the Pod's sandbox container.
    pub sandbox: String,
    /// `hostPort` in the Pod.
    pub field: FieldRef,
}

/// The host ports of a network.
#[derive(Clone, Debug, Default)]
pub(crate) struct HostPorts {
    by_node: OrdMap<String, OrdMap<ObjectRef, Vec<HostPort>>>,
    version: u64,
}

impl HostPorts {
    /// Takes over a Pod's; answers nothing for one without.
    pub fn attach(&mut self, reference: ObjectRef, pod: &Pod) {
        let ports = of_pod(&reference, pod);
        if !ports.is_empty() {
            let of_node = self.by_node.entry(node_of(pod).to_owned()).or_default();
            of_node.insert(reference, ports);
            self.version += 1;
        }
    }

    /// Forgets a Pod's.
    pub fn detach(&mut self, reference: &ObjectRef, pod: &Pod) {
        let of_node = self.by_node.get_mut(node_of(pod));
        if of_node.is_some_and(|of_node| of_node.remove(reference).is_some()) {
            self.version += 1;
        }
    }

    /// How often they have changed.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl Network {
    /// The host ports of a node.
    pub(crate) fn host_ports_of(&self, node: &str) -> Vec<HostPort> {
        let of_node = self.host_ports.by_node.get(node);
        of_node.into_iter().flat_map(|pods| pods.values()).flatten().cloned().collect()
    }
}

fn of_pod(reference: &ObjectRef, pod: &Pod) -> Vec<HostPort> {
    let addresses = pod_addresses(pod);
    if !has_own_network(pod) || addresses.is_empty() {
        return Vec::new();
    }
    let uid = pod.metadata.uid.clone().unwrap_or_else(|| reference.namespaced_name());
    let sandbox: String =
        Sha256::digest(uid.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
    let mut found = Vec::new();
    for (at, container) in pod.spec.iter().flat_map(|spec| &spec.containers).enumerate() {
        for (number, port) in container.ports.iter().flatten().enumerate() {
            let wanted = port.host_port.and_then(|port| u16::try_from(port).ok());
            let (Some(host_port), Ok(own)) = (wanted, u16::try_from(port.container_port)) else {
                continue;
            };
            let host_address: Option<IpAddr> =
                port.host_ip.as_deref().and_then(|text| text.parse().ok());
            let host_address = host_address.filter(|address| !address.is_unspecified());
            let path = FieldPath::of("spec.containers").index(at).child("ports").index(number);
            for address in &addresses {
                if host_address.is_some_and(|own| own.is_ipv6() != address.is_ipv6()) {
                    continue;
                }
                found.push(HostPort {
                    protocol: Protocol::from_kubernetes(port.protocol.as_deref())
                        .unwrap_or(Protocol::Tcp),
                    host_address,
                    host_port,
                    address: *address,
                    port: own,
                    sandbox: sandbox.clone(),
                    field: FieldRef::new(reference.clone(), path.child("hostPort")),
                });
            }
        }
    }
    found
}
