//! What the engine tells the panels: a node's tables, the matrix, an earlier round.

use cluster::{Difference, SourceSpan};
use packet::{FiveTuple, Protocol};
use serde::{Deserialize, Serialize};
use topology::Map;
use trace::explain::Fragment;
use trace::{FieldRef, Place};

/// What a node's kernel holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeTables {
    /// The node.
    pub node: String,
    /// Its rules as the real tool prints them.
    pub rules: String,
    /// Its tracked connections, oldest first.
    pub connections: Vec<Connection>,
}

/// A tracked connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// As `conntrack -L` prints it.
    pub line: String,
    /// `ESTABLISHED`; empty where the protocol has none.
    pub state: String,
    /// Whether no reply was seen yet.
    pub unreplied: bool,
    /// Whether the kernel keeps it when it needs room.
    pub assured: bool,
    /// How many seconds the kernel remembers it.
    pub seconds: u64,
    /// The flow as its first packet came.
    pub original: FiveTuple,
    /// The flow its replies are expected to have.
    pub reply: FiveTuple,
}

/// Who may connect to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// By which protocol.
    pub protocol: Protocol,
    /// To which port; none stands for the one that each Pod declares.
    pub port: Option<u16>,
    /// The places in the order of rows and columns; Pods of one owner with the same answers together,
    /// then nodes and the internet.
    pub groups: Vec<GridGroup>,
    /// Row by row, the sender's row and the receiver's column; nothing for a Pod and itself, and
    /// nothing where no Pod is asked.
    pub cells: Vec<Option<Cell>>,
    /// What is to be known of the whole: that nobody enforces policies.
    pub note: Vec<Fragment>,
}

/// Pods of one owner that have the same answers, or a place outside of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GridGroup {
    /// The places; never empty.
    pub places: Vec<Place>,
    /// What made them, or the place's own name.
    pub owner: String,
    /// The port they are asked on; none if they declare none.
    pub port: Option<u16>,
    /// Whether they belong to the cluster's own furniture.
    pub system: bool,
}

impl GridGroup {
    /// Whether these are Pods, and not a place outside of them.
    pub fn is_of_pods(&self) -> bool {
        matches!(self.places.first(), Some(Place::Pod(_)))
    }
}

/// Whether one place may connect to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cell {
    /// Whether policies let the connection be made.
    pub open: bool,
    /// Whether it was otherwise before something was applied last.
    pub changed: bool,
}

/// A connection that one place could open to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pair {
    /// Who would open it.
    pub from: Place,
    /// To whom.
    pub to: Place,
    /// By which protocol.
    pub protocol: Protocol,
    /// To which port.
    pub port: u16,
}

/// Why one place may connect to another, or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// Which connection.
    pub pair: Pair,
    /// A sentence for each side that was asked.
    pub sentences: Vec<Vec<Fragment>>,
    /// Where the fields that decided stand in the files.
    pub sources: Vec<(FieldRef, SourceSpan)>,
}

/// The cluster as it was after a round of its controllers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// The round, by its number in the events.
    pub round: usize,
    /// When that was, in seconds of virtual time.
    pub when: String,
    /// The rounds before and after it that can be shown.
    pub neighbours: (Option<usize>, Option<usize>),
    /// The drawing.
    pub map: Map,
    /// What the round did to each object.
    pub differences: Vec<Difference>,
}
