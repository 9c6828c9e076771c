//! One `iptables` rule: what it matches and what it does, in both of its written forms.
//!
//! kube-proxy feeds rules to `iptables-restore` in its own order; `iptables-save` prints the same
//! rules back in the kernel's. Both are made from the same value that `evaluate` decides by.

use std::fmt::Write;
use std::net::IpAddr;

use ipnet::IpNet;
use packet::{Protocol, socket};
use trace::FieldRef;

use crate::proxy::ServicePortName;

/// A table of rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// `filter`: whether a packet may pass.
    Filter,
    /// `nat`: what becomes of its addresses.
    Nat,
}

impl Table {
    /// `filter`.
    pub fn name(self) -> &'static str {
        match self {
            Table::Filter => "filter",
            Table::Nat => "nat",
        }
    }
}

/// Which written form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As kube-proxy writes it for `iptables-restore`.
    Restore,
    /// As `iptables-save` prints it.
    Save,
}

/// Which end of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Its source.
    Source,
    /// Its destination.
    Destination,
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq)]
pub enum Match {
    /// `-m comment`: matches everything.
    Comment(String),
    /// `-p tcp`.
    Protocol(Protocol),
    /// `-s`, `-d`.
    Address {
        /// Which end.
        side: Side,
        /// The block.
        network: IpNet,
        /// Whether the rule wants it outside the block.
        negated: bool,
    },
    /// `--dport`.
    DestinationPort(u16),
    /// `-m addrtype … LOCAL`.
    Local(Side),
    /// `-m conntrack --ctstate NEW`.
    StateNew,
    /// `-m conntrack --ctstate RELATED,ESTABLISHED`.
    StateKnown,
    /// `-m conntrack --ctstate INVALID -m nfacct …`.
    StateInvalid,
    /// `-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT`.
    StateUnknownUntranslated,
    /// `-m mark --mark 0x4000/0x4000`.
    Marked,
    /// `-m mark ! --mark 0x4000/0x4000`.
    Unmarked,
    /// `-m mark --mark 0x2000/0x2000`.
    MarkedHostPort,
    /// `-m multiport --dports`, with one port.
    OneOfPorts(u16),
    /// `-m set --match-set`: the set's name and the directions in which it is asked.
    Set {
        /// `KUBE-CLUSTER-IP`.
        name: &'static str,
        /// `dst,dst`.
        directions: &'static str,
    },
    /// `-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL`: neither from a bridge nor from here.
    FromElsewhere,
    /// `-m statistic --mode random`: one in this many.
    Random(usize),
    /// `-m recent --rcheck`: the client was here within so many seconds.
    RecentlySeen {
        /// The list.
        list: String,
        /// Seconds.
        seconds: u32,
    },
    /// `-m recent --set`: matches everything and remembers the client.
    Remember(String),
    /// `-m nfacct`: matches everything and counts.
    Count(&'static str),
}

/// What a rule does with a packet that matches.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Goes on in another chain.
    Jump(String),
    /// Lets it pass.
    Accept,
    /// Goes back to the chain before.
    Return,
    /// Ends it in silence.
    Drop,
    /// Ends it and tells the sender.
    Reject,
    /// Sets the mark.
    Mark,
    /// Sets the mark of host ports.
    MarkHostPort,
    /// Clears the mark.
    Unmark,
    /// Rewrites the destination.
    Dnat {
        /// The new address.
        address: IpAddr,
        /// The new port.
        port: u16,
    },
    /// Rewrites the source to the outgoing device's address.
    Masquerade {
        /// With random ports.
        random_fully: bool,
    },
    /// Does nothing: the rule is there for its comment.
    Nothing,
}

/// One rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// Its conditions, in the order kube-proxy writes them.
    pub matches: Vec<Match>,
    /// What it does.
    pub target: Target,
    /// The field it was made from.
    pub from: Option<FieldRef>,
    /// The Service port it was made for.
    pub service: Option<ServicePortName>,
}

impl Rule {
    /// A rule of kube-proxy's own, made from no object.
    pub fn fixed(matches: Vec<Match>, target: Target) -> Self {
        Self { matches, target, from: None, service: None }
    }

