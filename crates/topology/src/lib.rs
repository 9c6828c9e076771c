//! The cluster as a drawing, and a journey as a timeline on it.
//!
//! Everything here is pure and deterministic: abstract units instead of pixels, milliseconds of
//! presentation instead of a clock. Nothing decides what a packet does; that is in the
//! [`trace::Journey`]. Read in this order: [`Inventory`] (what is there), [`Seating`] (which Pod
//! sits where, and keeps its seat), [`Map`] (boxes, wires and the graph of devices between them),
//! [`Timeline`] (where the packet is at every moment), [`Scene`] (the map at one step), [`Voyage`]
//! (one request among many).

mod card;
mod entry;
mod fabric;
mod geometry;
mod graph;
mod inventory;
mod layout;
mod map;
mod pace;
mod reach;
mod scene;
mod seating;
mod timeline;
mod voyage;

#[cfg(test)]
mod fixture;

pub use card::{Card, PodDot};
pub use entry::EntryFacts;
pub use fabric::Fabric;
pub use geometry::{Point, Polyline, Rect};
pub use graph::{Devices, Hook, Vertex};
pub use inventory::{
    EndpointFacts, Family, Inventory, NodeFacts, PodFacts, PodState, ServiceFacts, Shield,
};
pub use map::{EdgeBox, EntryBox, KernelBox, Link, Map, NodeBox, OutsideBox, Pill, ServiceBox};
pub use reach::{Access, Reach};
pub use scene::{Mark, Marks, Number, Scene, Way};
pub use seating::{GROUP_ABOVE, Seat, Seating};
pub use timeline::{Cue, Fate, Rewrite, Segment, Timeline, Tone, protocols};
pub use voyage::{Leg, Voyage};
