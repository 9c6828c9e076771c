//! What may not change once an object is stored.

use apiserver::{ApiServer, Config, Effect, Refusal, Time, WriteOptions, Written};

/// A kind's manifest, what stands for `CHANGE` first, what then, and the refusal of the change.
const TABLE: &[(&str, &str, &str, &str)] = &[
    (
        "{apiVersion: apps/v1, kind: Deployment, metadata: {name: w}, spec: {selector: {matchLabels: {CHANGE}}, template: {metadata: {labels: {a: x, b: x}}, spec: {containers: [{name: c, image: i}]}}}}",
        "a: x",
        "b: x",
        r#"Deployment.apps "w" is invalid: spec.selector: Invalid value: {"matchLabels":{"b":"x"}}: field is immutable"#,
    ),
    (
        "{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {clusterIP: CHANGE, ports: [{port: 80}]}}",
        "10.96.42.1",
        "10.96.42.2",
        r#"Service "s" is invalid: spec.clusterIPs[0]: Invalid value: ["10.96.42.2"]: may not change once set"#,
    ),
    (
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, immutable: true, data: {a: CHANGE}}",
        "x",
        "z",
        r#"ConfigMap "c" is invalid: data: Forbidden: field is immutable when `immutable` is set"#,
    ),
    (
        "{apiVersion: v1, kind: Secret, metadata: {name: s}, type: CHANGE}",
        "a",
        "b",
        r#"Secret "s" is invalid: type: Invalid value: "b": field is immutable"#,
    ),
    (
        "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {completionMode: CHANGE, completions: 1, template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}}",
        "Indexed",
        "NonIndexed",
        r#"Job.batch "j" is invalid: spec.completionMode: Invalid value: "NonIndexed": field is immutable"#,
    ),
    (
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: s}, spec: {serviceName: CHANGE, selector: {matchLabels: {a: x}}, template: {metadata: {labels: {a: x}}, spec: {containers: [{name: c, image: i}]}}}}",
        "a",
        "b",
        r#"StatefulSet.apps "s" is invalid: spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"#,
    ),
    (
        "{apiVersion: networking.k8s.io/v1, kind: IngressClass, metadata: {name: c}, spec: {controller: CHANGE}}",
        "a.b/c",
        "a.b/d",
        r#"IngressClass.networking.k8s.io "c" is invalid: spec.controller: Invalid value: "a.b/d": field is immutable"#,
    ),
    (
        "{apiVersion: gateway.networking.k8s.io/v1, kind: GatewayClass, metadata: {name: c}, spec: {controllerName: CHANGE}}",
        "a.b/c",
        "a.b/d",
        r#"GatewayClass.gateway.networking.k8s.io "c" is invalid: spec.controllerName: Invalid value: Value is immutable"#,
    ),
];

fn apply(server: &mut ApiServer, manifest: &str, change: &str) -> Result<Written, Refusal> {
    // A text that begins with a brace would be read as JSON.
    let manifest = format!("---\n{}", manifest.replace("CHANGE", change));
    let document = manifest::read(&manifest).documents.remove(0);
    let last_applied = document.as_json();
    let object = document.object.expect("the test's manifest is well formed");
    server.apply(object, last_applied, &WriteOptions::new(Time::from_seconds(1), "test"))
}

#[test]
fn what_is_immutable_stays() {
    for (manifest, first, then, refusal) in TABLE {
        let mut server = ApiServer::new(Config::default());
        apply(&mut server, manifest, first).expect("the first object is accepted");
        let before = server.snapshot().clone();
        let again = apply(&mut server, manifest, first).expect("the same object is accepted");
        assert_eq!(again.effect, Effect::Unchanged, "{manifest}");
        let refused = apply(&mut server, manifest, then).expect_err(refusal);
        assert_eq!(refused.message, *refusal);
        assert!(server.snapshot().diff(&before).next().is_none(), "nothing was changed");
    }
}
