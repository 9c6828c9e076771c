//! What kube-proxy clears from the tracker: entries of UDP flows to endpoints that are gone.
//!
//! Models `pkg/proxy/conntrack/cleanup.go` (v1.36): after every sync, entries whose flow was sent to an
//! address and port of a Service that there is, and which no serving endpoint of it answers, go. What
//! is left: TCP, whose clients a reset tells; flows to Services that are gone; and everything on a
//! node whose kube-proxy does not run, until it does again.

use std::collections::BTreeSet;
use std::sync::Arc;

use manifest::ObjectRef;
use packet::{Protocol, Time};

use super::Network;
use crate::proxy::ServicePort;

impl Network {
    /// Every running kube-proxy has heard of a change of these Services.
    pub(super) fn forget_stale_datagrams(&mut self, changed: &BTreeSet<ObjectRef>, now: Time) {
        let ports: Vec<Arc<ServicePort>> =
            changed.iter().flat_map(|service| self.services.ports_of(service)).collect();
        let nodes: Vec<String> = self.states.keys().cloned().collect();
        for node in nodes {
            self.clean_up(&node, &ports, now);
        }
    }

    /// A kube-proxy that starts looks at the whole table.
    pub(super) fn clean_up_all(&mut self, node: &str, now: Time) {
        let services = &self.services;
        let ports: Vec<_> = services.ports(false).chain(services.ports(true)).cloned().collect();
        self.clean_up(node, &ports, now);
    }

    fn clean_up(&mut self, node: &str, ports: &[Arc<ServicePort>], now: Time) {
        let ports: Vec<&Arc<ServicePort>> =
            ports.iter().filter(|port| port.name.protocol == Protocol::Udp).collect();
        if ports.is_empty() {
            return;
        }
        let state = self.state(node);
        if state.frozen.is_none() {
            state.conntrack.flush(|entry| {
                let to = (entry.original.destination, entry.original.destination_port);
                entry.original.protocol == Protocol::Udp
                    && entry.expires > now
                    && ports.iter().any(|port| {
                        let ours = to.1 == port.port
                            && (to.0 == port.cluster_ip
                                || port.external_ips.contains(&to.0)
                                || port.load_balancer_ips.contains(&to.0))
                            || port.node_port == Some(to.1);
                        ours && !port.endpoints.iter().any(|endpoint| {
                            (endpoint.ready || endpoint.serving)
                                && (endpoint.address, endpoint.port)
                                    == (entry.reply.source, entry.reply.source_port)
                        })
                    })
            });
        }
    }
}
