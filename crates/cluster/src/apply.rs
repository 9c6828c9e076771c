//! Applying the learner's files: all of them, or nothing.
//!
//! `kubectl apply -f` goes on after a refused object. The editor does not: every object is first
//! tried on a copy of the API server, and only if all are accepted does anything change, so a
//! mistake leaves the cluster as it was.

use apiserver::{ApiServer, Effect, Refusal, Time, WriteOptions};
use manifest::{Diagnostic, Document, Kind, Object, ObjectRef};
use serde::{Deserialize, Serialize};

use crate::SourceFile;
use crate::dump::{self, Dumped};
use crate::edits::Edits;

/// The name under which `kubectl apply` writes.
pub(crate) const KUBECTL: &str = "kubectl-client-side-apply";

/// The name under which the controllers write.
const CONTROLLER_MANAGER: &str = "kube-controller-manager";

/// What applying files did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Applied {
    /// Each object in order, with what happened to it; empty if anything was refused.
    pub results: Vec<ObjectResult>,
    /// The findings about each file, in the order of the files.
    pub findings: Vec<FileFindings>,
}

/// What happened to one object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ObjectResult {
    /// The object.
    pub object: ObjectRef,
    /// `created`, `configured` or `unchanged`.
    pub effect: String,
}

/// The findings about one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileFindings {
    /// The file's name.
    pub file: String,
    /// What was found, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Applied {
    /// Whether nothing was changed because something is wrong.
    pub fn is_refused(&self) -> bool {
        self.findings
            .iter()
            .flat_map(|file| &file.diagnostics)
            .any(|diagnostic| diagnostic.severity == manifest::Severity::Error)
    }
}

/// A file as read, ready to be remembered as the source of its objects.
pub(crate) type ReadFile = (SourceFile, Vec<Document>);

/// Applies every object of the files to `api`, which the caller throws away if anything is refused.
pub(crate) fn apply(
    api: &mut ApiServer,
    files: &[SourceFile],
    edits: &Edits,
    now: Time,
) -> (Applied, Vec<ReadFile>) {
    let mut applied = Applied::default();
    let mut read = Vec::new();
    for file in files {
        let manifest = manifest::read(&file.text);
        let mut diagnostics = manifest.diagnostics;
        for document in &manifest.documents {
            let place = (edits, file.name.as_str());
            apply_document(api, document, place, now, &mut applied.results, &mut diagnostics);
        }
        diagnostics.sort_by_key(|diagnostic| (diagnostic.span, diagnostic.severity));
        applied.findings.push(FileFindings { file: file.name.clone(), diagnostics });
        read.push((file.clone(), manifest.documents));
    }
    if applied.is_refused() {
        applied.results.clear();
    }
    (applied, read)
}

fn apply_document(
    api: &mut ApiServer,
    document: &Document,
    (edits, file): (&Edits, &str),
    now: Time,
    results: &mut Vec<ObjectResult>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let Some(mut object) = document.object.clone() else { return };
    let options = WriteOptions::new(now, KUBECTL);
    let mut json = document.as_json();
    let reference = object.reference();
    let warning =
        |said: String| Diagnostic::warning(said).span(document.span).about(reference.clone());
    match dump::clean(api, &object, json.clone()) {
        Dumped::No => {}
        Dumped::Generated(said) => return diagnostics.push(warning(said)),
        Dumped::Cleaned { json: cleaned, said } => {
            diagnostics.push(warning(said));
            object = Object::from_json(object.kind(), cleaned.clone()).unwrap_or(object);
            json = cleaned;
        }
    }
    match edits.apply(api, file, (object, json), &options) {
        Ok(written) => {
            if written.object.kind() == Kind::Namespace {
                give_defaults(api, &written.object.reference().name, now);
            }
            diagnostics.extend(written.warnings.iter().map(|warning| {
                let finding = Diagnostic::warning(warning).span(document.span);
                finding.about(written.object.reference())
            }));
            results.push(ObjectResult {
                object: written.object.reference(),
                effect: effect_word(written.effect).into(),
            });
        }
        Err(refusal) => diagnostics.extend(refused(document, &refusal)),
    }
}

/// Gives a new namespace its ServiceAccount at once: the API server's admission of a Pod waits until
/// the controller has created it (`plugin/pkg/admission/serviceaccount` looks ten times).
pub(crate) fn give_defaults(api: &mut ApiServer, namespace: &str, now: Time) {
    for object in controllers::namespace_defaults::missing(&api.snapshot(), namespace) {
        let created = api.create(object, &WriteOptions::new(now, CONTROLLER_MANAGER));
        debug_assert!(created.is_ok(), "a namespace's defaults are valid: {created:?}");
    }
}

/// `created`, `configured`, `unchanged`: kubectl's words.
pub fn effect_word(effect: Effect) -> &'static str {
    match effect {
        Effect::Created => "created",
        Effect::Configured => "configured",
        Effect::Unchanged => "unchanged",
    }
}

/// One finding for each cause, at the place of its field.
fn refused(document: &Document, refusal: &Refusal) -> Vec<Diagnostic> {
    let finding = |message: String| {
        let mut finding = Diagnostic::error(message).span(document.span);
        finding.object = document.reference.clone();
        finding
    };
    if refusal.causes.is_empty() {
        return vec![finding(refusal.message.clone())];
    }
    let causes = refusal.causes.iter().map(|cause| {
        let span = document.locate(&cause.path).unwrap_or(document.span);
        finding(cause.to_string()).at(cause.path.clone()).span(span)
    });
    causes.collect()
}
