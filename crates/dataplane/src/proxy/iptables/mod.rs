//! kube-proxy's `iptables` mode: `pkg/proxy/iptables/proxier.go`.
//!
//! `rule` is what a rule is and how it is written; `compile` makes the rules of Service ports;
//! `evaluate` asks a packet's way through them.

mod compile;
mod evaluate;
mod rule;

pub use compile::{Ruleset, compile};
pub use evaluate::ask;
pub use rule::{Match, Rule, Side, Style, Table, Target};
