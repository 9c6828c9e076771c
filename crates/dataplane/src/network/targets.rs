//! Health checks: which nodes a load balancer sends packets to.
//!
//! What a check finds is worked out when a packet needs it, from the rules and processes of that
//! moment, as if every check had just come round.

use std::net::IpAddr;
use std::sync::Arc;

use manifest::ObjectRef;
use packet::{FiveTuple, Packet, Tcp, TcpFlags, Time, Transport};
use trace::{Evidence, Place, Verdict};

use super::{Listeners, Network};
use crate::balancer::{HealthCheck, Provider};
use crate::netns::{NodeInfo, flow_port};
use crate::proxy::ServicePort;

/// In a cluster with more nodes, checks end with the first node that passes.
const CHECKED: usize = 16;
/// A port that health checks are sent from.
const CHECK_PORT: u16 = 20_000;

/// What a balancer knows of its nodes.
pub(crate) struct Targets {
    /// The node for this flow; none if there is none to send it to.
    pub chosen: Option<Arc<NodeInfo>>,
    /// Why.
    pub evidence: Evidence,
}

impl Network {
    /// Which nodes pass the health check, and the one that this flow goes to.
    pub(crate) fn targets(
        &self,
        owner: &ObjectRef,
        port: &ServicePort,
        tuple: &FiveTuple,
        listeners: &dyn Listeners,
        now: Time,
    ) -> Targets {
        let provider = self.provider(owner);
        let nodes: Vec<Arc<NodeInfo>> = self.nodes().cloned().collect();
        let start = usize::from(flow_port(tuple)).checked_rem(nodes.len()).unwrap_or_default();
        let known = self.balanced_to(tuple);
        let (mut healthy, mut failing) = (Vec::new(), Vec::new());
        for offset in 0..nodes.len() {
            let node = &nodes[(start + offset) % nodes.len()];
            if self.passes(owner, port, node, listeners, now) {
                &mut healthy
            } else {
                &mut failing
            }
            .push(node);
            if nodes.len() > CHECKED && !healthy.is_empty() {
                break;
            }
        }
        let open = healthy.is_empty() && provider.fails_open();
        let remembered = nodes.iter().find(|node| Some(&node.name) == known);
        let chosen = remembered.or_else(|| healthy.first().copied());
        let chosen = chosen.or_else(|| failing.first().copied().filter(|_| open)).cloned();
        let names = |nodes: &[&Arc<NodeInfo>]| -> Vec<String> {
            let mut names: Vec<String> = nodes.iter().map(|node| node.name.clone()).collect();
            names.sort_unstable();
            names
        };
        let evidence = Evidence::Targets {
            healthy: names(&healthy),
            failing: names(&failing),
            check: check_of(provider, port),
            open,
        };
        Targets { chosen, evidence }
    }

    /// Whether a node passes a balancer's check for a Service.
    fn passes(
        &self,
        owner: &ObjectRef,
        port: &ServicePort,
        node: &NodeInfo,
        listeners: &dyn Listeners,
        now: Time,
    ) -> bool {
        if self.faults.cut_off(&node.name) {
            return false;
        }
        let kube_proxy_runs = self.is_proxy_running(&node.name);
        let check = self.provider(owner).health_check();
        if port.external_local {
            let has_endpoint = port.endpoints.iter().any(|endpoint| {
                endpoint.ready && endpoint.node.as_deref() == Some(node.name.as_str())
            });
            return has_endpoint && (kube_proxy_runs || check == HealthCheck::Never);
        }
        match check {
            HealthCheck::Never => true,
            HealthCheck::KubeProxy => kube_proxy_runs,
            HealthCheck::NodePort => {
                let ipv6 = port.cluster_ip.is_ipv6();
                match (node.address(ipv6), port.node_port) {
                    (Some(address), Some(number)) => {
                        self.connects(owner, (address, number), listeners, now)
                    }
                    _ => false,
                }
            }
        }
    }

    /// Whether a connection of the balancer's own gets as far as a process, tried on a copy of the
    /// network so that the check leaves no trace.
    fn connects(
        &self,
        owner: &ObjectRef,
        (address, port): (IpAddr, u16),
        listeners: &dyn Listeners,
        now: Time,
    ) -> bool {
        let Some(balancer) = self.balancer(owner) else { return false };
        let mut network = self.clone();
        let place = Place::LoadBalancer(owner.clone());
        let syn = Tcp {
            source_port: CHECK_PORT,
            destination_port: port,
            sequence: 0,
            acknowledgement: 0,
            flags: TcpFlags { syn: true, ..TcpFlags::default() },
            window: 0,
            payload: packet::Payload::Empty,
        };
        let packet = Packet {
            source: balancer.checks_from(),
            destination: address,
            ttl: 64,
            identification: 0,
            dont_fragment: true,
            transport: Transport::Tcp(syn),
        };
        let trace = network.transmit(&place, packet, now, Vec::new(), listeners);
        trace.verdict() == Verdict::Delivered
    }
}

/// What a balancer asks nodes for.
fn check_of(provider: Provider, port: &ServicePort) -> String {
    if port.external_local {
        let number = port.health_check_node_port.unwrap_or_default();
        return format!("HTTP :{number}/healthz");
    }
    match provider.health_check() {
        HealthCheck::Never => String::new(),
        HealthCheck::KubeProxy => "HTTP :10256/healthz".to_owned(),
        HealthCheck::NodePort => format!("TCP :{}", port.node_port.unwrap_or_default()),
    }
}
