//! The control loops, from Deployment to kubelet, and the runner that lets them settle.
//!
//! Every controller is a pure function `reconcile(view, key, now) -> Outcome` in a file of its own;
//! [`settle`] applies outcomes through the API server until nothing is left to do. [`World`] holds
//! what stands behind the objects: machines, addresses, images, faults. No packet is walked here
//! (that is `dataplane`), and no clock is read.

pub mod adopt;
pub mod application_load_balancer;
pub mod aws;
pub mod cron_job;
pub mod daemon_set;
pub mod deployment;
pub mod endpoint_slice;
pub mod endpoint_slice_mirroring;
pub mod endpoints;
pub mod garbage_collector;
pub mod gateway;
mod history;
pub mod images;
pub mod ingress;
pub mod ipam;
pub mod job;
pub mod kubelet;
pub mod load_balancer;
mod names;
pub mod namespace;
pub mod namespace_defaults;
pub mod node_lifecycle;
mod outcome;
pub mod pod_garbage_collector;
pub mod pods;
mod quantity;
mod recorder;
pub mod replica_set;
pub mod scheduler;
pub mod selector;
pub mod service_pods;
mod settle;
pub mod stateful_set;
pub mod taint_eviction;
mod usage;
mod view;
mod watch;
mod world;

pub use outcome::{
    Deletion, Event, Outcome, PodStep, ProbeKind, ProbeRequest, ProbeResult, ReconcileRecord,
    Requeue, Source, Verb, Waiting, Why, Write, WriteSummary,
};
pub use settle::{
    Controller, EveryProbeSucceeds, MAX_ROUNDS, Prober, RoundEnd, Settled, settle, settle_fully,
    settle_until,
};
pub use view::View;
pub use world::{
    Cloud, GatewayAddress, KubeletHealth, LoadBalancerProvider, NodeRuntime, Pools, World,
    WorldChange,
};
