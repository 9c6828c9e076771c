//! Nodes come and go, and the controllers see to the rest.

use cluster::{Cluster, Fault, Request, Scenario, Settings, SourceFile};
use k8s_openapi::api::core::v1::{Node, Pod};
use manifest::{Kind, ObjectRef};
use trace::{Outcome, Place};

fn pods_on(cluster: &Cluster, node: &str) -> Vec<String> {
    let snapshot = cluster.snapshot();
    let on = |pod: &&Pod| pod.spec.as_ref().is_some_and(|it| it.node_name.as_deref() == Some(node));
    snapshot.list::<Pod>().filter(on).filter_map(|pod| pod.metadata.name.clone()).collect()
}

fn is_ready(cluster: &Cluster, name: &str) -> bool {
    let snapshot = cluster.snapshot();
    let node: Option<&Node> = snapshot.find("", name);
    let conditions = node.and_then(|node| node.status.as_ref()?.conditions.clone());
    conditions.into_iter().flatten().any(|it| it.type_ == "Ready" && it.status == "True")
}

fn ask(cluster: &mut Cluster) -> Outcome {
    let frontend = Place::Pod(ObjectRef::new(Kind::Pod, "default", "frontend"));
    cluster.send(&Request::get(frontend, "http://web-service")).outcome
}

#[test]
fn an_added_node_registers_runs_what_every_node_runs_and_takes_pods() {
    let mut cluster = Cluster::new(Scenario::opening());
    assert_eq!(cluster.add_node(), Ok("node-3".into()));
    assert!(is_ready(&cluster, "node-3"));
    let system = pods_on(&cluster, "node-3");
    assert!(system.iter().any(|pod| pod.starts_with("kube-proxy-")), "{system:?}");
    assert!(system.iter().any(|pod| pod.starts_with("kube-flannel-")), "{system:?}");

    let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: guest}\nspec:\n  nodeName: node-3\n  \
                containers: [{name: web, image: nginx:1.29}]\n";
    cluster.apply(&[SourceFile { name: "guest.yaml".into(), text: text.into() }]);
    let snapshot = cluster.snapshot();
    let guest: &Pod = snapshot.find("default", "guest").expect("it was applied");
    let address = guest.status.as_ref().and_then(|status| status.pod_ip.clone());
    assert!(address.is_some_and(|address| address.starts_with("10.244.3.")));
    let frontend = Place::Pod(ObjectRef::new(Kind::Pod, "default", "frontend"));
    let guest = guest.status.as_ref().and_then(|status| status.pod_ip.clone()).expect("it has one");
    let outcome = cluster.send(&Request::get(frontend, format!("http://{guest}"))).outcome;
    assert!(matches!(outcome, Outcome::Http { status: 200, .. }), "{outcome:?}");
}

#[test]
fn a_removed_nodes_pods_are_collected_and_replaced_elsewhere() {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.add_node().expect("there is room");
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: guest}\nspec:\n  replicas: 1\n  \
                selector: {matchLabels: {app: guest}}\n  template:\n    metadata: {labels: {app: guest}}\n    \
                spec:\n      affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: \
                [{weight: 100, preference: {matchExpressions: [{key: kubernetes.io/hostname, operator: In, \
                values: [node-3]}]}}]}}\n      containers: [{name: web, image: nginx:1.29}]\n";
    cluster.apply(&[SourceFile { name: "guest.yaml".into(), text: text.into() }]);
    assert!(pods_on(&cluster, "node-3").iter().any(|pod| pod.starts_with("guest-")));

    cluster.remove_node("node-3").expect("it may go");
    assert!(pods_on(&cluster, "node-3").is_empty());
    let elsewhere = pods_on(&cluster, "node-1");
    assert!(elsewhere.iter().any(|pod| pod.starts_with("guest-")), "{elsewhere:?}");
    assert!(matches!(ask(&mut cluster), Outcome::Http { status: 200, .. }));
    assert_eq!(cluster.can_undo(), Some("remove node-3"));
    assert!(cluster.undo());
    assert!(is_ready(&cluster, "node-3"));
}

#[test]
fn the_node_of_the_api_server_must_stay() {
    let mut cluster = Cluster::new(Scenario::opening());
    let refused = cluster.remove_node("node-1").expect_err("the API server is there");
    assert!(refused.contains("API server"), "{refused}");
    assert!(cluster.remove_node("node-9").is_err());
    assert_eq!(cluster.can_undo(), None);
}

#[test]
fn another_set_up_keeps_the_nodes() {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.add_node().expect("there is room");
    cluster.configure(Settings { cni: cluster::Cni::CalicoVxlan, ..Settings::default() });
    assert!(is_ready(&cluster, "node-3"));
}

#[test]
fn actions_are_named_and_one_line_is_one_action() {
    let mut cluster = Cluster::new(Scenario::opening());
    assert_eq!((cluster.can_undo(), cluster.can_redo()), (None, None));
    cluster.fault(&Fault::Link { node: "node-1".into(), up: false }).expect("it is there");
    assert_eq!(cluster.can_undo(), Some("cut the link of node-1"));
    cluster.begin_action("two at once");
    let pods = cluster.breakable();
    cluster.fault(&Fault::CoreDns { running: false }).expect("it runs");
    cluster.end_action();
    assert!(!pods.is_empty());
    assert!(cluster.undo());
    assert_eq!(cluster.can_redo(), Some("two at once"));
}

#[test]
fn everything_that_can_be_broken_breaks_and_everything_broken_mends() {
    let mut cluster = Cluster::new(Scenario::opening());
    for fault in cluster.breakable() {
        let before = cluster.clone();
        cluster.fault(&fault).unwrap_or_else(|error| panic!("{fault}: {error}"));
        if let Some(mended) = fault.mended() {
            assert_eq!(cluster.broken(), std::slice::from_ref(&fault), "{fault}");
            assert!(!cluster.breakable().contains(&fault), "{fault} is broken already");
            cluster.fault(&mended).unwrap_or_else(|error| panic!("{mended}: {error}"));
            assert!(matches!(ask(&mut cluster), Outcome::Http { status: 200, .. }), "{mended}");
        }
        assert_eq!(cluster.broken(), [], "{fault}");
        cluster = before;
    }
}
