//! Whatever a person types: `read` returns, and every place it names lies within the text.

use manifest::{Manifest, Span, read, write};
use proptest::prelude::*;

/// Manifests to spoil.
const SEEDS: &[&str] = &[
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  labels: {app: web}\nspec:\n  replicas: 3\n  selector:\n    matchLabels: &l\n      app: web\n  template:\n    metadata:\n      labels: *l\n    spec:\n      containers:\n      - name: web\n        image: nginx:1.25\n        args: [\"-c\", 'it''s']\n        ports:\n        - containerPort: 80\n        resources:\n          limits: {cpu: 0.5, memory: 1Gi}\n",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: text # a note\ndata:\n  a: |\n    one\n    two\n  b: >-\n    folded\n    text\n  c: \"\\u00e9\\x41\\n\"\n  d: é😀\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {p: cGFzcw==}\n",
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: np\nspec:\n  podSelector: {}\n  ingress:\n  - from:\n    - namespaceSelector: {}\n    - podSelector:\n        matchExpressions:\n        - {key: a, operator: In, values: [x, y]}\n",
    "apiVersion: v1\nkind: List\nitems:\n- apiVersion: gateway.networking.k8s.io/v1\n  kind: HTTPRoute\n  metadata: {name: r}\n  spec:\n    rules:\n    - matches: [{path: {type: PathPrefix, value: /}}]\n      backendRefs: [{name: s, port: 80}]\n- <<: {kind: Pod}\n  apiVersion: v1\n",
    "{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{\"name\":\"s\"},\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":\"http\"}]}}\n{}",
];

/// Pieces that mean something to a YAML parser.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ": ",
    "- ",
    "? ",
    "\n",
    "\r\n",
    "\t",
    "  ",
    "|",
    ">",
    "|+2",
    ">-",
    "&a ",
    "*a",
    "!!str ",
    "!!int ",
    "!!binary ",
    "!<x>",
    "!",
    "!a,",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "---\n",
    "--- x\n",
    "...\n",
    "'",
    "\"",
    "\\",
    "\\x",
    "\\u00",
    "\\U0010FFFF",
    "\u{feff}",
    "\u{2028}",
    "\u{85}",
    "\0",
    "#",
    "@",
    "`",
    ",",
    "<<: *a\n",
    "{{ .x }}",
    "%41",
    "😀",
    "é",
    "null",
    "~",
    "yes",
    ".inf",
    "08",
    "1e999",
    "-0b1",
    "{{{{{{{{",
    "[[[[[[[[",
    "kind: Pod\n",
    "items:\n",
    "spec:\n",
    "metadata: 3\n",
];

fn spoiled() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..3_u8, 0..PIECES.len(), 0..12_usize);
    (0..=SEEDS.len(), prop::collection::vec(change, 0..8)).prop_map(|(seed, changes)| {
        let mut letters: Vec<char> = SEEDS.get(seed).copied().unwrap_or_default().chars().collect();
        for (place, what, piece, length) in changes {
            let at = place.index(letters.len() + 1);
            match what {
                0 => drop(letters.splice(at..at, PIECES[piece].chars())),
                1 => drop(letters.drain(at..(at + length).min(letters.len()))),
                _ => letters.truncate(at.max(letters.len().saturating_sub(length * 8))),
            }
        }
        letters.into_iter().collect()
    })
}

fn lies_within(span: Span, text: &str) -> bool {
    span.start <= span.end && text.get(span.start..span.end).is_some()
}

fn check(text: &str) -> Manifest {
    let manifest = read(text);
    for document in &manifest.documents {
        assert!(lies_within(document.span, text), "{text:?} {document:?}");
        assert!(document.object.is_some() != document.error.is_some(), "{text:?} {document:?}");
        if let Some(object) = &document.object {
            let again = write(object);
            assert_eq!(read(&again).documents.len(), 1, "{text:?} {again:?}");
        }
    }
    for diagnostic in &manifest.diagnostics {
        assert!(!diagnostic.message.is_empty());
        if let Some(span) = diagnostic.span {
            assert!(lies_within(span, text), "{text:?} {diagnostic:?}");
        }
        if let (Some(path), Some(reference)) = (&diagnostic.path, &diagnostic.object) {
            for document in
                manifest.documents.iter().filter(|d| d.reference.as_ref() == Some(reference))
            {
                let span = document.locate(path);
                assert!(span.is_none_or(|span| lies_within(span, text)), "{text:?} {path}");
            }
        }
    }
    manifest
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn spoiled_manifests(text in spoiled()) {
        check(&text);
    }

    #[test]
    fn any_text(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn pieces_only(pieces in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
        check(&text);
    }
}

#[test]
fn what_is_too_much_is_said() {
    for text in [
        "[".repeat(100_000),
        "{".repeat(100_000),
        "- ".repeat(100_000),
        format!("a: {}", "x".repeat(3 << 20)),
        "---\na: 1\n".repeat(5_000),
        "&a [*a]\n".repeat(1_000),
        "? ".repeat(10_000),
        format!("{{\"a\":{}", "[".repeat(100_000)),
    ] {
        let manifest = check(&text);
        assert!(manifest.documents.iter().any(|document| document.error.is_some()));
    }
}
