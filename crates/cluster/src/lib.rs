//! The whole simulated cluster as one value: the one API that the upper floors use.
//!
//! A `Cluster` owns the clock and the seed. Every mutation settles the controllers before it
//! returns, so what a caller sees is never half-way. Nothing above this crate talks to the API
//! server, the controllers or the data plane by itself.

mod apply;
mod breakable;
mod catalogue;
mod choices;
mod cluster;
mod dump;
mod edits;
mod example;
mod fault;
mod history;
mod moment;
mod node;
mod nodes;
mod outside;
mod place;
mod probes;
mod rebuild;
mod scenario;
mod settings;
mod sources;
mod system;

pub use apply::{Applied, FileFindings, ObjectResult, effect_word};
pub use choices::{Choice, Part};
pub use cluster::Cluster;
pub use dataplane::{Cni, ProxyMode, Request, RequestKind};
pub use example::{EXAMPLES, Example};
pub use fault::{Fault, Flaw};
pub use moment::{Difference, Moment, Round, differences};
pub use node::KUBERNETES_VERSION;
pub use scenario::{NodeSpec, Scenario, SourceFile};
pub use settings::{GatewayController, IngressController, LoadBalancer, Settings};
pub use sources::SourceSpan;
