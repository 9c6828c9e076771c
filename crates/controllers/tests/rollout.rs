//! Deployments from manifest to ready endpoints, and what becomes of them.

mod support;

use manifest::Kind;
use serde_json::json;
use support::{Lab, deployment, service};

#[test]
fn a_deployment_becomes_ready_endpoints() {
    let mut lab = Lab::new(2);
    lab.update(Kind::Node, "node-2", |node| {
        node["spec"]["taints"] =
            json!([{"key": "podhop.dev/clients", "effect": "PreferNoSchedule"}]);
    });
    lab.world.set_next_address(
        "node-1",
        "10.244.0.0/24".parse().expect("a CIDR"),
        "10.244.0.10".parse().expect("an address"),
    );
    lab.create(service("web", "web"));
    lab.create(deployment("web", 3, "nginx:1.27"));
    let settled = lab.settle();
    let mut pods = lab.pods();
    pods.sort();
    assert_eq!(
        pods,
        ["node-1 10.244.0.10 ready", "node-1 10.244.0.11 ready", "node-1 10.244.0.12 ready"],
        "{:#?}",
        settled.records
    );
    let deployment = lab.json(Kind::Deployment, "web");
    assert_eq!(deployment["status"]["availableReplicas"], 3);
    let reasons: Vec<&str> = deployment["status"]["conditions"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|condition| condition["reason"].as_str())
        .collect();
    assert_eq!(reasons, ["MinimumReplicasAvailable", "NewReplicaSetAvailable"]);
    assert_eq!(deployment["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "1");
    let endpoints = lab.json(Kind::Endpoints, "web");
    assert_eq!(endpoints["subsets"][0]["addresses"].as_array().map(Vec::len), Some(3));
    let slices: Vec<_> = lab
        .snapshot()
        .objects_of(Kind::EndpointSlice)
        .filter(|slice| slice.namespace() == "default" && slice.name().starts_with("web-"))
        .cloned()
        .collect();
    assert_eq!(slices.len(), 1);
    assert_eq!(slices[0].to_json()["endpoints"].as_array().map(Vec::len), Some(3));
    assert!(lab.now.0 > 100_000 && lab.now.seconds() < 5, "{}", lab.now);
}

#[test]
fn a_deleted_pod_is_replaced_at_another_address() {
    let mut lab = Lab::new(1);
    lab.create(deployment("web", 1, "nginx:1.27"));
    lab.settle();
    assert_eq!(lab.pods(), ["node-1 10.244.0.2 ready"]);
    let name = lab.snapshot().objects_of(Kind::Pod).next().expect("one").name().to_owned();
    lab.delete(Kind::Pod, &name);
    lab.settle();
    assert_eq!(lab.pods(), ["node-1 10.244.0.3 ready"]);
}

#[test]
fn a_broken_rollout_stalls_within_its_limits_and_can_be_undone() {
    let mut lab = Lab::new(3);
    lab.create(deployment("web", 4, "img:1"));
    lab.settle();
    lab.update(Kind::Deployment, "web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("doesnotexist:2");
    });
    lab.settle();
    let status = &lab.json(Kind::Deployment, "web")["status"];
    assert_eq!(status["availableReplicas"], 3, "{status:#}");
    assert_eq!(status["updatedReplicas"], 2);
    assert_eq!(status["unavailableReplicas"], 2);
    lab.update(Kind::Deployment, "web", |web| {
        web["spec"]["template"]["spec"]["containers"][0]["image"] = json!("img:1");
    });
    lab.settle();
    let web = lab.json(Kind::Deployment, "web");
    assert_eq!(web["status"]["availableReplicas"], 4);
    assert_eq!(web["metadata"]["annotations"]["deployment.kubernetes.io/revision"], "3");
    let scaled: Vec<_> = lab
        .events()
        .into_iter()
        .filter(|event| event.starts_with("Deployment"))
        .map(|event| event.rsplit(" from ").next().map(str::to_owned).unwrap_or_default())
        .collect();
    assert_eq!(scaled, ["0 to 4", "0 to 1", "4 to 3", "1 to 2", "2 to 0", "3 to 4"]);
}

#[test]
fn deleting_a_deployment_takes_everything_with_it() {
    let mut lab = Lab::new(1);
    lab.create(deployment("web", 2, "img:1"));
    lab.settle();
    lab.delete(Kind::Deployment, "web");
    lab.settle();
    assert_eq!(lab.pods(), Vec::<String>::new());
    assert_eq!(lab.snapshot().objects_of(Kind::ReplicaSet).count(), 0);
}
