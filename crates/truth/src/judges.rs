//! The registry of judges, in the order in which they report: one module a kind of file, one line here.

use crate::judge::Judge;

/// Every judge there is.
#[must_use]
pub fn all() -> Vec<Judge> {
    vec![]
}
