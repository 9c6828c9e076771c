//! Another set-up of the cluster keeps what people made, wherever they made it.

use cluster::{Cluster, Cni, IngressController, Scenario, Settings, SourceFile};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::batch::v1::Job;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Node, Pod, Service, ServiceAccount};
use manifest::{Kind, Object, ObjectRef, Typed};

/// Creates the objects of a text without `apply`, as `kubectl create` does.
fn create(cluster: &mut Cluster, text: &str) {
    for document in manifest::read(text).documents {
        let object = document.object.expect("it is an object");
        cluster.write(|api, options| api.create(object, options)).expect("it is accepted");
    }
}

fn change<T: Typed>(cluster: &mut Cluster, namespace: &str, name: &str, change: fn(&mut T)) {
    let mut object: T = cluster.snapshot().find::<T>(namespace, name).expect("it is there").clone();
    change(&mut object);
    let object: Object = object.into();
    cluster.write(|api, options| api.update(object, options)).expect("it is accepted");
}

fn calico() -> Settings {
    Settings { cni: Cni::CalicoVxlan, ..Settings::default() }
}

fn running_pods(cluster: &Cluster, app: &str) -> usize {
    let snapshot = cluster.snapshot();
    let runs = |pod: &&Pod| {
        let labels = pod.metadata.labels.as_ref();
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        labels.and_then(|all| all.get("app")).is_some_and(|it| it == app)
            && phase == Some("Running")
    };
    snapshot.list::<Pod>().filter(runs).count()
}

const SHOP: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: web, image: 'nginx:1.29'}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {type: NodePort, selector: {app: cart}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: pinned, labels: {app: pinned}}
spec: {nodeName: node-2, containers: [{name: web, image: 'nginx:1.29'}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: once, image: 'busybox:1.37'}]}}}
";

#[test]
fn what_was_made_in_the_terminal_is_made_again() {
    let mut cluster = Cluster::new(Scenario::opening());
    create(&mut cluster, SHOP);
    let address = |cluster: &Cluster| {
        let snapshot = cluster.snapshot();
        let spec = snapshot.find::<Service>("shop", "cart").and_then(|it| it.spec.clone());
        let spec = spec.expect("it is there");
        (spec.cluster_ip, spec.ports.and_then(|ports| ports[0].node_port))
    };
    let before = address(&cluster);
    assert_eq!(cluster.configure(calico()), Vec::<String>::new());
    assert_eq!(address(&cluster), before);
    assert_eq!(running_pods(&cluster, "cart"), 2);
    assert_eq!(running_pods(&cluster, "web-app"), 3);
    let snapshot = cluster.snapshot();
    let pinned: &Pod = snapshot.find("default", "pinned").expect("it was carried over");
    assert_eq!(pinned.spec.as_ref().and_then(|it| it.node_name.as_deref()), Some("node-2"));
    assert!(snapshot.find::<Job>("default", "once").is_some());
    assert!(snapshot.find::<ServiceAccount>("shop", "default").is_some());
    assert!(cluster.undo());
    assert_eq!(cluster.scenario().cni, Cni::FlannelVxlan);
}

#[test]
fn what_was_changed_or_deleted_beside_the_files_stays_so() {
    let mut cluster = Cluster::new(Scenario::opening());
    change(&mut cluster, "default", "web-app", |web: &mut Deployment| {
        web.spec.as_mut().expect("it has one").replicas = Some(5);
    });
    change(&mut cluster, "kube-system", "coredns", |file: &mut ConfigMap| {
        let data = file.data.as_mut().and_then(|data| data.get_mut("Corefile"));
        data.expect("it has one").push_str("# mine\n");
    });
    change(&mut cluster, "", "node-1", |node: &mut Node| {
        let labels = node.metadata.labels.get_or_insert_default();
        labels.insert("disk".into(), "fast".into());
    });
    let service = ObjectRef::new(Kind::Service, "default", "web-service");
    let frontend = ObjectRef::new(Kind::Pod, "default", "frontend");
    cluster.delete(&service).expect("it may go");
    cluster.delete(&frontend).expect("it may go");
    for settings in [calico(), Settings { ingress: IngressController::Nginx, ..calico() }] {
        assert_eq!(cluster.configure(settings), Vec::<String>::new());
        let snapshot = cluster.snapshot();
        assert_eq!(running_pods(&cluster, "web-app"), 5);
        let file: &ConfigMap = snapshot.find("kube-system", "coredns").expect("it comes with all");
        assert!(file.data.as_ref().is_some_and(|data| data["Corefile"].ends_with("# mine\n")));
        let node: &Node = snapshot.find("", "node-1").expect("it comes with all");
        assert!(node.metadata.labels.as_ref().is_some_and(|all| all.contains_key("disk")));
        assert!(snapshot.get(&service).is_none() && snapshot.get(&frontend).is_none());
    }
}

#[test]
fn the_parts_of_the_former_set_up_go() {
    let mut cluster = Cluster::new(Scenario::opening());
    let has = |cluster: &Cluster, namespace: &str| {
        cluster.snapshot().find::<Namespace>("", namespace).is_some()
    };
    assert!(has(&cluster, "kube-flannel"));
    cluster.configure(Settings { ingress: IngressController::Nginx, ..calico() });
    assert!(!has(&cluster, "kube-flannel") && has(&cluster, "ingress-nginx"));
    cluster.configure(calico());
    assert!(!has(&cluster, "ingress-nginx"));
}

#[test]
fn lines_of_files_are_found_after_it() {
    let mut cluster = Cluster::new(Scenario::opening());
    let file = SourceFile { name: "own.yaml".into(), text: SHOP.into() };
    assert!(!cluster.apply(&[file]).is_refused());
    cluster.configure(calico());
    let cart = ObjectRef::new(Kind::Deployment, "shop", "cart");
    let field = trace::FieldRef::new(cart, manifest::FieldPath::of("spec.replicas"));
    let lines = cluster.locate(&field).expect("it stands in the file");
    assert_eq!(lines.file, "own.yaml");
    assert_eq!(cluster.applied()[0].name, "own.yaml");
}
