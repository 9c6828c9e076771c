//! The load balancers a network knows, and the flows they have sent on.

use std::collections::BTreeMap;
use std::net::IpAddr;

use imbl::OrdMap;
use manifest::ObjectRef;
use packet::FiveTuple;

use super::{Network, Owner};
use crate::balancer::{Balancer, Provider};

/// A balancer forgets its flows once there are so many.
const FLOWS: usize = 8192;

/// The load balancers of a network.
#[derive(Clone, Debug, Default)]
pub(crate) struct Balancers {
    by_owner: OrdMap<ObjectRef, Balancer>,
    /// Flows as clients sent them, by the tuple their answers have.
    by_answer: OrdMap<FiveTuple, (FiveTuple, Balanced)>,
    /// The node each flow was sent to.
    nodes: OrdMap<FiveTuple, String>,
}

/// Where a flow was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Balanced {
    /// The Service whose load balancer it was.
    pub owner: ObjectRef,
    /// The node.
    pub node: String,
}

impl Network {
    /// Takes over which load balancers there are.
    pub(crate) fn set_balancers(&mut self, balancers: BTreeMap<ObjectRef, Balancer>) {
        let new: OrdMap<ObjectRef, Balancer> = balancers.into_iter().collect();
        let old = std::mem::replace(&mut self.balancers.by_owner, new.clone());
        if old == new {
            return;
        }
        for (owner, balancer) in &old {
            for address in [balancer.address, balancer.inside] {
                if self.owners.get(&address) == Some(&Owner::LoadBalancer(owner.clone())) {
                    self.owners.remove(&address);
                }
            }
        }
        for (owner, balancer) in &new {
            for address in [balancer.address, balancer.inside] {
                self.owners.insert(address, Owner::LoadBalancer(owner.clone()));
            }
        }
    }

    /// The load balancer of a Service or an Ingress; one that nobody told of only has its address
    /// announced.
    pub(crate) fn balancer(&self, owner: &ObjectRef) -> Option<Balancer> {
        self.balancers.by_owner.get(owner).copied()
    }

    /// What stands behind a Service's or an Ingress' outside address.
    pub(crate) fn provider(&self, owner: &ObjectRef) -> Provider {
        self.balancer(owner).map_or(Provider::Announced, |balancer| balancer.provider)
    }

    /// Whether a load balancer's address is known to the nodes' network only.
    pub(crate) fn is_inside(&self, owner: &ObjectRef, address: IpAddr) -> bool {
        self.balancer(owner).is_some_and(|balancer| balancer.inside == address)
    }

    pub(crate) fn remember_balanced(
        &mut self,
        asked: FiveTuple,
        answer: FiveTuple,
        balanced: Balanced,
    ) {
        if self.balancers.nodes.len() >= FLOWS {
            self.balancers.nodes.clear();
            self.balancers.by_answer.clear();
        }
        self.balancers.nodes.insert(asked, balanced.node.clone());
        self.balancers.by_answer.insert(answer, (asked, balanced));
    }

    /// The flow whose answers have this tuple, and where it was sent.
    pub(crate) fn balanced(&self, answer: &FiveTuple) -> Option<&(FiveTuple, Balanced)> {
        self.balancers.by_answer.get(answer)
    }

    /// The node that a flow was sent to before.
    pub(crate) fn balanced_to(&self, asked: &FiveTuple) -> Option<&String> {
        self.balancers.nodes.get(asked)
    }

    /// Whether a node's kube-proxy, or what replaces it, runs and answers health checks.
    pub(crate) fn is_proxy_running(&self, node: &str) -> bool {
        self.states.get(node).is_none_or(|state| state.frozen.is_none())
    }
}
