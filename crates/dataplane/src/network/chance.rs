//! One node's chances and memory, lent to a rule: the seed's numbers, clients seen, whose turn it is.

use std::net::IpAddr;
use std::time::Duration;

use packet::Time;

use super::Network;
use crate::proxy::Chance;

/// One node's chances and memory, lent to a rule.
pub(crate) struct NodeChance<'a> {
    /// The network.
    pub network: &'a mut Network,
    /// The node.
    pub node: &'a str,
    /// The moment.
    pub now: Time,
}

impl Chance for NodeChance<'_> {
    fn one_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.network.draw() % bound.max(1) as u64) as usize
    }

    fn seen(&mut self, list: &str, client: IpAddr, seconds: u32) -> bool {
        let now = self.now;
        let key = (list.to_owned(), client);
        let clients = &self.network.state(self.node).clients;
        clients
            .get(&key)
            .is_some_and(|last| now.since(*last) < Duration::from_secs(u64::from(seconds)))
    }

    fn remember(&mut self, list: &str, client: IpAddr) {
        let now = self.now;
        self.network.state(self.node).clients.insert((list.to_owned(), client), now);
    }

    fn turn(&mut self, list: &str) -> usize {
        let turns = self.network.state(self.node).turns.entry(list.to_owned()).or_default();
        *turns += 1;
        *turns - 1
    }
}
