//! The fields that sentences lead to, and their lines, looked up beforehand.

use std::collections::BTreeSet;

use cluster::{Cluster, SourceSpan};
use trace::explain::{self, Fragment};
use trace::{FieldRef, Journey};

/// Every field that an explanation of the journey can lead to.
pub fn fields_of(journey: &Journey) -> BTreeSet<FieldRef> {
    let mut fields = BTreeSet::new();
    for (hop, step) in journey.packets.iter().flat_map(|flight| flight.trace.steps()) {
        fields.extend(fields_in(explain::reason(hop, step)));
        fields.extend(explain::considered(step).into_iter().flat_map(fields_in));
    }
    fields
}

/// Every field that a sentence leads to.
pub fn fields_in(sentence: Vec<Fragment>) -> impl Iterator<Item = FieldRef> {
    sentence.into_iter().filter_map(|fragment| match fragment {
        Fragment::Link { field, .. } => Some(field),
        Fragment::Text(_) | Fragment::Code(_) => None,
    })
}

/// The fields that somebody wrote, with their lines.
pub fn located(
    cluster: &Cluster,
    fields: impl IntoIterator<Item = FieldRef>,
) -> Vec<(FieldRef, SourceSpan)> {
    let found = fields.into_iter().filter_map(|field| Some((cluster.locate(&field)?, field)));
    found.map(|(lines, field)| (field, lines)).collect()
}
