//! The plugin's own rules: who keeps its address on the way out of the cluster, and who may pass.
//!
//! For Flannel these are flanneld's, rule by rule (`pkg/trafficmngr/iptables`). Other plugins get the
//! same decision in a chain of their name: Pods keep their address towards Pods and nodes' addresses
//! replace it towards everything else.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use super::{NodeInfo, Profile};
use crate::proxy::ProxyNode;
use crate::proxy::iptables::{Match, Rule, Ruleset, Side, Table, Target};

/// Adds the plugin's chains.
pub(crate) fn masquerade_rules(
    rules: &mut Ruleset,
    profile: &Profile,
    node: &NodeInfo,
    proxy: &ProxyNode,
    ipv6: bool,
) {
    let (Some(network), Some(own)) = (proxy.pod_network(ipv6), node.pod_cidr(ipv6)) else { return };
    let chain = profile.masquerade_chain;
    if profile.name != "Flannel" {
        rules.push(Table::Nat, "POSTROUTING", Rule::fixed(vec![], Target::Jump(chain.into())));
        let matches = vec![from(network), not_to(network)];
        let masquerade = Target::Masquerade { random_fully: true };
        rules.push(Table::Nat, chain, Rule::fixed(matches, masquerade));
        return;
    }
    let comment = || Match::Comment("flanneld masq".into());
    let jump = Rule::fixed(vec![comment()], Target::Jump(chain.into()));
    rules.push(Table::Nat, "POSTROUTING", jump);
    let masquerade = Target::Masquerade { random_fully: true };
    for (matches, target) in [
        (vec![Match::Marked, comment()], Target::Return),
        (vec![from(own), to(network), comment()], Target::Return),
        (vec![from(network), to(own), comment()], Target::Return),
        (vec![not_from(network), to(own), comment()], Target::Return),
        (vec![from(network), not_to(multicast(ipv6)), comment()], masquerade.clone()),
        (vec![not_from(network), to(network), comment()], masquerade),
    ] {
        rules.push(Table::Nat, chain, Rule::fixed(matches, target));
    }
    let comment = || Match::Comment("flanneld forward".into());
    let jump = Rule::fixed(vec![comment()], Target::Jump("FLANNEL-FWD".into()));
    rules.push(Table::Filter, "FORWARD", jump);
    for matches in [vec![from(network), comment()], vec![to(network), comment()]] {
        rules.push(Table::Filter, "FLANNEL-FWD", Rule::fixed(matches, Target::Accept));
    }
}

fn from(network: IpNet) -> Match {
    Match::Address { side: Side::Source, network, negated: false }
}

fn not_from(network: IpNet) -> Match {
    Match::Address { side: Side::Source, network, negated: true }
}

fn to(network: IpNet) -> Match {
    Match::Address { side: Side::Destination, network, negated: false }
}

fn not_to(network: IpNet) -> Match {
    Match::Address { side: Side::Destination, network, negated: true }
}

fn multicast(ipv6: bool) -> IpNet {
    let (address, length) = if ipv6 {
        (IpAddr::V6(Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0)), 8)
    } else {
        (IpAddr::V4(Ipv4Addr::new(224, 0, 0, 0)), 4)
    };
    IpNet::new(address, length).expect("a literal network")
}
