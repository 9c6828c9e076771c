//! The data plane: kernel tables compiled from a snapshot, a packet's walk through them, and the
//! processes at both ends that resolve names, listen and answer.

pub mod application;
pub mod conntrack;
pub mod directory;
pub mod dns;
pub mod http;
pub mod netns;
pub mod network;
pub mod policy;
pub mod proxy;
mod walk;

pub use netns::Cni;
pub use network::{Faults, Listeners, Listening, Network, NetworkConfig};
pub use proxy::ProxyMode;
