//! Names: CoreDNS as its Corefile configures it, and the resolver in every Pod that asks it.
//!
//! Everything here is pure: a question, the cluster and a configuration go in, an answer comes out.
//! The packets that carry both are the driver's.

mod corefile;
mod kubernetes;
mod resolver;
mod server;
mod zone_text;

pub use corefile::{
    COREFILE_PATH, Corefile, CorefileError, DEFAULT_COREFILE, Plugin, ServerBlock,
    address_of_reverse, fully_qualified, is_within, reverse_of_address,
};
pub use kubernetes::Surroundings;
pub use resolver::{
    Flavour, Heard, KubeletDns, Next, ResolvConf, Turn, candidates, next, record_types, schedule,
};
pub use server::{Memory, Reply, Server, Unconnected, Upstream, looping};
pub use zone_text::record as parse_record;
