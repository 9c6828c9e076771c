//! Reading a text: documents, lists within them, objects, and what is to be said about all that.
//!
//! Models `k8s.io/cli-runtime/pkg/resource` (`StreamVisitor`, `FlattenListVisitor`, `mapper`).

use serde_json::Value;

use crate::decode::{self, DecodeError};
use crate::diagnose;
use crate::document::{Document, Manifest};
use crate::yaml::{self, Loaded, MAX_DOCUMENTS, MAX_TEXT, Node, Problem, YamlError};
use crate::{Kind, ObjectRef, Span};

/// Reads a text of any number of documents, YAML or JSON.
///
/// It never fails and never panics: what is wrong is in the documents' `error` and in the
/// diagnostics. Documents after one that cannot be parsed are read too, although `kubectl` stops
/// there (see [`DecodeError::ends_reading`]).
pub fn read(text: &str) -> Manifest {
    let mut manifest = Manifest::default();
    if text.len() > MAX_TEXT {
        manifest.documents.push(failed(
            Span { start: 0, end: 0 },
            YamlError {
                problem: Problem::Limit(format!(
                    "the text is {} bytes long, Podhop reads {MAX_TEXT}",
                    text.len()
                )),
                span: Span { start: 0, end: 0 },
            },
        ));
    } else if text.trim_start().starts_with('{') {
        read_json(text, &mut manifest);
    } else {
        read_yaml(text, &mut manifest);
    }
    for document in &manifest.documents {
        diagnose::document(text, document, &mut manifest.diagnostics);
    }
    manifest.diagnostics.sort_by_key(|diagnostic| diagnostic.span.map_or(0, |span| span.start));
    manifest
}

fn read_yaml(text: &str, manifest: &mut Manifest) {
    for chunk in yaml::split(text) {
        if manifest.documents.len() >= MAX_DOCUMENTS {
            let problem =
                Problem::Limit(format!("the text has more than {MAX_DOCUMENTS} documents"));
            manifest.documents.push(failed(chunk.span, YamlError { problem, span: chunk.span }));
            return;
        }
        if let Some((span, rest)) = chunk.bad_separator {
            manifest
                .documents
                .push(failed(chunk.span, YamlError { problem: Problem::Separator(rest), span }));
            return;
        }
        match yaml::load(text, chunk.span) {
            Ok(loaded) => take(chunk.span, loaded, manifest),
            Err(error) => manifest.documents.push(failed(chunk.span, error)),
        }
    }
}

fn read_json(text: &str, manifest: &mut Manifest) {
    let (values, error) = yaml::load_json(text, Span { start: 0, end: text.len() });
    for (span, loaded) in values.into_iter().take(MAX_DOCUMENTS) {
        take(span, loaded, manifest);
    }
    manifest.documents.extend(error.map(|error| failed(error.span, error)));
}

/// Takes a document that was parsed; nothing comes of an empty one.
fn take(chunk: Span, loaded: Loaded, manifest: &mut Manifest) {
    let Some(root) = loaded.root.filter(|root| !root.is_null()) else { return };
    diagnose::duplicates(chunk, &loaded.duplicates, &mut manifest.diagnostics);
    let (api_version, kind) = match type_of(&root) {
        Ok(names) => names,
        Err(problems) => {
            manifest.documents.push(Document {
                node: Some(root),
                ..failed_with(chunk, DecodeError::Client(problems))
            });
            return;
        }
    };
    if kind.is_empty() {
        let error = DecodeError::Shape(kind_missing(&root));
        manifest.documents.push(Document { node: Some(root), ..failed_with(chunk, error) });
        return;
    }
    match list_of(&api_version, &kind, &root) {
        None => manifest.documents.push(document(chunk, root, api_version, &kind, false)),
        Some(item) => flatten(chunk, root, api_version, item, manifest),
    }
}

/// Takes the items of a list, items of lists within it too.
fn flatten(
    chunk: Span,
    root: Node,
    api_version: String,
    item: Option<Kind>,
    manifest: &mut Manifest,
) {
    if let Some(item) = item {
        let problems = decode::validate_list(item, &api_version, &root);
        if !problems.is_empty() {
            let error = DecodeError::Client(problems);
            manifest.documents.push(Document { node: Some(root), ..failed_with(chunk, error) });
            return;
        }
    }
    let mut waiting: Vec<Node> =
        root.get("items").map(|items| items.items().to_vec()).unwrap_or_default();
    let mut level = 0;
    // Lists within lists come after the items beside them, as upstream processes them.
    while !waiting.is_empty() && level < yaml::MAX_DEPTH {
        let mut inner = Vec::new();
        for node in std::mem::take(&mut waiting) {
            let item_name = item.map(|item| item.resource().kind);
            let kind = node
                .get("kind")
                .and_then(Node::as_str)
                .or(item_name)
                .unwrap_or_default()
                .to_owned();
            let written = node.get("apiVersion").and_then(Node::as_str);
            let version =
                written.unwrap_or(if item.is_some() { &api_version } else { "" }).to_owned();
            if kind.is_empty() {
                let error = DecodeError::Shape(kind_missing(&node));
                manifest.documents.push(Document {
                    span: node.span,
                    node: Some(node),
                    ..failed_with(chunk, error)
                });
            } else if list_of(&version, &kind, &node).is_some() {
                inner.extend(
                    node.get("items").map(|items| items.items().to_vec()).unwrap_or_default(),
                );
            } else {
                manifest.documents.push(document(node.span, node, version, &kind, true));
            }
        }
        waiting = inner;
        level += 1;
    }
}