    /// The rule as a line of a dump: `-A KUBE-SERVICES …`.
    pub fn line(&self, chain: &str, style: Style) -> String {
        let mut out = format!("-A {chain}");
        match style {
            Style::Restore => {
                for condition in &self.matches {
                    condition.write_restore(&mut out);
                }
            }
            Style::Save => {
                for side in [Side::Source, Side::Destination] {
                    self.matches
                        .iter()
                        .for_each(|condition| condition.write_address(side, &mut out));
                }
                self.matches.iter().for_each(|condition| condition.write_protocol(&mut out));
                let protocol = self.matches.iter().find_map(|condition| match condition {
                    Match::Protocol(protocol) => Some(*protocol),
                    _ => None,
                });
                for condition in &self.matches {
                    condition.write_save(protocol, &mut out);
                }
            }
        }
        self.target.write(style, &mut out);
        out
    }
}

impl Match {
    fn write_restore(&self, out: &mut String) {
        match self {
            Match::Comment(text) if text.contains(' ') => {
                push(out, &format!("-m comment --comment \"{text}\""))
            }
            Match::Comment(text) => push(out, &format!("-m comment --comment {text}")),
            Match::Protocol(protocol) => {
                push(out, &format!("-m {0} -p {0}", protocol.lower()));
            }
            Match::Address { side, network, negated } => {
                let single = network.prefix_len() == network.max_prefix_len();
                let text = if single && !negated {
                    network.addr().to_string()
                } else {
                    network.to_string()
                };
                push(out, &address_flag(*side, *negated, &text));
            }
            Match::DestinationPort(port) => push(out, &format!("--dport {port}")),
            Match::RecentlySeen { list, seconds } => {
                push(out, &format!("-m recent --name {list} --rcheck --seconds {seconds} --reap"));
            }
            Match::Remember(list) => push(out, &format!("-m recent --name {list} --set")),
            Match::Random(of) => {
                let probability = 1.0 / *of as f64;
                push(out, &format!("-m statistic --mode random --probability {probability:.10}"));
            }
            Match::Local(_)
            | Match::StateNew
            | Match::StateKnown
            | Match::StateInvalid
            | Match::StateUnknownUntranslated
            | Match::Marked
            | Match::Unmarked
            | Match::MarkedHostPort
            | Match::OneOfPorts(_)
            | Match::Set { .. }
            | Match::FromElsewhere
            | Match::Count(_) => self.write_common(out),
        }
    }

    fn write_save(&self, protocol: Option<Protocol>, out: &mut String) {
        match self {
            Match::Comment(text) => {
                let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
                let quote = if plain { "" } else { "\"" };
                push(out, &format!("-m comment --comment {quote}{text}{quote}"));
            }
            Match::Protocol(_) | Match::Address { .. } => {}
            Match::DestinationPort(port) => {
                let protocol = protocol.unwrap_or(Protocol::Tcp).lower();
                push(out, &format!("-m {protocol} --dport {port}"));
            }
            Match::RecentlySeen { list, seconds } => push(
                out,
                &format!(
                    "-m recent --rcheck --seconds {seconds} --reap --name {list} --mask 255.255.255.255 --rsource"
                ),
            ),
            Match::Remember(list) => push(
                out,
                &format!("-m recent --set --name {list} --mask 255.255.255.255 --rsource"),
            ),
            Match::Random(of) => {
                // The kernel keeps the probability in 31 bits, which the printed digits show.
                let written = format!("{:.10}", 1.0 / *of as f64);
                let wanted: f64 = written.parse().unwrap_or_default();
                let kept = (wanted * f64::from(1u32 << 31)).round() / f64::from(1u32 << 31);
                push(out, &format!("-m statistic --mode random --probability {kept:.11}"));
            }
            Match::Local(_)
            | Match::StateNew
            | Match::StateKnown
            | Match::StateInvalid
            | Match::StateUnknownUntranslated
            | Match::Marked
            | Match::Unmarked
            | Match::MarkedHostPort
            | Match::OneOfPorts(_)
            | Match::Set { .. }
            | Match::FromElsewhere
            | Match::Count(_) => self.write_common(out),
        }
    }

