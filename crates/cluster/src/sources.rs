//! The learner's files as last applied, and the way back from a field to the lines that caused it.
//!
//! A Pod of a Deployment is not written anywhere; its fields come from the Deployment's Pod
//! template. An EndpointSlice comes from its Service. `Sources` follows owners up to an object that
//! stands in a file.

use std::collections::BTreeMap;

use apiserver::Snapshot;
use manifest::{Document, FieldPath, Kind, ObjectRef, Span};
use serde::{Deserialize, Serialize};
use trace::FieldRef;

use crate::{SourceFile, system};

/// Lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpan {
    /// The file's name.
    pub file: String,
    /// The bytes in its text.
    pub span: Span,
    /// The object they belong to.
    pub object: ObjectRef,
}

/// The files as last applied.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sources {
    files: BTreeMap<String, Vec<Document>>,
}

/// An object is at most this many owners away from one that somebody wrote.
const MAXIMUM_OWNERS: usize = 8;

impl Sources {
    /// Remembers a file's documents.
    pub fn remember(&mut self, file: &SourceFile, documents: Vec<Document>) {
        self.files.insert(file.name.clone(), documents);
    }

    /// Takes over all files but the system's own.
    pub fn take_over(&mut self, other: &Sources) {
        let files = other.files.iter().filter(|(name, _)| !system::owns(name));
        self.files.extend(files.map(|(name, documents)| (name.clone(), documents.clone())));
    }

    /// Where an object stands among those that somebody wrote into files, counted through.
    pub fn place(&self, object: &ObjectRef) -> Option<usize> {
        let mut documents = self.files.values().flatten();
        documents.position(|document| document.reference.as_ref() == Some(object))
    }

    /// The lines that caused a field, if somebody wrote them.
    pub fn locate(&self, snapshot: &Snapshot, field: &FieldRef) -> Option<SourceSpan> {
        let mut field = field.clone();
        for _ in 0..MAXIMUM_OWNERS {
            if let Some(found) = self.written(&field) {
                return Some(found);
            }
            field = from_owner(snapshot, &field)?;
        }
        None
    }

    fn written(&self, field: &FieldRef) -> Option<SourceSpan> {
        self.files.iter().find_map(|(file, documents)| {
            let document = documents
                .iter()
                .find(|document| document.reference.as_ref() == Some(&field.object))?;
            let span = document.locate(&field.path).unwrap_or(document.span);
            Some(SourceSpan { file: file.clone(), span, object: field.object.clone() })
        })
    }
}

/// The owner's field that a field was made from.
fn from_owner(snapshot: &Snapshot, field: &FieldRef) -> Option<FieldRef> {
    let owners = snapshot.get(&field.object)?.metadata().owner_references.as_ref()?;
    let owner = owners.iter().find(|owner| owner.controller == Some(true)).or(owners.first())?;
    let kind = Kind::resolve(&owner.api_version, &owner.kind)?;
    let object = ObjectRef::new(kind, field.object.namespace.as_str(), owner.name.as_str());
    let path = match (field.object.kind, kind) {
        (Kind::Pod, _) => {
            let mut path = FieldPath::of("spec.template");
            path.0.extend(field.path.0.iter().cloned());
            path
        }
        (Kind::EndpointSlice | Kind::Endpoints, Kind::Service) => FieldPath::of("spec.selector"),
        _ => field.path.clone(),
    };
    Some(FieldRef::new(object, path))
}
