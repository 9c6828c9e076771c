//! Stand-ins until the cluster's own types land.
use manifest::{Diagnostic, ObjectRef};
use serde::{Deserialize, Serialize};
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Applied { pub results: Vec<ObjectResult>, pub findings: Vec<FileFindings> }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectResult { pub object: ObjectRef, pub effect: String }
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFindings { pub file: String, pub diagnostics: Vec<Diagnostic> }
impl Applied {
    pub fn is_refused(&self) -> bool {
        self.findings.iter().flat_map(|file| &file.diagnostics).any(|diagnostic| diagnostic.severity == manifest::Severity::Error)
    }
}
