//! What a picture of the cluster shows of its network, beside the objects themselves.
//!
//! Nothing here walks a packet: it reads what the policies, the nodes' rules and the processes in
//! Pods would be asked when one comes.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::Pod;
use manifest::ObjectRef;
use packet::Protocol;
use trace::PolicyDirection;

use crate::Network;
use crate::application::{self, App};
use crate::ingress::Controller;
use crate::netns::Profile;
use crate::policy::Facts;

impl Network {
    /// The CNI plugin's row; none without a plugin.
    pub fn plugin(&self) -> Option<&'static Profile> {
        self.config.cni.profile()
    }

    /// The policies that isolate a Pod in a direction, whether or not the plugin enforces them.
    pub fn isolating(&self, pod: &ObjectRef, direction: PolicyDirection) -> Vec<ObjectRef> {
        let facts = Facts::of(&self.snapshot, pod);
        facts.map(|facts| self.policies.isolating(direction, &facts)).unwrap_or_default()
    }

    /// The Services whose addresses a node's kernel translates.
    pub fn translated_on(&self, node: &str) -> BTreeSet<ObjectRef> {
        let services = self.services_at(node);
        let ports = services.ports(false).chain(services.ports(true));
        ports.map(|port| port.service.clone()).collect()
    }

    /// The machines on the internet, by address.
    pub fn machines(&self) -> &BTreeMap<IpAddr, String> {
        &self.config.internet
    }
}

/// The controller of Ingresses in a Pod, if one of its processes is one.
pub fn ingress_controller(snapshot: &Snapshot, pod: &Pod) -> Option<Controller> {
    application::listeners(snapshot, pod).into_iter().find_map(|(_, listener)| match listener.app {
        App::Controller { class, product } => Some(Controller::of(&class, &product)),
        _ => None,
    })
}

/// The ports on which the processes in a Pod take TCP connections, in order.
pub fn listening_ports(snapshot: &Snapshot, pod: &Pod) -> Vec<u16> {
    let listeners = application::listeners(snapshot, pod).into_iter();
    let tcp = listeners.filter(|(_, listener)| listener.protocol == Protocol::Tcp);
    tcp.map(|(_, listener)| listener.port).collect()
}
