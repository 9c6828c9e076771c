//! Completion and documentation at places of finished and unfinished texts.

use super::*;

/// A text with `|` where the cursor stands.
fn labels(marked: &str) -> Vec<String> {
    let at = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    complete(&text, at).choices.into_iter().map(|choice| choice.label).collect()
}

fn hovered(marked: &str) -> Option<(&'static str, &'static str)> {
    let at = marked.find('|').expect("a cursor");
    let text = marked.replacen('|', "", 1);
    field_at(&text, at).map(|(_, choice)| (choice.owner, choice.field))
}

const TWO: &str = "\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      containers:
        - name: web
          image: nginx
          ports:
            - containerPort: 80
---
apiVersion: v1
kind: Service
spec:
  ports:
    - port: 80
";

const LIST: &str = "\
apiVersion: v1
kind: List
items:
- apiVersion: apps/v1
  kind: Deployment
  spec:
    template:
      spec:
        containers:
        - name: web
- kind: Service
  apiVersion: v1
  spec:
    ports:
    - port: 80
metadata: {}
";

#[test]
fn an_object_of_a_list_is_known_by_its_own_kind() {
    assert_eq!(
        hovered(&LIST.replace("- port: 80", "- po|rt: 80")),
        Some(("api.core.v1.ServicePort", "port"))
    );
    assert_eq!(
        hovered(&LIST.replace("  spec:\n    template", "  sp|ec:\n    template")),
        Some(("api.apps.v1.Deployment", "spec"))
    );
    assert_eq!(labels(&LIST.replace("    template:", "    rep|\n    template:")), ["replicas"]);
    assert_eq!(labels(&LIST.replace("    ports:", "    type: No|\n    ports:")), ["NodePort"]);
}

#[test]
fn the_document_around_the_cursor_decides_the_kind() {
    let first = TWO.replace("  template:\n", "  rep|\n  template:\n");
    assert_eq!(labels(&first), ["replicas"]);
    let second = TWO.replace("    - port: 80\n", "    - port: 80\n      target|\n");
    assert_eq!(labels(&second), ["targetPort"]);
    assert_eq!(
        hovered(&TWO.replace("  ports:\n    - po", "  ports:\n    - p|o")),
        Some(("api.core.v1.ServicePort", "port"))
    );
    assert_eq!(hovered(&TWO.replace("image", "im|age")), Some(("api.core.v1.Container", "image")));
}

#[test]
fn nested_lists_lead_to_their_items() {
    let found =
        labels(&TWO.replace("- containerPort: 80\n", "- containerPort: 80\n              |\n"));
    assert_eq!(found, ["hostIP", "hostPort", "name", "protocol"]);
    let same_column =
        "kind: Service\napiVersion: v1\nspec:\n  ports:\n  - port: 80\n    |\n  - port: 81\n";
    let found = labels(same_column);
    assert_eq!(found.first().map(String::as_str), Some("appProtocol"));
    assert!(!found.contains(&"port".to_owned()), "{found:?}");
}

#[test]
fn keys_that_are_there_are_not_offered() {
    let found = labels("apiVersion: v1\nkind: Service\n|\nspec: {}\n");
    assert_eq!(found, ["metadata"]);
}

#[test]
fn values_are_offered_where_the_schema_lists_them() {
    let service = "apiVersion: v1\nkind: Service\nspec:\n  type: |\n  ports:\n    - protocol: T|\n";
    let kinds = service.replacen("T|", "", 1);
    assert_eq!(labels(&kinds), ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]);
    assert_eq!(labels(&service.replacen("type: |", "", 1)), ["TCP"]);
    assert_eq!(labels("apiVersion: networking.k8s.io/v1\nkind: Net|\n"), ["NetworkPolicy"]);
    assert_eq!(labels("kind: Ingress\napiVersion: |\n"), ["networking.k8s.io/v1"]);
}

#[test]
fn an_empty_file_begins_with_a_head() {
    let found = labels("|");
    assert!(
        found.contains(&"apiVersion".to_owned()) && found.contains(&"Service".to_owned()),
        "{found:?}"
    );
    let behind = labels("apiVersion: v1\nkind: Pod\n---\n|");
    assert!(behind.contains(&"kind".to_owned()), "{behind:?}");
}

#[test]
fn json_is_read_by_its_brackets() {
    let json = r#"{"kind": "Service", "apiVersion": "v1", "spec": {"ports": [{"port": 80, |}]}}"#;
    let found = labels(json);
    assert!(
        found.contains(&"targetPort".to_owned()) && !found.contains(&"port".to_owned()),
        "{found:?}"
    );
    let quoted = r#"{"kind": "Service", "apiVersion": "v1", "spec": {"type": "Node|"}}"#;
    assert_eq!(labels(quoted), ["NodePort"]);
    let hover = r#"{"kind": "Service", "apiVersion": "v1", "spec": {"ty|pe": "NodePort"}}"#;
    assert_eq!(hovered(hover), Some(("api.core.v1.ServiceSpec", "type")));
}

#[test]
fn braces_inside_yaml_are_read_too() {
    let text = "apiVersion: v1\nkind: Service\nspec:\n  ports: [{port: 80, no|}]\n";
    assert_eq!(labels(text), ["nodePort"]);
}

#[test]
fn nothing_is_offered_in_comments_and_in_blocks_of_text() {
    assert!(labels("kind: Service\n# spe|\n").is_empty());
    assert!(
        labels(
            "apiVersion: v1\nkind: ConfigMap\ndata:\n  a: |\n    spe¦"
                .replacen('|', "↵", 1)
                .replacen('¦', "|", 1)
                .replacen('↵', ">", 1)
                .as_str()
        )
        .is_empty()
    );
}

#[test]
fn names_of_the_cluster_are_wanted_where_fields_refer_to_objects() {
    let text = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
spec:
  rules:
    - http:
        paths:
          - backend:
              service:
                name: ";
    assert_eq!(complete(text, text.len()).wanted, Some(Wanted::Name(Kind::Service)));
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec:\n  podSelector:\n    matchLabels:\n      ";
    assert_eq!(complete(policy, policy.len()).wanted, Some(Wanted::LabelKey));
}

#[test]
fn no_place_of_any_text_breaks_it() {
    let texts = [
        TWO,
        "---\n---",
        "- - a: {b: [",
        "{\"a\": [\"",
        "é: 😀\n  - ü: [ö",
        "a: |\n  b\nc:",
        "\t- :",
    ];
    for text in texts {
        for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
            complete(text, at);
            field_at(text, at);
        }
    }
}
