//! The rules that objects must keep, each broken one with the API server's sentence.
//!
//! Models `pkg/apis/*/validation`. Every rule is checked and every broken one is reported, in upstream's
//! order, because a learner who fixes one at a time learns less.

mod causes;
mod service_ip;
mod text;

pub(crate) use causes::Causes;
pub(crate) use service_ip::cluster_ips;
