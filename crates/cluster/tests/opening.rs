//! The opening scenario keeps the article's addresses, by ordinary means.

use cluster::{Cluster, EXAMPLES, Scenario};
use k8s_openapi::api::core::v1::{Pod, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use manifest::{Kind, ObjectRef};

/// `name address node`, the random suffixes cut off, of every ready Pod in `default`.
fn pods(cluster: &Cluster) -> Vec<String> {
    let snapshot = cluster.snapshot();
    let mut lines: Vec<String> = snapshot
        .list_in::<Pod>("default")
        .map(|pod| {
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            let app = pod.metadata.labels.as_ref().and_then(|labels| labels.get("app"));
            let address = pod.status.as_ref().and_then(|status| status.pod_ip.as_deref());
            let node = pod.spec.as_ref().and_then(|spec| spec.node_name.as_deref());
            format!(
                "{} {} {}",
                app.map_or(name, String::as_str),
                address.unwrap_or("-"),
                node.unwrap_or("-")
            )
        })
        .collect();
    lines.sort();
    lines
}

fn endpoints(cluster: &Cluster) -> Vec<String> {
    let snapshot = cluster.snapshot();
    let mut addresses: Vec<String> = snapshot
        .list_in::<EndpointSlice>("default")
        .filter(|slice| {
            slice
                .metadata
                .labels
                .as_ref()
                .and_then(|labels| labels.get("kubernetes.io/service-name"))
                == Some(&"web-service".to_owned())
        })
        .flat_map(|slice| slice.endpoints.iter().flatten())
        .flat_map(|endpoint| endpoint.addresses.clone())
        .collect();
    addresses.sort();
    addresses
}

#[test]
fn opens_with_the_addresses_of_the_article() {
    let cluster = Cluster::new(Scenario::opening());
    assert_eq!(
        pods(&cluster),
        [
            "frontend 10.244.2.5 node-2",
            "web-app 10.244.1.10 node-1",
            "web-app 10.244.1.11 node-1",
            "web-app 10.244.1.12 node-1",
        ]
    );
    let snapshot = cluster.snapshot();
    let service: &Service = snapshot.find("default", "web-service").expect("it was applied");
    let spec = service.spec.as_ref().expect("it has one");
    assert_eq!(spec.cluster_ip.as_deref(), Some("10.96.15.20"));
    assert_eq!(endpoints(&cluster), ["10.244.1.10", "10.244.1.11", "10.244.1.12"]);
    assert!(cluster.unsettled().is_empty());
}

#[test]
fn a_replacement_gets_another_address_and_the_endpoints_follow() {
    let mut cluster = Cluster::new(Scenario::opening());
    let first = cluster
        .snapshot()
        .list_in::<Pod>("default")
        .find(|pod| pod.status.as_ref().and_then(|s| s.pod_ip.as_deref()) == Some("10.244.1.10"))
        .and_then(|pod| pod.metadata.name.clone())
        .expect("it runs");
    cluster.delete(&ObjectRef::new(Kind::Pod, "default", first)).expect("it may be deleted");
    assert_eq!(endpoints(&cluster), ["10.244.1.11", "10.244.1.12", "10.244.1.13"]);
    assert!(cluster.undo());
    assert_eq!(endpoints(&cluster), ["10.244.1.10", "10.244.1.11", "10.244.1.12"]);
    assert!(cluster.redo());
    assert_eq!(endpoints(&cluster), ["10.244.1.11", "10.244.1.12", "10.244.1.13"]);
}

#[test]
fn the_files_in_the_editor_are_what_runs() {
    let mut cluster = Cluster::new(Scenario::opening());
    let files = cluster.scenario().files.clone();
    let applied = cluster.apply(&files);
    let effects: Vec<&str> = applied.results.iter().map(|result| result.effect.as_str()).collect();
    assert_eq!(effects, ["unchanged", "unchanged"]);
}

#[test]
fn the_articles_own_yaml_is_refused_and_changes_nothing() {
    let mut cluster = Cluster::new(Scenario::opening());
    let before = cluster.snapshot().resource_version();
    let article = EXAMPLES.iter().find(|example| example.title.contains("abbreviate"));
    let applied = cluster.apply(&article.expect("it is an example").files());
    let messages: Vec<&str> = applied
        .findings
        .iter()
        .flat_map(|file| &file.diagnostics)
        .map(|diagnostic| diagnostic.message.as_str())
        .collect();
    assert!(applied.is_refused(), "{messages:#?}");
    assert!(messages.contains(&"spec.selector: Required value"), "{messages:#?}");
    assert!(messages.contains(&"spec.ports: Required value"), "{messages:#?}");
    assert_eq!(cluster.snapshot().resource_version(), before);
}