fn document(
    span: Span,
    node: Node,
    api_version: String,
    kind_name: &str,
    in_list: bool,
) -> Document {
    // Items of a list were taken apart before `kubectl` looks at metadata.
    if let Some(mismatch) = (!in_list).then(|| decode::metadata(&node)).flatten() {
        let failed = failed_with(span, DecodeError::Metadata(mismatch));
        return Document { api_version, node: Some(node), ..failed };
    }
    let kind = Kind::resolve(&api_version, kind_name);
    let mut document = Document {
        span,
        api_version,
        kind,
        reference: None,
        object: None,
        error: None,
        node: None,
    };
    match kind {
        Some(kind) => {
            match decode::decode(kind, &document.api_version, &node) {
                Ok(object) => document.object = Some(object),
                Err(error) => document.error = Some(error),
            }
            document.node = Some(node);
            let namespace = match (kind.resource().namespaced, document.namespace()) {
                (false, _) => "",
                (true, "") => "default",
                (true, written) => written,
            };
            document.reference = Some(ObjectRef::new(kind, namespace, document.name()));
        }
        None => {
            document.node = Some(node);
            document.error = Some(DecodeError::NoMatch {
                name: document.name().to_owned(),
                namespace: document.namespace().to_owned(),
                kind: kind_name.to_owned(),
                api_version: document.api_version.clone(),
                in_list,
            });
        }
    }
    document
}

/// `apiVersion` and `kind`, or what `kubectl` says of their absence.
fn type_of(root: &Node) -> Result<(String, String), Vec<String>> {
    if root.entries().is_none() {
        return Err(vec!["invalid object to validate".into()]);
    }
    let mut problems = Vec::new();
    let mut name = |field: &str| match root.get(field) {
        Some(node) if !node.is_null() => node.as_str().map(str::to_owned).unwrap_or_else(|| {
            problems.push(format!("{field} isn't string type"));
            String::new()
        }),
        _ => {
            problems.push(format!("{field} not set"));
            String::new()
        }
    };
    let api_version = name("apiVersion");
    let kind = name("kind");
    if api_version.matches('/').count() > 1 {
        problems.insert(0, format!("unexpected GroupVersion string: {api_version}"));
    }
    if problems.is_empty() { Ok((api_version, kind)) } else { Err(problems) }
}

/// Whether the kind is a list: `Some(None)` for `List`, `Some(Some(kind))` for a typed one.
fn list_of(api_version: &str, kind: &str, root: &Node) -> Option<Option<Kind>> {
    root.get("items")?;
    if kind == "List" {
        return Some(None);
    }
    Kind::resolve(api_version, kind.strip_suffix("List")?).map(Some)
}

fn kind_missing(node: &Node) -> String {
    let json = match node.to_json() {
        Value::Object(map) => Value::Object(map).to_string(),
        other => other.to_string(),
    };
    format!("Object 'Kind' is missing in '{json}'")
}

fn failed(span: Span, error: YamlError) -> Document {
    failed_with(span, DecodeError::Yaml(error))
}

fn failed_with(span: Span, error: DecodeError) -> Document {
    Document {
        span,
        api_version: String::new(),
        kind: None,
        reference: None,
        object: None,
        error: Some(error),
        node: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        read(text)
            .documents
            .iter()
            .map(|document| match (&document.error, &document.reference) {
                (Some(error), _) => error.said_of("STDIN"),
                (None, Some(reference)) => reference.to_string(),
                (None, None) => String::new(),
            })
            .collect()
    }

    #[test]
    fn reads_documents_lists_and_json() {
        let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n---\n# nothing\n---\napiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: p, namespace: x}}\n- {apiVersion: v1, kind: Service, metadata: {name: s}}\n";
        assert_eq!(said(text), ["namespace/a", "pod/x/p", "service/default/s"]);
        let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"}} {"apiVersion":"v1","kind":"Pod","metadata":{"name":"q"}}"#;
        assert_eq!(said(json), ["pod/default/p", "pod/default/q"]);
    }

    #[test]
    fn says_what_kubectl_says() {
        for (text, sentence) in [
            (
                "metadata: {name: x}",
                "error validating \"STDIN\": error validating data: [apiVersion not set, kind not set]; if you choose to ignore these errors, turn validation off with --validate=false",
            ),
            (
                "just text",
                "error validating \"STDIN\": error validating data: invalid object to validate; if you choose to ignore these errors, turn validation off with --validate=false",
            ),
            (
                "apiVersion: apps/v1\nkind: Deploymnt\nmetadata: {name: x}",
                "resource mapping not found for name: \"x\" namespace: \"\" from \"STDIN\": no matches for kind \"Deploymnt\" in version \"apps/v1\"\nensure CRDs are installed first",
            ),
            (
                "apiVersion: v1\nkind: Service\nspec: {ports: [{port: '80', x: 1}], y: 2}",
                "Service in version \"v1\" cannot be handled as a Service: json: cannot unmarshal string into Go struct field ServicePort.spec.ports.port of type int32",
            ),
            (
                "apiVersion: v1\nkind: Service\nspec: {ports: [{port: 80, x: 1}], z: 2}",
                "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field \"spec.ports[0].x\", unknown field \"spec.z\"",
            ),
            (
                "apiVersion: v1\nkind: Pod\nspec: {volumes: [{fc: {lun: '1'}}]}",
                "Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal string into Go struct field FCVolumeSource.spec.volumes.VolumeSource.fc.lun of type int32",
            ),
            (
                "apiVersion: v1\nkind: Nothing\nmetadata: {name: a, annotations: {a: on}}",
                "unable to decode \"STDIN\": json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.annotations of type string",
            ),
            ("--- x", "error parsing STDIN: invalid Yaml document separator: x"),
        ] {
            assert_eq!(said(text), [sentence], "{text}");
        }
    }
}
