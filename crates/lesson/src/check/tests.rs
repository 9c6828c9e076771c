//! Every verb: what passes, what fails, and what is said.

use super::*;

/// Reads checks, does something to the opening cluster, and says what came of each.
fn checked(before: &[&str], checks: &str) -> Vec<Checked> {
    let text = format!(
        "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\n---\n# A\n## B\n```checks\n{checks}```\n```console solution\n$ true\n```\n"
    );
    let (lesson, findings) = crate::read("a.md", &text);
    assert_eq!(findings, []);
    let (mut shell, _) = crate::run::open(&lesson);
    let start = shell.cluster.snapshot();
    for line in before {
        let output = shell.run(line, None).output;
        assert_eq!(output.code, 0, "{line}: {output:?}");
    }
    let at = shell.cluster.now();
    let checked = check(&shell, &lesson, 0, &start);
    assert_eq!(shell.cluster.now(), at, "a check disturbs nothing");
    checked
}

/// Asserts that the checks pass and fail as written, and says what the last one observed.
fn judged(before: &[&str], checks: &str, expected: &[bool]) -> String {
    let checked = checked(before, checks);
    let passed: Vec<bool> = checked.iter().map(|each| each.passed).collect();
    let said: Vec<&str> = checked.iter().map(|each| each.observed.as_str()).collect();
    assert_eq!(passed, expected, "{said:#?}");
    said.last().copied().unwrap_or_default().to_owned()
}

#[test]
fn requests_are_judged_by_what_comes_of_them() {
    let said = judged(
        &[],
        "- reaches: {from: pod/default/frontend, to: http://web-service}\n\
         - answers: {from: pod/default/frontend, to: http://web-service, status: 200}\n\
         - refused: {from: pod/default/frontend, to: http://web-service:81}\n\
         - unresolved: {from: pod/default/frontend, to: http://webservice}\n\
         - unreachable: {from: pod/default/frontend, to: 'http://10.244.1.99'}\n\
         - sees-source: {from: pod/default/frontend, to: http://web-service, source: 10.244.2.5}\n\
         - reaches: {from: pod/default/frontend, to: 'tcp://web-service:80'}\n\
         - answers: {from: pod/default/frontend, to: http://web-service, status: 404}\n",
        &[true, true, false, true, true, true, true, false],
    );
    assert!(said.starts_with("frontend → http://web-service: HTTP 200 from web-app-"), "{said}");
    assert!(said.ends_with("; expected HTTP 404"), "{said}");
    let failed = checked(&[], "- refused: {from: pod/default/frontend, to: http://web-service}\n");
    assert!(failed[0].journey.is_some());
}

#[test]
fn every_attempt_must_agree() {
    let said = judged(
        &["kubectl scale deployment web-app --replicas=0"],
        "- refused: {from: pod/default/frontend, to: http://web-service}\n\
         - times-out: {from: pod/default/frontend, to: http://web-service}\n\
         - reaches: {from: pod/default/nobody, to: http://web-service}\n",
        &[true, false, false],
    );
    assert_eq!(said, "there is no pod `default/nobody`");
}

#[test]
fn names_endpoints_and_shares_are_measured() {
    let said = judged(
        &[],
        "- resolves: {from: pod/default/frontend, name: web-service, to: [10.96.15.20]}\n\
         - resolves: {from: pod/default/frontend, name: web-service, to: service/default/web-service}\n\
         - resolves: {from: pod/default/frontend, name: web-service, to: pods/app=web-app}\n\
         - routes-to: {from: pod/default/frontend, to: http://web-service, pods: app=web-app}\n\
         - routes-to: {from: pod/default/frontend, to: http://web-service, pods: web-app-*, share: [0.9, 1]}\n\
         - routes-to: {from: pod/default/frontend, to: http://web-service, pods: app=other}\n\
         - endpoints: {service: default/web-service, ready: 3, port: 8080}\n\
         - endpoints: {service: default/web-service, ready: 3, port: 80}\n",
        &[true, true, false, true, true, false, true, false],
    );
    assert_eq!(
        said,
        "Service web-service has 0 ready endpoints on port 80; expected 3 (its endpoints have port 8080)"
    );
}

#[test]
fn an_endpoint_counts_where_its_port_has_the_name_of_a_port_of_the_service() {
    const BY_HAND: &str = "cat > db.yaml <<'EOF'\napiVersion: v1\nkind: Service\nmetadata:\n  name: db\nspec:\n  \
        ports:\n  - name: sql\n    port: 5432\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata:\n  \
        name: db-1\n  labels:\n    kubernetes.io/service-name: db\naddressType: IPv4\nports:\n- name: NAME\n  \
        port: 5432\nendpoints:\n- addresses: [192.0.2.7]\n- addresses: [192.0.2.8]\nEOF";
    let ports = "- endpoints: {service: default/db, ready: 2}\n- endpoints: {service: default/db, ready: 2, port: 5432}\n";
    for (name, holds) in [("sql", true), ("mysql", false)] {
        let file = BY_HAND.replace("NAME", name);
        let said = judged(&[&file, "kubectl apply -f db.yaml"], ports, &[holds, holds]);
        assert_eq!(
            said.contains("(2 are listed, but at no port of this Service)"),
            !holds,
            "{said}"
        );
    }
}

#[test]
fn objects_are_compared() {
    let said = judged(
        &["kubectl scale deployment web-app --replicas=2"],
        "- field: {object: service/default/web-service, path: '{.spec.selector.app}', is: web-app}\n\
         - field: {object: service/default/web-service, path: spec.selector.app, isnt: web-app}\n\
         - field: {object: service/default/web-service, path: .spec.externalName, exists: false}\n\
         - field: {object: deployment/default/web-app, path: .spec.replicas, matches: '…2'}\n\
         - condition: {object: deployment/default/web-app, type: Available}\n\
         - exists: deployment/default/web-app\n\
         - absent: deployment/default/web-app\n\
         - unchanged: service/default/web-service\n\
         - prints: {run: kubectl get svc, matches: web-service}\n\
         - unchanged: deployment/default/web-app\n",
        &[true, false, true, true, true, true, false, true, true, false],
    );
    assert_eq!(said, "spec of deployment web-app was changed");
}

#[test]
fn a_policy_that_stops_is_named() {
    let text = "---\nid: a\ntitle: A\nkind: lesson\nsection: 1\ncluster: {cni: calico-vxlan}\n---\n# A\n```yaml start file=deny.yaml\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: deny\nspec:\n  podSelector:\n    matchLabels:\n      app: web-app\n```\n## B\n```checks\n- blocked-by: {from: pod/default/frontend, to: http://web-service, policy: default/deny}\n- blocked-by: {from: pod/default/frontend, to: http://web-service}\n- blocked-by: {from: pod/default/frontend, to: http://web-service, policy: default/other}\n```\n```console solution\n$ true\n```\n";
    let (lesson, findings) = crate::read("a.md", text);
    assert_eq!(findings, []);
    let (shell, problems) = crate::run::open(&lesson);
    assert!(problems.is_empty());
    let checked = check(&shell, &lesson, 0, &shell.cluster.snapshot());
    let passed: Vec<bool> = checked.iter().map(|each| each.passed).collect();
    assert_eq!(passed, [true, true, false], "{checked:#?}");
    assert!(checked[2].observed.contains("stopped by policy deny"), "{}", checked[2].observed);
}
