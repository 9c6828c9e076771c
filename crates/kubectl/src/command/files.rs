//! `-f`: the manifests that a command line names.
//!
//! Models `FilenameParam` of `k8s.io/cli-runtime/pkg/resource`.

use manifest::{Document, Object};

use crate::arguments::Arguments;
use crate::report::Failure;
use crate::shell::Shell;

/// A document to be sent, or why it is none.
pub(crate) struct Sent {
    /// What the file is called in messages: `STDIN`, `web.yaml`.
    pub source: String,
    pub document: Document,
    /// The object, in its namespace; absent if the document has an error.
    pub object: Option<Object>,
}

/// Reads what `-f` names.
///
/// # Errors
/// If there is no `-f`, or no such file.
pub(crate) fn read(
    shell: &Shell,
    arguments: &Arguments,
    stdin: &str,
    namespace: &str,
) -> Result<Vec<Sent>, Failure> {
    let mut all = Vec::new();
    for name in arguments.values("filename") {
        for (source, text) in texts(shell, name, stdin)? {
            for document in manifest::read(&text).documents {
                let ends = document.error.as_ref().is_some_and(|error| error.ends_reading());
                let object = document.object.clone().map(|mut object| {
                    if object.kind().resource().namespaced && object.namespace().is_empty() {
                        object.metadata_mut().namespace = Some(namespace.to_owned());
                    }
                    object
                });
                all.push(Sent { source: source.clone(), document, object });
                if ends {
                    break;
                }
            }
        }
    }
    Ok(all)
}

impl Sent {
    /// Why there is no object.
    pub fn failure(&self) -> Failure {
        use manifest::DecodeError;
        let Some(error) = &self.document.error else {
            return Failure::local("the document holds no object");
        };
        let said = error.said_of(&self.source);
        match error {
            DecodeError::Unknown { .. } | DecodeError::Mismatch { .. } => {
                Failure::Refused(apiserver::Refusal::new(apiserver::Reason::BadRequest, said))
                    .when("creating", &self.source)
            }
            DecodeError::Structural { kind, name, violations } => {
                let object = manifest::ObjectRef {
                    kind: *kind,
                    namespace: self.document.namespace().to_owned(),
                    name: name.clone(),
                };
                Failure::Refused(apiserver::Refusal::of_schema(object, violations))
                    .when("creating", &self.source)
            }
            _ => Failure::Local(said),
        }
    }

    /// The manifest as `kubectl apply` records it: with its namespace and annotations.
    pub fn last_applied(&self) -> serde_json::Value {
        self.document.as_json()
    }
}

fn texts(shell: &Shell, name: &str, stdin: &str) -> Result<Vec<(String, String)>, Failure> {
    if name == "-" {
        return Ok(vec![("STDIN".into(), stdin.into())]);
    }
    let plain = name.trim_start_matches("./").trim_end_matches('/');
    if plain.is_empty() || plain == "." {
        return Ok(shell.files.iter().map(|(name, text)| (name.clone(), text.clone())).collect());
    }
    match shell.files.get(plain) {
        Some(text) => Ok(vec![(name.to_owned(), text.clone())]),
        None => Err(Failure::local(format!("the path {name:?} does not exist"))),
    }
}
