//! How commands and answers are matched: by number.

use serde::{Deserialize, Serialize};

use super::{Command, Update};

/// A command with the number by which its answer is known.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ask {
    /// Counts up from 1.
    pub id: u32,
    /// What to do.
    pub command: Command,
}

/// An answer to the command of that number.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer {
    /// The command's number.
    pub id: u32,
    /// What came of it.
    pub update: Update,
}
