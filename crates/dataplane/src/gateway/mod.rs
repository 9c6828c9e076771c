//! Gateway API: which listener takes a request, which route and rule it fits, what is done to it.
//!
//! Models the semantics of `sigs.k8s.io/gateway-api/apis/v1` (v1.6): attachment of routes to
//! listeners, precedence of matches, weights, filters, references across namespaces. Pure.

mod attach;
mod cors;
mod filter;
mod route;

pub use attach::{
    Conditions, ListenerOf, certificate, conditions, listeners_of, served, speaks_tls,
};
pub use filter::response as change_response;
pub use route::{Asked, Backend, Forward, Routed, Timeouts, duration, route};
