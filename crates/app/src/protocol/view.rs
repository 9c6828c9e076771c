//! The cluster as the page shows it.

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};
use topology::Map;
use trace::Place;

use super::Controls;

/// The cluster as the page shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct View {
    /// The scenario, for a person.
    pub title: String,
    /// kube-proxy's mode.
    pub kube_proxy: String,
    /// What stands before a line in the terminal; empty if it is the usual.
    pub prompt: String,
    /// What changed of what the terminal watches.
    pub watched: String,
    /// The drawing.
    pub map: Map,
    /// Who can send a request.
    pub senders: Vec<Place>,
    /// What a request could be for.
    pub targets: Vec<String>,
    /// What the controllers did, the newest last.
    pub events: Vec<EventLine>,
    /// What can be done to the cluster as a whole.
    pub controls: Controls,
}

/// One thing that a controller did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The round it was done in, counted through the session; none if that is no longer kept.
    pub round: Option<usize>,
    /// Which round it was of those at that moment, from the second on; else 0.
    pub number: usize,
    /// When, in seconds of virtual time: `12.034`.
    pub when: String,
    /// Who: `deployment controller`.
    pub who: String,
    /// What it did, to which objects.
    pub done: Vec<(String, ObjectRef)>,
    /// Why, or what came between; empty if there is nothing to say.
    pub why: String,
}
