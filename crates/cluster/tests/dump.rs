//! What `kubectl get -o yaml` prints of a real cluster can be applied here.

use cluster::{Applied, Cluster, Scenario, SourceFile};
use k8s_openapi::api::core::v1::{Pod, Service};

const DUMP: &str = "\
apiVersion: v1
kind: List
metadata:
  resourceVersion: \"\"
items:
- apiVersion: apps/v1
  kind: Deployment
  metadata:
    annotations:
      deployment.kubernetes.io/revision: \"1\"
    creationTimestamp: \"2026-03-01T10:00:00Z\"
    generation: 2
    labels: {app: shop}
    managedFields:
    - apiVersion: apps/v1
      fieldsType: FieldsV1
      fieldsV1: {\"f:spec\": {\"f:replicas\": {}}}
      manager: kubectl
      operation: Update
    name: shop
    namespace: default
    resourceVersion: \"81234\"
    uid: 0f5d1f5e-7a3f-4c9c-9d0f-6a1a4a1e9a10
  spec:
    replicas: 2
    selector: {matchLabels: {app: shop}}
    template:
      metadata: {labels: {app: shop}}
      spec: {containers: [{name: web, image: 'nginx:1.29'}]}
  status:
    availableReplicas: 2
    observedGeneration: 2
- apiVersion: v1
  kind: Pod
  metadata:
    name: shop-7d9c5b6f4-x2k8p
    namespace: default
    uid: 0f5d1f5e-7a3f-4c9c-9d0f-6a1a4a1e9a11
    ownerReferences:
    - {apiVersion: apps/v1, kind: ReplicaSet, name: shop-7d9c5b6f4, controller: true, uid: 0f5d1f5e-7a3f-4c9c-9d0f-6a1a4a1e9a12}
  spec: {nodeName: gke-pool-1, containers: [{name: web, image: 'nginx:1.29'}]}
- apiVersion: v1
  kind: Pod
  metadata:
    name: lone
    namespace: default
    uid: 0f5d1f5e-7a3f-4c9c-9d0f-6a1a4a1e9a13
  spec: {nodeName: gke-pool-1, containers: [{name: web, image: 'nginx:1.29'}]}
  status: {phase: Running, podIP: 10.8.0.12}
- apiVersion: v1
  kind: Service
  metadata:
    name: shop
    namespace: default
    resourceVersion: \"81230\"
    uid: 0f5d1f5e-7a3f-4c9c-9d0f-6a1a4a1e9a14
  spec:
    clusterIP: 34.118.224.10
    clusterIPs: [34.118.224.10]
    ports: [{port: 80, protocol: TCP, targetPort: 80}]
    selector: {app: shop}
    type: ClusterIP
  status: {loadBalancer: {}}
";

fn words(applied: &Applied) -> Vec<&str> {
    let found = applied.findings.iter().flat_map(|file| &file.diagnostics);
    found.map(|finding| finding.message.as_str()).collect()
}

#[test]
fn a_dump_is_applied_and_what_was_left_out_is_said() {
    let mut cluster = Cluster::new(Scenario::opening());
    let file = SourceFile { name: "dump.yaml".into(), text: DUMP.into() };
    let applied = cluster.apply(std::slice::from_ref(&file));
    assert!(!applied.is_refused(), "{applied:?}");
    let told = words(&applied);
    assert_eq!(told.len(), 4, "{told:?}");
    assert!(told[0].contains("`status`, `metadata.uid`, `metadata.resourceVersion`"), "{told:?}");
    assert!(told[0].contains("`metadata.managedFields`"), "{told:?}");
    assert!(told[1].contains("ReplicaSet `shop-7d9c5b6f4` made it"), "{told:?}");
    assert!(told[2].ends_with("`metadata.uid`, `spec.nodeName`"), "{told:?}");
    assert!(told[3].ends_with("`spec.clusterIP`, `spec.clusterIPs`"), "{told:?}");

    let snapshot = cluster.snapshot();
    let running = snapshot.list_in::<Pod>("default").filter(|pod| {
        let name = pod.metadata.name.as_deref().unwrap_or_default();
        let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
        (name.starts_with("shop-") || name == "lone") && phase == Some("Running")
    });
    assert_eq!(running.count(), 3);
    let shop: &Service = snapshot.find("default", "shop").expect("it was applied");
    let address = shop.spec.as_ref().and_then(|spec| spec.cluster_ip.clone());
    assert!(address.is_some_and(|address| address.starts_with("10.")));

    let again = cluster.apply(&[file]);
    assert!(!again.is_refused(), "{again:?}");
    assert!(again.results.iter().all(|result| result.effect == "unchanged"), "{again:?}");
}
