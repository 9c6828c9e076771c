//! The addresses a node gives to its Pods.
//!
//! Models the CNI plugin `host-local`: round-robin in one range, beginning after the address
//! reserved last, so that a deleted Pod's address is not at once another's. The first address of
//! the range is the bridge's.

use std::net::IpAddr;

use imbl::OrdMap;
use ipnet::IpNet;

/// One range and what of it is taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Ipam {
    range: IpNet,
    last: Option<IpAddr>,
    reserved: OrdMap<IpAddr, String>,
}

impl Ipam {
    /// A range of which nothing is taken.
    pub fn new(range: IpNet) -> Self {
        Self { range: range.trunc(), last: None, reserved: OrdMap::new() }
    }

    /// The range.
    pub fn range(&self) -> IpNet {
        self.range
    }

    /// Who holds which address (holder: the Pod's uid).
    pub fn reserved(&self) -> impl Iterator<Item = (IpAddr, &str)> {
        self.reserved.iter().map(|(address, holder)| (*address, holder.as_str()))
    }

    /// Makes `next` the first address tried.
    pub fn set_next(&mut self, next: IpAddr) {
        self.last = from_number(self.range, to_number(next).wrapping_sub(1));
    }

    /// Reserves the next free address for a holder; the same again if it has one. `None` if the
    /// range is used up.
    pub fn reserve(&mut self, holder: &str) -> Option<IpAddr> {
        if let Some((address, _)) = self.reserved.iter().find(|(_, name)| name.as_str() == holder) {
            return Some(*address);
        }
        let first = to_number(self.range.network()) + 2;
        let end = to_number(self.range.broadcast());
        let end = if self.range.addr().is_ipv4() { end.saturating_sub(1) } else { end };
        if first > end {
            return None;
        }
        let start = self.last.map_or(first, |last| to_number(last) + 1);
        let start = if (first..=end).contains(&start) { start } else { first };
        let free = (start..=end)
            .chain(first..start)
            .filter_map(|number| from_number(self.range, number))
            .find(|address| !self.reserved.contains_key(address))?;
        self.reserved.insert(free, holder.to_owned());
        self.last = Some(free);
        Some(free)
    }

    /// Gives back what a holder has.
    pub fn release(&mut self, holder: &str) {
        self.reserved = self
            .reserved
            .iter()
            .filter(|(_, name)| *name != holder)
            .map(|(a, n)| (*a, n.clone()))
            .collect();
    }
}

fn to_number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u32::from(address).into(),
        IpAddr::V6(address) => address.into(),
    }
}

fn from_number(range: IpNet, number: u128) -> Option<IpAddr> {
    match range {
        IpNet::V4(_) => u32::try_from(number).ok().map(|number| IpAddr::V4(number.into())),
        IpNet::V6(_) => Some(IpAddr::V6(number.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(text: &str) -> Ipam {
        Ipam::new(text.parse().expect("a CIDR"))
    }

    #[test]
    fn does_not_reuse_an_address_at_once() {
        let mut ipam = range("10.244.1.0/24");
        ipam.set_next("10.244.1.10".parse().expect("an address"));
        let taken: Vec<_> = ["a", "b", "c"]
            .iter()
            .map(|uid| ipam.reserve(uid).expect("free").to_string())
            .collect();
        assert_eq!(taken, ["10.244.1.10", "10.244.1.11", "10.244.1.12"]);
        ipam.release("b");
        assert_eq!(ipam.reserve("d").expect("free").to_string(), "10.244.1.13");
    }

    #[test]
    fn wraps_round_and_runs_out() {
        let mut ipam = range("10.0.0.0/29");
        let taken: Vec<_> = (0..6).map(|uid| ipam.reserve(&uid.to_string())).collect();
        assert_eq!(taken[4].expect("free").to_string(), "10.0.0.6");
        assert_eq!(taken[5], None);
        ipam.release("1");
        assert_eq!(ipam.reserve("9").expect("free").to_string(), "10.0.0.3");
    }
}
