//! Network namespaces: the devices, addresses, routes and neighbours that a CNI plugin makes.
//!
//! Nothing is stored per Pod or node: names, hardware addresses and routes are worked out from the
//! objects when a packet needs them, so that a cluster of thousands of nodes costs nothing to keep.
//! `cni` holds one plugin a file; `route` is the node's and the Pod's routing table.

pub mod cni;
mod device;
mod host_port;
mod masquerade;
mod node;
mod route;

pub use cni::{Between, Cni, Gateway, MissingPod, PodSide, PortMapper, Profile};
pub use device::{Device, flow_port, mac, suffix};
pub(crate) use host_port::host_port_rules;
pub(crate) use masquerade::masquerade_rules;
pub use node::NodeInfo;
pub(crate) use route::{NodeQuestion, ROUTES_SHOWN, host_device, node_routes, pod_routes, to_pod};
pub use route::{Route, RouteKind};
