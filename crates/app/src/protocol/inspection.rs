//! Everything about one object, as its card shows it.

use cluster::SourceSpan;
use manifest::ObjectRef;
use serde::{Deserialize, Serialize};
use topology::Reach;

/// Everything about an object.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Inspection {
    /// The object.
    pub object: ObjectRef,
    /// The round it is told of; none for now.
    pub round: Option<usize>,
    /// What `kubectl get -o yaml` prints of it.
    pub yaml: String,
    /// What `kubectl describe` prints of it.
    pub describe: String,
    /// Who can reach it, if that can be said of it.
    pub reach: Option<Reach>,
    /// The lines it comes from, if somebody wrote it, or what made it.
    pub source: Option<SourceSpan>,
}
