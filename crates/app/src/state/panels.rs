//! The panels below the map, and what the engine told them.

use std::collections::BTreeSet;

use cluster::Difference;
use manifest::ObjectRef;
use topology::Map;

use super::State;
use crate::answers::{Explained, Grid, NodeTables, Past};
use crate::protocol::{Update, View};
use crate::shared::Shared;

/// The panels below the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Panel {
    #[default]
    Events,
    Matrix,
    Dns,
    Rules,
    Conntrack,
    Capture,
}

impl Panel {
    /// Every panel, with its name.
    pub const ALL: &'static [(Panel, &'static str)] = &[
        (Panel::Events, "events"),
        (Panel::Matrix, "connectivity"),
        (Panel::Dns, "DNS"),
        (Panel::Rules, "rules"),
        (Panel::Conntrack, "conntrack"),
        (Panel::Capture, "capture"),
    ];
}

/// What the engine told the panels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PanelAnswers {
    /// What a node's kernel holds.
    pub tables: Option<Shared<NodeTables>>,
    /// Who may connect to whom.
    pub grid: Option<Shared<Grid>>,
    /// Why one Pod may connect to another, or not.
    pub explained: Option<Shared<Explained>>,
    /// The cluster as it was, while that is shown.
    pub past: Option<PastView>,
}

/// The cluster as it was, ready to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct PastView {
    /// Which round, and what it did.
    pub past: Shared<Past>,
    /// The page's view with the map of then.
    pub view: Shared<View>,
    /// The Pods that came in that round.
    pub came: Shared<BTreeSet<ObjectRef>>,
}

impl State {
    /// Draws the same cluster otherwise; an earlier round stays on show.
    pub(super) fn redraw(&mut self, view: View) {
        let past = self.answers.past.take();
        let is_unfolded =
            |map: &Map| map.nodes.iter().flat_map(|it| &it.cards).any(|it| it.unfolded);
        if let Some(before) = &self.view {
            match view.map.unfolded_since(&before.map) {
                // However high it is, the names on it can be read.
                Some(card) => {
                    let first = card.pods.first().map(|dot| dot.pod.clone());
                    self.bring_near(first);
                }
                None if is_unfolded(&before.map) && !is_unfolded(&view.map) => {
                    self.bring_near(None);
                }
                None => {}
            }
        }
        self.follow(view);
        self.answers.past = past;
    }

    /// Takes an answer of the engine's that is meant for a panel.
    pub(super) fn hear_for_panels(&mut self, update: Update) {
        let answers = &mut self.answers;
        match update {
            Update::Tables(tables) => answers.tables = Some(Shared::new(tables)),
            Update::Matrix(grid) => answers.grid = Some(Shared::new(grid)),
            Update::Explained(explained) => answers.explained = Some(Shared::new(explained)),
            Update::Past(past) => {
                self.playing = false;
                answers.past = self.view.as_ref().map(|present| PastView {
                    view: Shared::new(View { map: past.map.clone(), ..View::clone(present) }),
                    came: Shared::new(came(&past)),
                    past: Shared::new(*past),
                });
            }
            _ => {}
        }
    }
}

fn came(past: &Past) -> BTreeSet<ObjectRef> {
    let added = past.differences.iter().filter_map(|difference| match difference {
        Difference::Added(object) => Some(object.clone()),
        Difference::Changed(_) | Difference::Removed(_) => None,
    });
    added.collect()
}