    /// The conditions that are written alike in both forms.
    fn write_common(&self, out: &mut String) {
        let text = match self {
            Match::Local(Side::Source) => "-m addrtype --src-type LOCAL".to_owned(),
            Match::Local(Side::Destination) => "-m addrtype --dst-type LOCAL".to_owned(),
            Match::StateNew => "-m conntrack --ctstate NEW".to_owned(),
            Match::StateKnown => "-m conntrack --ctstate RELATED,ESTABLISHED".to_owned(),
            Match::StateInvalid => "-m conntrack --ctstate INVALID".to_owned(),
            Match::StateUnknownUntranslated => {
                "-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT".to_owned()
            }
            Match::Marked => "-m mark --mark 0x4000/0x4000".to_owned(),
            Match::Unmarked => "-m mark ! --mark 0x4000/0x4000".to_owned(),
            Match::MarkedHostPort => "-m mark --mark 0x2000/0x2000".to_owned(),
            Match::OneOfPorts(port) => format!("-m multiport --dports {port}"),
            Match::Set { name, directions } => format!("-m set --match-set {name} {directions}"),
            Match::FromElsewhere => {
                "-m physdev ! --physdev-is-in -m addrtype ! --src-type LOCAL".to_owned()
            }
            Match::Count(name) => format!("-m nfacct --nfacct-name {name}"),
            Match::Comment(_)
            | Match::Protocol(_)
            | Match::Address { .. }
            | Match::DestinationPort(_)
            | Match::Random(_)
            | Match::RecentlySeen { .. }
            | Match::Remember(_) => return,
        };
        push(out, &text);
    }

    fn write_address(&self, wanted: Side, out: &mut String) {
        if let Match::Address { side, network, negated } = self
            && *side == wanted
        {
            push(out, &address_flag(*side, *negated, &network.to_string()));
        }
    }

    fn write_protocol(&self, out: &mut String) {
        if let Match::Protocol(protocol) = self {
            push(out, &format!("-p {}", protocol.lower()));
        }
    }
}

impl Target {
    fn write(&self, style: Style, out: &mut String) {
        let save = style == Style::Save;
        let text = match self {
            Target::Jump(chain) => chain.clone(),
            Target::Accept => "ACCEPT".to_owned(),
            Target::Return => "RETURN".to_owned(),
            Target::Drop => "DROP".to_owned(),
            Target::Reject if save => "REJECT --reject-with icmp-port-unreachable".to_owned(),
            Target::Reject => "REJECT".to_owned(),
            Target::Mark if save => "MARK --set-xmark 0x4000/0x4000".to_owned(),
            Target::Mark => "MARK --or-mark 0x4000".to_owned(),
            Target::MarkHostPort => "MARK --set-xmark 0x2000/0x2000".to_owned(),
            Target::Unmark if save => "MARK --set-xmark 0x4000/0x0".to_owned(),
            Target::Unmark => "MARK --xor-mark 0x4000".to_owned(),
            Target::Dnat { address, port } => {
                format!("DNAT --to-destination {}", socket(*address, *port))
            }
            Target::Masquerade { random_fully: true } => "MASQUERADE --random-fully".to_owned(),
            Target::Masquerade { random_fully: false } => "MASQUERADE".to_owned(),
            Target::Nothing => return,
        };
        push(out, &format!("-j {text}"));
    }
}

fn address_flag(side: Side, negated: bool, network: &str) -> String {
    let flag = match side {
        Side::Source => "-s",
        Side::Destination => "-d",
    };
    if negated { format!("! {flag} {network}") } else { format!("{flag} {network}") }
}

fn push(out: &mut String, text: &str) {
    write!(out, " {text}").expect("writing to a string succeeds");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_a_random_rule_as_both_tools_do() {
        let rule = Rule::fixed(
            vec![Match::Comment("default/web -> 10.244.1.5:8080".into()), Match::Random(3)],
            Target::Jump("KUBE-SEP-X".into()),
        );
        assert_eq!(
            rule.line("KUBE-SVC-X", Style::Restore),
            "-A KUBE-SVC-X -m comment --comment \"default/web -> 10.244.1.5:8080\" -m statistic --mode random --probability 0.3333333333 -j KUBE-SEP-X"
        );
        assert_eq!(
            rule.line("KUBE-SVC-X", Style::Save),
            "-A KUBE-SVC-X -m comment --comment \"default/web -> 10.244.1.5:8080\" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-X"
        );
    }
}
