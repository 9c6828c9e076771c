//! A small cluster to run controllers in.
#![allow(dead_code)]

use std::time::Duration;

use apiserver::{ApiServer, Config, DeleteOptions, Snapshot, Time, WriteOptions};
use controllers::{
    EveryProbeSucceeds, ReconcileRecord, Settled, World, settle_fully, settle_until,
};
use k8s_openapi::api::core::v1::{Event, Pod};
use manifest::{Kind, Object, ObjectRef};
use serde_json::{Value, json};

pub struct Lab {
    pub api: ApiServer,
    pub world: World,
    pub now: Time,
    pub records: Vec<ReconcileRecord>,
}

impl Lab {
    /// `nodes` nodes, node-1 with address 192.168.1.11 and podCIDR 10.244.0.0/24 and so on.
    pub fn new(nodes: usize) -> Self {
        let mut lab = Lab {
            api: ApiServer::new(Config::default()),
            world: World::new(1),
            now: Time(0),
            records: Vec::new(),
        };
        for number in 1..=nodes {
            lab.node(number, json!({}));
        }
        lab
    }

    pub fn node(&mut self, number: usize, spec: Value) {
        let range = format!("10.244.{}.0/24", number - 1);
        let mut whole = json!({"podCIDR": range, "podCIDRs": [range]});
        for (key, value) in spec.as_object().into_iter().flatten() {
            whole[key] = value.clone();
        }
        let name = format!("node-{number}");
        let node = json!({
            "apiVersion": "v1", "kind": "Node",
            "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
            "spec": whole,
        });
        self.create(node.clone());
        let mut node = node;
        node["status"] = json!({
            "addresses": [{"type": "InternalIP", "address": format!("192.168.1.{}", 10 + number)}],
            "capacity": {"cpu": "4", "memory": "8Gi", "pods": "110"},
            "allocatable": {"cpu": "4", "memory": "8Gi", "pods": "110"},
        });
        let object = read(node);
        self.api.update_status(object, &WriteOptions::new(self.now, "test")).expect("status fits");
    }

    pub fn create(&mut self, object: Value) {
        self.api.create(read(object), &WriteOptions::new(self.now, "test")).expect("accepted");
    }

    pub fn update(&mut self, kind: Kind, name: &str, change: impl FnOnce(&mut Value)) {
        let namespace = if kind.resource().namespaced { "default" } else { "" };
        let reference = ObjectRef::new(kind, namespace, name);
        let mut json = self.snapshot().get(&reference).expect("exists").to_json();
        change(&mut json);
        self.api.update(read(json), &WriteOptions::new(self.now, "test")).expect("accepted");
    }

    pub fn delete(&mut self, kind: Kind, name: &str) {
        let namespace = if kind.resource().namespaced { "default" } else { "" };
        self.api
            .delete(&ObjectRef::new(kind, namespace, name), &DeleteOptions::background(self.now))
            .expect("accepted");
    }

    pub fn settle(&mut self) -> Settled {
        let limit = self.now + Duration::from_secs(600);
        let (settled, now) =
            settle_fully(&mut self.api, &mut self.world, &mut EveryProbeSucceeds, self.now, limit);
        self.now = now;
        assert_eq!(settled.unsettled, [], "settles");
        self.records.extend(settled.records.clone());
        settled
    }

    pub fn advance(&mut self, seconds: u64) -> Settled {
        let until = self.now + Duration::from_secs(seconds);
        let settled =
            settle_until(&mut self.api, &mut self.world, &mut EveryProbeSucceeds, self.now, until);
        self.now = until;
        assert_eq!(settled.unsettled, [], "settles");
        self.records.extend(settled.records.clone());
        settled
    }

    pub fn snapshot(&self) -> Snapshot {
        self.api.snapshot()
    }

    pub fn json(&self, kind: Kind, name: &str) -> Value {
        let namespace = if kind.resource().namespaced { "default" } else { "" };
        self.snapshot()
            .get(&ObjectRef::new(kind, namespace, name))
            .map_or(Value::Null, |object| object.to_json())
    }

    /// `node address ready` of each Pod, by name.
    pub fn pods(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        snapshot
            .list_in::<Pod>("default")
            .map(|pod| {
                let node = controllers::pods::node_name(pod).unwrap_or("-");
                let ip =
                    pod.status.as_ref().and_then(|status| status.pod_ip.as_deref()).unwrap_or("-");
                let ready = if controllers::pods::is_ready(pod) {
                    "ready"
                } else {
                    controllers::pods::phase(pod)
                };
                format!("{node} {ip} {ready}")
            })
            .collect()
    }

    /// `Kind reason: message` of each event, in order.
    pub fn events(&self) -> Vec<String> {
        let snapshot = self.snapshot();
        let mut events: Vec<_> = snapshot.list::<Event>().collect();
        events.sort_by_key(|event| {
            event.metadata.name.as_deref().unwrap_or_default().rsplit('.').next().map(str::to_owned)
        });
        events
            .iter()
            .map(|event| {
                format!(
                    "{} {}: {}",
                    event.involved_object.kind.as_deref().unwrap_or_default(),
                    event.reason.as_deref().unwrap_or_default(),
                    event.message.as_deref().unwrap_or_default()
                )
            })
            .collect()
    }
}

pub fn read(object: Value) -> Object {
    let kind = Kind::resolve(
        object["apiVersion"].as_str().unwrap_or_default(),
        object["kind"].as_str().unwrap_or_default(),
    )
    .expect("a served kind");
    let mut object = Object::from_json(kind, object).expect("fits the kind");
    if kind.resource().namespaced && object.namespace().is_empty() {
        object.metadata_mut().namespace = Some("default".into());
    }
    object
}

pub fn deployment(name: &str, replicas: i32, image: &str) -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
        "spec": {
            "replicas": replicas, "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "selector": {"matchLabels": {"app": name}},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(image)},
        },
    })
}

pub fn pod_spec(image: &str) -> Value {
    json!({
        "restartPolicy": "Always", "terminationGracePeriodSeconds": 30,
        "containers": [{"name": "c", "image": image, "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]}],
    })
}

pub fn service(name: &str, app: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Service", "metadata": {"name": name},
        "spec": {"type": "ClusterIP", "ipFamilies": ["IPv4"], "selector": {"app": app},
                 "ports": [{"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"}]},
    })
}
