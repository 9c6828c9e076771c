//! The CNI plugin `portmap`: `hostPort` as rules that lead from a node's port to one Pod.
//!
//! Models `plugins/meta/portmap` (v1.9), which most plugins chain after themselves: a chain for each
//! Pod, a jump for each protocol, and a mark for packets that must not go back the short way, because
//! they come from the Pod's own link or from the node's loopback.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::NodeInfo;
use crate::network::HostPort;
use crate::proxy::iptables::{Match, Rule, Ruleset, Side, Table, Target};

const DNAT: &str = "CNI-HOSTPORT-DNAT";
const MASQUERADE: &str = "CNI-HOSTPORT-MASQ";
const SET_MARK: &str = "CNI-HOSTPORT-SETMARK";
/// Characters of a Pod's chain after its prefix, so that the name fits into 28.
const CHAIN_DIGITS: usize = 21;

/// Adds the chains of a node's host ports, if it has any.
pub(crate) fn host_port_rules(
    rules: &mut Ruleset,
    node: &NodeInfo,
    ports: &[HostPort],
    ipv6: bool,
) {
    let ports: Vec<&HostPort> = ports.iter().filter(|it| it.address.is_ipv6() == ipv6).collect();
    if ports.is_empty() {
        return;
    }
    for hook in ["PREROUTING", "OUTPUT"] {
        let local = vec![Match::Local(Side::Destination)];
        rules.push(Table::Nat, hook, Rule::fixed(local, Target::Jump(DNAT.into())));
    }
    let comment = Match::Comment("CNI portfwd requiring masquerade".into());
    let jump = Rule::fixed(vec![comment], Target::Jump(MASQUERADE.into()));
    rules.put_first(Table::Nat, "POSTROUTING", jump);
    let masquerade = Target::Masquerade { random_fully: false };
    rules.push(Table::Nat, MASQUERADE, Rule::fixed(vec![Match::MarkedHostPort], masquerade));
    let comment = Match::Comment("CNI portfwd masquerade mark".into());
    rules.push(Table::Nat, SET_MARK, Rule::fixed(vec![comment], Target::MarkHostPort));
    for port in ports {
        let chain = format!("CNI-DN-{}", &port.sandbox[..CHAIN_DIGITS.min(port.sandbox.len())]);
        let comment = format!("dnat name: \\\"cbr0\\\" id: \\\"{}\\\"", port.sandbox);
        let matches = vec![
            Match::Protocol(port.protocol),
            Match::Comment(comment),
            Match::OneOfPorts(port.host_port),
        ];
        let of_pod = |matches, target| Rule {
            from: Some(port.field.clone()),
            ..Rule::fixed(matches, target)
        };
        rules.push(Table::Nat, DNAT, of_pod(matches, Target::Jump(chain.clone())));
        let mut matches = Vec::new();
        if let Some(address) = port.host_address {
            let (side, network) = (Side::Destination, IpNet::from(address));
            matches.push(Match::Address { side, network, negated: false });
        }
        matches.extend([Match::Protocol(port.protocol), Match::DestinationPort(port.host_port)]);
        let loopback = IpNet::from(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let own_link = node.pod_cidr(ipv6).unwrap_or(IpNet::from(port.address));
        for network in [Some(own_link), (!ipv6).then_some(loopback)].into_iter().flatten() {
            let mut back = vec![Match::Address { side: Side::Source, network, negated: false }];
            back.extend(matches.iter().cloned());
            rules.push(Table::Nat, &chain, Rule::fixed(back, Target::Jump(SET_MARK.into())));
        }
        let target = Target::Dnat { address: port.address, port: port.port };
        rules.push(Table::Nat, &chain, of_pod(matches, target));
    }
}
