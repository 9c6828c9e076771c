//! A request as the page is told of it.

use cluster::SourceSpan;
use serde::{Deserialize, Serialize};
use trace::{FieldRef, Journey};

/// A journey, and the lines of the learner's files that its causes stand in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Told {
    /// Everything that happened.
    pub journey: Journey,
    /// Where the fields that decided stand in the files.
    pub sources: Vec<(FieldRef, SourceSpan)>,
}
