//! What is to be said about a text: the refusal in upstream's words, its place, and a hint in ours.
//!
//! One file per family of traps. What the API server accepts and a learner would regret is a
//! warning; what it accepts and Podhop does not simulate is said too.

mod kinds;
mod links;
mod nearest;
mod peers;
mod quoting;
mod separator;
mod simulated;
mod syntax;
mod unknown;
mod words;

pub use links::reference as documentation;
pub use nearest::nearest;
pub use separator::duplicates;
pub use words::suggestion;

use crate::Diagnostic;
use crate::decode::DecodeError;
use crate::document::Document;

/// Everything about one document.
pub fn document(text: &str, document: &Document, diagnostics: &mut Vec<Diagnostic>) {
    let from = diagnostics.len();
    if let Some(error) = &document.error {
        refusal(text, document, error, diagnostics);
    }
    if let Some(node) = &document.node {
        quoting::keys(text, node, diagnostics);
    }
    if let Some(object) = &document.object {
        peers::check(document, object, diagnostics);
        simulated::check(document, diagnostics);
    }
    for diagnostic in &mut diagnostics[from..] {
        if diagnostic.object.is_none() {
            diagnostic.object.clone_from(&document.reference);
        }
        if diagnostic.documentation.is_none() {
            diagnostic.documentation = document.kind.map(documentation);
        }
    }
}

fn refusal(
    text: &str,
    document: &Document,
    error: &DecodeError,
    diagnostics: &mut Vec<Diagnostic>,
) {
    match error {
        DecodeError::Yaml(error) => {
            diagnostics.push(syntax::diagnostic(text, document.span, error))
        }
        DecodeError::Unknown { fields, .. } => {
            diagnostics
                .extend(fields.iter().map(|field| unknown::diagnostic(text, document, field)));
        }
        DecodeError::Mismatch { mismatch, .. } | DecodeError::Metadata(mismatch) => {
            diagnostics.push(quoting::mismatch(text, document, mismatch));
        }
        DecodeError::Structural { violations, .. } => {
            diagnostics.extend(violations.iter().map(|violation| {
                let diagnostic = Diagnostic::error(violation.message.clone())
                    .at(violation.path.clone())
                    .span(violation.span);
                match suggestion(&violation.message) {
                    Some(hint) => diagnostic.hint(hint),
                    None => diagnostic,
                }
            }));
        }
        DecodeError::NoMatch { kind, api_version, .. } => {
            diagnostics.push(kinds::no_match(document, error, kind, api_version));
        }
        DecodeError::Client(problems) => {
            diagnostics.extend(problems.iter().map(|problem| kinds::incomplete(document, problem)));
        }
        DecodeError::Shape(_) | DecodeError::Undecodable { .. } => {
            diagnostics.push(Diagnostic::error(error.to_string()).span(document.span));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::read;

    /// The text that is underlined, and the hint.
    fn hints(text: &str) -> Vec<(String, String)> {
        read(text)
            .diagnostics
            .into_iter()
            .map(|diagnostic| {
                let span = diagnostic.span.unwrap_or_default();
                (text[span.start..span.end].to_owned(), diagnostic.hint.unwrap_or_default())
            })
            .collect()
    }

    #[test]
    fn explains_text_that_is_no_yaml() {
        for (text, shown, hint) in [
            ("a:\n\tb: 1\n", "\tb: 1", "indented with a tab"),
            (
                "kind: Pod\nmetadata:\n  name: x\n   labels: {a: b}\n",
                ": {a: b}",
                "by 3 spaces, the one above by 2 spaces",
            ),
            ("image: nginx: latest\n", ": latest", "put the value in quotes"),
            ("host: *.example.com\n", ".example.com", "\"*.example.com\""),
            ("name: {{ .Values.name }}\n", "{ .Values.name }", "template"),
            ("ports: - port: 80\n", "- port: 80", "a line of its own"),
            ("a: [1, 2\n", "a: [1, 2", "without its `]`"),
            ("a: \"b\n", "a: \"b", "not closed"),
        ] {
            let found = hints(text);
            assert_eq!(found.len(), 1, "{text:?} {found:?}");
            assert_eq!(found[0].0, shown, "{text:?} {found:?}");
            assert!(found[0].1.contains(hint), "{text:?} {found:?}");
        }
    }

    #[test]
    fn explains_fields_and_values() {
        let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n";
        for (body, shown, hint) in [
            ("spec: {replica: 3}\n", "replica", "did you mean `replicas`?"),
            (
                "spec:\n  containers: []\n",
                "containers",
                "`containers` belongs under `spec.template.spec`",
            ),
            ("spec: {replicas: \"3\"}\n", "\"3\"", "write 3 without quotes"),
            (
                "spec: {template: {metadata: {labels: {a: yes}}}}\n",
                "yes",
                "means true in YAML: write \"yes\"",
            ),
            (
                "spec: {template: {metadata: {labels: {a: 1.0}}}}\n",
                "1.0",
                "the number 1: write \"1.0\"",
            ),
            (
                "spec: {template: {metadata: {labels: {a: 08}}}}\n",
                "08",
                "the number 8: write \"08\"",
            ),
            ("spec: {template: {spec: {containers: {name: a}}}}\n", "{name: a}", "must be a list"),
        ] {
            let found = hints(&format!("{deployment}{body}"));
            assert_eq!(found.len(), 1, "{body:?} {found:?}");
            assert_eq!(found[0].0, shown, "{body:?} {found:?}");
            assert!(found[0].1.contains(hint), "{body:?} {found:?}");
        }
    }

    #[test]
    fn warns_of_what_kubectl_accepts() {
        let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: np}\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector: {}\n    - podSelector: {}\n";
        let found = hints(policy);
        assert!(found[0].1.contains("remove the second dash"), "{found:?}");
        let two = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\napiVersion: v1\nkind: Service\nmetadata: {name: b}\n";
        let found = hints(two);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains("`---`"));
        let key = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {on: x}\n";
        assert_eq!(hints(key)[0].0, "on");
        let old = "apiVersion: extensions/v1beta1\nkind: Deployment\nmetadata: {name: a}\n";
        assert!(hints(old)[0].1.contains("`apiVersion: apps/v1`"));
        let role = "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: a}\n";
        assert_eq!(read(role).diagnostics[0].message, "accepted, not simulated: `Role`");
    }
}
