//! The drawing: every box and wire of the cluster at its place, in abstract units, as `layout` puts them.

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};
use trace::Place;

use crate::card::Card;
use crate::inventory::ServiceFacts;
use crate::{EntryFacts, Fabric, Hook, Point, Polyline, Rect, Seating};

/// The cluster, drawn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Map {
    /// How wide the drawing is.
    pub width: f32,
    /// How high it is.
    pub height: f32,
    /// How many nodes stand side by side.
    pub columns: usize,
    /// What the CNI plugin put on every node.
    pub fabric: Fabric,
    /// The nodes, from the left.
    pub nodes: Vec<NodeBox>,
    /// The Services, the system's before the learner's.
    pub services: Vec<ServiceBox>,
    /// The Ingresses and Gateways.
    pub entries: Vec<EntryBox>,
    /// The network between the nodes: a line to draw, one for each row of nodes.
    pub trunks: Vec<EdgeBox>,
    /// What is beyond the node network: load balancers, machines on the internet.
    pub outside: Vec<OutsideBox>,
    /// The internet: a line to draw, with its name.
    pub internet: EdgeBox,
    /// The Pods that no node has been found for.
    pub waiting: Vec<Card>,
    /// How many more of them there is no room for.
    pub waiting_more: usize,
    /// Why nothing works, if nothing does.
    pub trouble: String,
    /// The wires outside the nodes, to draw under everything else.
    pub wires: Vec<Polyline>,
    /// Who sits where, so that the next map keeps the seats.
    pub seating: Seating,
}

/// A named box at the edge of something: a bridge, a tunnel, an uplink, the internet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EdgeBox {
    /// Its name: `eth0`.
    pub name: String,
    /// What else it says: `VNI 1`, `10.244.1.1`.
    pub note: String,
    /// Where.
    pub rect: Rect,
}

/// A node with everything inside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeBox {
    /// The node's name.
    pub name: String,
    /// Its address.
    pub address: String,
    /// Whether it is ready.
    pub ready: bool,
    /// Why it is not ready, as it says itself; empty if it is.
    pub trouble: String,
    /// Whether new Pods are kept off it.
    pub cordoned: bool,
    /// What runs in the node's own network, by family name.
    pub agents: Vec<String>,
    /// Where.
    pub rect: Rect,
    /// The bridge, or the plain rail that the Pods' wires meet at where the plugin has no bridge.
    pub rail: EdgeBox,
    /// Whether the rail is a bridge.
    pub bridged: bool,
    /// Its Pods.
    pub cards: Vec<Card>,
    /// Seats that somebody left, to draw as empty.
    pub vacant: Vec<Rect>,
    /// Its kernel.
    pub kernel: KernelBox,
    /// Its tunnel device, if it has one.
    pub tunnel: Option<EdgeBox>,
    /// Its device on the node network.
    pub uplink: EdgeBox,
    /// The wires inside, to draw on the node's ground and under everything else in it.
    pub wires: Vec<Polyline>,
}

/// A node's kernel: the stages a packet passes, in order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KernelBox {
    /// Where.
    pub rect: Rect,
    /// Its stages, from the left.
    pub pills: Vec<Pill>,
    /// How far down the packet passes under the stages.
    pub rail: f32,
    /// The Services that it translates, the learner's first.
    pub translates: Vec<ObjectRef>,
}

/// A stage of the kernel's path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pill {
    /// Which.
    pub hook: Hook,
    /// What it is called: `conntrack`.
    pub label: String,
    /// Where.
    pub rect: Rect,
}

/// A Service: a name with a list of endpoints.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ServiceBox {
    /// What it is.
    pub facts: ServiceFacts,
    /// How many endpoints are ready.
    pub ready: usize,
    /// Where its name stands.
    pub rect: Rect,
    /// Dotted lines to its endpoints.
    pub links: Vec<Link>,
}

/// An Ingress or a Gateway: a name with a list of Services, read by a controller's Pods.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EntryBox {
    /// What it is.
    pub facts: EntryFacts,
    /// Where its name stands.
    pub rect: Rect,
    /// Dotted lines to the Pods that read it.
    pub links: Vec<Link>,
}

/// A dotted line from a name to the card of Pods behind it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The Pods.
    pub pods: Vec<ObjectRef>,
    /// Whether traffic is sent to one of them.
    pub ready: bool,
    /// The line.
    pub line: Polyline,
}

/// Something beyond the node network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutsideBox {
    /// The place that packets come from and go to.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// Its address, or why it has none.
    pub note: String,
    /// Where.
    pub rect: Rect,
}

impl OutsideBox {
    /// Where the wires meet it and a packet stands, beside its words.
    pub fn plug(&self) -> Point {
        match self.place {
            Place::LoadBalancer(_) => Point::new(self.rect.right() - 18.0, self.rect.center().y),
            _ => Point::new(self.rect.center().x, self.rect.y),
        }
    }
}
