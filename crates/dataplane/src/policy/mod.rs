//! NetworkPolicy: which connections may be made, and which clause said so.
//!
//! `index` keeps the policies of a cluster in a form that is quick to ask; `evaluate` is one pure
//! function of a direction, a Pod, its peer, a protocol and a port. The semantics are those of
//! `k8s.io/api/networking/v1` and of the documentation's page on network policies: policies only ever
//! allow, their union counts, answers need no rule, and evaluation happens after destination NAT.
//! Whether anybody asks at all is the CNI plugin's business.

mod evaluate;
mod index;
mod matrix;
mod selector;

pub use evaluate::{allows, evaluate};
pub use index::{Facts, NamedPort, Peer, PolicyIndex};
pub use matrix::{Matrix, MatrixChange};
