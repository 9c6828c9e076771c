//! Workloads other than Deployments, and what befalls their nodes and namespaces.

mod support;

use std::time::Duration;

use controllers::{KubeletHealth, LoadBalancerProvider};
use k8s_openapi::api::core::v1::Pod;
use manifest::Kind;
use serde_json::{Value, json};
use support::{Lab, deployment, pod_spec};

fn names(lab: &Lab) -> Vec<String> {
    lab.snapshot()
        .list_in::<Pod>("default")
        .map(|pod| pod.metadata.name.clone().unwrap_or_default())
        .collect()
}

fn stateful_set(replicas: i32) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "db"},
        "spec": {"serviceName": "s", "replicas": replicas, "selector": {"matchLabels": {"app": "a"}},
                 "podManagementPolicy": "OrderedReady", "updateStrategy": {"type": "RollingUpdate"},
                 "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod_spec("img:1")}},
    })
}

#[test]
fn a_stateful_set_goes_up_in_order_and_down_in_reverse() {
    let mut lab = Lab::new(3);
    lab.create(stateful_set(3));
    lab.settle();
    assert_eq!(names(&lab), ["db-0", "db-1", "db-2"]);
    let pod = lab.json(Kind::Pod, "db-1");
    assert_eq!(pod["spec"]["hostname"], "db-1");
    assert_eq!(pod["spec"]["subdomain"], "s");
    assert_eq!(pod["metadata"]["labels"]["apps.kubernetes.io/pod-index"], "1");
    let status = lab.json(Kind::StatefulSet, "db")["status"].clone();
    assert_eq!(status["readyReplicas"], 3);
    assert_eq!(status["currentRevision"], status["updateRevision"]);
    lab.update(Kind::StatefulSet, "db", |set| {
        set["spec"]["template"]["spec"]["containers"][0]["image"] = json!("img:2");
    });
    lab.settle();
    assert_eq!(lab.json(Kind::Pod, "db-0")["spec"]["containers"][0]["image"], "img:2");
    let deleted: Vec<_> =
        lab.events().into_iter().filter(|event| event.contains("Delete Pod")).collect();
    assert_eq!(
        deleted[0],
        "StatefulSet SuccessfulDelete: Delete Pod db-2 in StatefulSet db successful"
    );
    lab.update(Kind::StatefulSet, "db", |set| set["spec"]["replicas"] = json!(1));
    lab.settle();
    assert_eq!(names(&lab), ["db-0"]);
}

#[test]
fn a_daemon_set_runs_on_every_node_that_it_tolerates() {
    let mut lab = Lab::new(3);
    lab.update(Kind::Node, "node-3", |node| {
        node["spec"]["taints"] = json!([{"key": "k", "value": "v", "effect": "NoSchedule"}]);
    });
    lab.create(json!({
        "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": {"name": "ds"},
        "spec": {"selector": {"matchLabels": {"app": "a"}}, "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}},
                 "template": {"metadata": {"labels": {"app": "a"}}, "spec": pod_spec("img:1")}},
    }));
    lab.settle();
    let mut pods = lab.pods();
    pods.sort();
    assert_eq!(pods, ["node-1 10.244.0.2 ready", "node-2 10.244.1.2 ready"]);
    lab.node(4, json!({}));
    lab.settle();
    assert_eq!(lab.pods().len(), 3);
    assert_eq!(lab.json(Kind::DaemonSet, "ds")["status"]["numberReady"], 3);
}

#[test]
fn a_job_completes() {
    let mut lab = Lab::new(1);
    lab.world.images = std::sync::Arc::new(Ends(0));
    lab.create(job());
    lab.settle();
    let status = lab.json(Kind::Job, "j")["status"].clone();
    assert_eq!(status["succeeded"], 2, "{status:#}");
    assert_eq!(status["conditions"][1]["type"], "Complete");
    assert_eq!(lab.pods().len(), 2);
}

#[test]
fn a_job_fails_after_its_back_off_limit() {
    let mut lab = Lab::new(1);
    lab.world.images = std::sync::Arc::new(Ends(1));
    lab.create(job());
    lab.settle();
    lab.advance(600);
    let status = lab.json(Kind::Job, "j")["status"].clone();
    assert_eq!(status["conditions"][1]["reason"], "BackoffLimitExceeded", "{status:#}");
}

#[test]
fn a_cron_job_makes_jobs_on_time() {
    let mut lab = Lab::new(1);
    lab.world.images = std::sync::Arc::new(Ends(0));
    lab.create(json!({
        "apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "c"},
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": job()["spec"]}, "successfulJobsHistoryLimit": 3},
    }));
    lab.settle();
    assert_eq!(lab.snapshot().objects_of(Kind::Job).count(), 0);
    lab.advance(601);
    assert_eq!(lab.snapshot().objects_of(Kind::Job).count(), 2);
}

#[test]
fn a_crashing_container_backs_off() {
    let mut lab = Lab::new(1);
    lab.world.images = std::sync::Arc::new(Ends(1));
    lab.create(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod_spec("img:1")}));
    lab.advance(5);
    let status = |lab: &Lab| lab.json(Kind::Pod, "p")["status"]["containerStatuses"][0].clone();
    assert_eq!(
        status(&lab)["state"]["waiting"]["reason"],
        "CrashLoopBackOff",
        "{:#}",
        status(&lab)
    );
    assert_eq!(status(&lab)["restartCount"], 1);
    lab.advance(40);
    assert_eq!(status(&lab)["restartCount"], 3);
}

