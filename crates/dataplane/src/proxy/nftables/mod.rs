//! kube-proxy's `nftables` mode: `pkg/proxy/nftables/proxier.go`.
//!
//! `rule` is what a rule is and how it is written; `compile` makes the chains and map elements of
//! Service ports; `evaluate` asks a packet's way through them.

mod compile;
mod evaluate;
mod rule;

pub use compile::{Element, Ruleset, compile, complete};
pub use evaluate::ask;
pub use rule::{Action, Condition, Map, Rule, Style};
