//! The fields that a journey's causes name, so that their lines can be looked up beforehand.

use std::collections::BTreeSet;

use trace::explain::{self, Fragment};
use trace::{FieldRef, Journey};

/// Every field that an explanation of the journey can lead to.
pub fn fields_of(journey: &Journey) -> BTreeSet<FieldRef> {
    let mut fields = BTreeSet::new();
    for (hop, step) in journey.packets.iter().flat_map(|flight| flight.trace.steps()) {
        for fragment in explain::reason(hop, step) {
            match fragment {
                Fragment::Link { field, .. } => {
                    fields.insert(field);
                }
                Fragment::Text(_) | Fragment::Code(_) => {}
            }
        }
    }
    fields
}