#[test]
fn a_lost_node_is_noticed_and_its_pods_are_evicted() {
    let mut lab = Lab::new(2);
    lab.create(deployment("web", 2, "img:1"));
    lab.settle();
    let tolerate = json!([
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
    ]);
    assert_eq!(
        tolerate,
        lab.snapshot().objects_of(Kind::Pod).next().expect("one").to_json()["spec"]["tolerations"]
    );
    lab.world.set_kubelet("node-2", KubeletHealth::Down { since: lab.now });
    lab.advance(60);
    assert_eq!(lab.json(Kind::Node, "node-2")["status"]["conditions"][3]["status"], "Unknown");
    let unready =
        lab.pods().into_iter().filter(|pod| pod.starts_with("node-2")).collect::<Vec<_>>();
    assert_eq!(unready, ["node-2 10.244.1.2 Running"]);
    lab.advance(300);
    let pods = lab.pods();
    assert_eq!(
        pods.iter().filter(|pod| pod.starts_with("node-1") && pod.ends_with(" ready")).count(),
        2,
        "{pods:?}"
    );
    lab.world.set_kubelet("node-2", KubeletHealth::Running);
    lab.advance(5);
    assert_eq!(lab.pods().len(), 2);
    assert!(lab.json(Kind::Node, "node-2")["spec"]["taints"].is_null());
}

#[test]
fn a_machine_that_comes_back_starts_its_pods_anew() {
    let mut lab = Lab::new(1);
    lab.create(deployment("web", 1, "img:1"));
    lab.settle();
    lab.world.set_kubelet("node-1", KubeletHealth::Down { since: lab.now });
    lab.advance(100);
    lab.world.set_kubelet("node-1", KubeletHealth::Running);
    lab.advance(5);
    assert_eq!(lab.pods(), ["node-1 10.244.0.3 ready"]);
    let pod = lab.snapshot().objects_of(Kind::Pod).next().expect("one").to_json();
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 1);
}

#[test]
fn without_a_network_plugin_nothing_starts() {
    let mut lab = Lab::new(1);
    lab.world.network_plugin = false;
    lab.create(json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": pod_spec("img:1")}));
    lab.settle();
    assert_eq!(
        lab.json(Kind::Node, "node-1")["status"]["conditions"][3]["reason"],
        "KubeletNotReady"
    );
    assert_eq!(lab.pods(), ["- - Pending"]);
    lab.world.network_plugin = true;
    lab.world.touch_all();
    lab.settle();
    assert_eq!(lab.pods(), ["node-1 10.244.0.2 ready"]);
}

#[test]
fn a_load_balancer_gets_an_address_only_from_somebody() {
    let service = || {
        json!({
            "apiVersion": "v1", "kind": "Service", "metadata": {"name": "lb"},
            "spec": {"type": "LoadBalancer", "ports": [{"port": 80, "targetPort": 80, "protocol": "TCP"}], "selector": {"app": "a"}},
        })
    };
    let mut lab = Lab::new(1);
    lab.create(service());
    lab.settle();
    assert!(lab.json(Kind::Service, "lb")["status"]["loadBalancer"]["ingress"].is_null());
    lab.world.load_balancers =
        LoadBalancerProvider::Pool { pool: vec!["192.168.1.240/28".parse().expect("a CIDR")] };
    lab.world.touch_all();
    lab.settle();
    assert_eq!(
        lab.json(Kind::Service, "lb")["status"]["loadBalancer"]["ingress"][0]["ip"],
        "192.168.1.240"
    );
}

#[test]
fn a_deleted_namespace_empties_and_goes() {
    let mut lab = Lab::new(1);
    lab.create(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "demo"}}));
    lab.settle();
    let mut web = deployment("web", 2, "img:1");
    web["metadata"]["namespace"] = json!("demo");
    lab.create(web);
    lab.settle();
    assert_eq!(lab.snapshot().objects_in(Kind::Pod, "demo").count(), 2);
    lab.delete(Kind::Namespace, "demo");
    lab.settle();
    assert_eq!(lab.json(Kind::Namespace, "demo"), Value::Null);
    assert_eq!(lab.snapshot().objects().filter(|object| object.namespace() == "demo").count(), 0);
}

#[test]
fn what_does_not_fit_says_why() {
    let mut lab = Lab::new(3);
    lab.update(Kind::Node, "node-1", |node| {
        node["spec"]["taints"] = json!([{"key": "k", "effect": "NoSchedule"}])
    });
    let mut spec = pod_spec("img:1");
    spec["containers"][0]["resources"] = json!({"requests": {"cpu": "64"}});
    lab.create(
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "big"}, "spec": spec}),
    );
    lab.settle();
    let failed = "Pod FailedScheduling: 0/3 nodes are available: 1 node(s) had untolerated taint(s), 2 Insufficient cpu. \
                  no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.";
    assert!(lab.events().iter().any(|event| event == failed), "{:#?}", lab.events());
}

fn job() -> Value {
    let mut spec = pod_spec("img:1");
    spec["restartPolicy"] = json!("Never");
    json!({
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "j"},
        "spec": {"completions": 2, "parallelism": 1, "backoffLimit": 2, "template": {"spec": spec}},
    })
}

/// Every container ends with this code after a tenth of a second.
struct Ends(i32);

impl controllers::images::Images for Ends {
    fn behaviour(
        &self,
        _: &k8s_openapi::api::core::v1::Container,
    ) -> controllers::images::Behaviour {
        controllers::images::Behaviour {
            pull: controllers::images::Pull::Comes { takes: Duration::from_millis(100), size: 1 },
            process: controllers::images::Process::Exits {
                after: Duration::from_millis(100),
                code: self.0,
            },
            ready: true,
            stops_in: Duration::ZERO,
        }
    }
}
