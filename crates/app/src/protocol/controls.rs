//! What can be done to the cluster as a whole, as the page offers it.

use cluster::{Fault, Settings};
use serde::{Deserialize, Serialize};

/// What can be done to the cluster as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Controls {
    /// What an administrator chose.
    pub settings: Settings,
    /// What can be broken.
    pub breakable: Vec<Fault>,
    /// What is broken and can be mended.
    pub broken: Vec<Fault>,
    /// What the action is called that can be undone.
    pub undo: Option<String>,
    /// What the action is called that can be done again.
    pub redo: Option<String>,
}
