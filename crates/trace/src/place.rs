//! Where a hop happens: a network namespace, or what lies between and around the nodes.

use std::fmt;

use manifest::{Kind, ObjectRef};
use serde::{Deserialize, Serialize};

/// A place a packet can be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Place {
    /// A Pod's network namespace.
    Pod(ObjectRef),
    /// A node's root network namespace.
    Node(String),
    /// The network between the nodes.
    NodeNetwork,
    /// A load balancer in front of the nodes, made for this Service.
    LoadBalancer(ObjectRef),
    /// A machine on the internet: a user's laptop, a public DNS server, a web site.
    Internet(String),
}

impl Place {
    /// The object whose place this is, if it is one of the cluster's.
    pub fn object(&self) -> Option<ObjectRef> {
        match self {
            Place::Pod(object) | Place::LoadBalancer(object) => Some(object.clone()),
            Place::Node(name) => Some(ObjectRef::cluster(Kind::Node, name.as_str())),
            Place::NodeNetwork | Place::Internet(_) => None,
        }
    }
}

/// Writes `frontend`, `node-1`, `node network` …
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Pod(object) => f.write_str(&object.name),
            Place::Node(name) | Place::Internet(name) => f.write_str(name),
            Place::NodeNetwork => f.write_str("node network"),
            Place::LoadBalancer(object) => write!(f, "load balancer of {}", object.name),
        }
    }
}
