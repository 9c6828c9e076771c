//! How a word in the terminal may go on.

use serde::{Deserialize, Serialize};

/// How the word at the end of a line may go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completions {
    /// How many characters stand before the word.
    pub start: usize,
    /// The words it may become, whole.
    pub words: Vec<String>,
}
