//! Faults have the consequences they have in a real cluster.

use cluster::{Cluster, Fault, Request, Scenario};
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};
use trace::{Outcome, Place};

fn pod(name: &str) -> ObjectRef {
    ObjectRef::new(Kind::Pod, "default", name)
}

fn ask(cluster: &mut Cluster, url: &str) -> Outcome {
    cluster.send(&Request::get(Place::Pod(pod("frontend")), url)).outcome
}

fn web_pods(cluster: &Cluster) -> Vec<(String, String, i32)> {
    let snapshot = cluster.snapshot();
    let pods = snapshot.list_in::<Pod>("default").filter(|pod| {
        pod.metadata.labels.as_ref().is_some_and(|labels| labels.contains_key("pod-template-hash"))
    });
    pods.map(|pod| {
        let status = pod.status.clone().unwrap_or_default();
        let restarts = status.container_statuses.iter().flatten().map(|c| c.restart_count).sum();
        (pod.metadata.name.clone().unwrap_or_default(), status.pod_ip.unwrap_or_default(), restarts)
    })
    .collect()
}

#[test]
fn a_crashed_pod_restarts_with_the_same_name_and_address() {
    let mut cluster = Cluster::new(Scenario::opening());
    let before = web_pods(&cluster);
    cluster.fault(&Fault::CrashPod(pod(&before[0].0))).expect("it runs");
    cluster.advance(std::time::Duration::from_secs(20));
    let after = web_pods(&cluster);
    assert_eq!(after[0], (before[0].0.clone(), before[0].1.clone(), 1));
    assert!(matches!(ask(&mut cluster, "http://web-service"), Outcome::Http { status: 200, .. }));
}

#[test]
fn without_core_dns_names_fail_and_addresses_work() {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.fault(&Fault::CoreDns { running: false }).expect("it is a Deployment");
    let outcome = ask(&mut cluster, "http://web-service");
    assert!(matches!(outcome, Outcome::Unresolved { .. }), "{outcome:?}");
    assert!(matches!(ask(&mut cluster, "http://10.96.15.20"), Outcome::Http { status: 200, .. }));
    cluster.fault(&Fault::CoreDns { running: true }).expect("it is a Deployment");
    assert!(matches!(ask(&mut cluster, "http://web-service"), Outcome::Http { status: 200, .. }));
}

#[test]
fn a_stopped_kube_proxy_leaves_old_rules_and_learns_no_new_ones() {
    let mut cluster = Cluster::new(Scenario::opening());
    let off = Fault::KubeProxy { node: "node-2".into(), running: false };
    cluster.fault(&off).expect("it is a DaemonSet");
    assert!(matches!(ask(&mut cluster, "http://web-service"), Outcome::Http { status: 200, .. }));
    for (name, ..) in web_pods(&cluster) {
        cluster.delete(&pod(&name)).expect("it may be deleted");
    }
    let outcome = ask(&mut cluster, "http://web-service");
    assert!(!outcome.is_success(), "the rules still name Pods that are gone: {outcome:?}");
    let on = Fault::KubeProxy { node: "node-2".into(), running: true };
    cluster.fault(&on).expect("it is a DaemonSet");
    assert!(matches!(ask(&mut cluster, "http://web-service"), Outcome::Http { status: 200, .. }));
}

#[test]
fn a_cut_link_is_silence() {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.fault(&Fault::Link { node: "node-1".into(), up: false }).expect("the node exists");
    let outcome = ask(&mut cluster, "http://10.96.15.20");
    assert!(matches!(outcome, Outcome::TimedOut | Outcome::Unreachable), "{outcome:?}");
}

#[test]
fn a_pod_without_a_readiness_probe_cannot_be_unready() {
    let mut cluster = Cluster::new(Scenario::opening());
    let refused = cluster.fault(&Fault::Readiness { pod: pod("frontend"), failing: true });
    assert!(refused.expect_err("it has no probe").contains("readinessProbe"));
}

#[test]
fn a_misspelt_image_stops_the_rollout_and_not_the_service() {
    let mut cluster = Cluster::new(Scenario::opening());
    let deployment = ObjectRef::new(Kind::Deployment, "default", "web-app");
    cluster.fault(&Fault::MisspellImage(deployment)).expect("it has an image");
    let waiting = cluster.snapshot().list_in::<Pod>("default").any(|pod| {
        let status = pod.status.as_ref();
        status.into_iter().flat_map(|status| status.container_statuses.iter().flatten()).any(|c| {
            let waiting = c.state.as_ref().and_then(|state| state.waiting.as_ref());
            waiting
                .and_then(|waiting| waiting.reason.as_deref())
                .is_some_and(|reason| reason == "ErrImagePull" || reason == "ImagePullBackOff")
        })
    });
    assert!(waiting, "no Pod waits for its image");
    assert!(matches!(ask(&mut cluster, "http://web-service"), Outcome::Http { status: 200, .. }));
}
