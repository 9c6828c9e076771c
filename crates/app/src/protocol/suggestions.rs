//! What may stand at a place of a text.

use serde::{Deserialize, Serialize};

/// What may stand at a place of a text, or what stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestions {
    /// The first place of what is replaced, or described, in UTF-16 units.
    pub from: usize,
    /// One past its last place.
    pub to: usize,
    /// The choices.
    pub choices: Vec<Suggestion>,
}

/// One thing that may stand at a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suggestion {
    /// What the list shows.
    pub label: String,
    /// Its type, or where it comes from.
    pub detail: String,
    /// What is written.
    pub text: String,
    /// The struct of `www/schema/` that describes it, if one does.
    pub owner: String,
    /// The field of that struct; empty for the struct itself.
    pub field: String,
}
