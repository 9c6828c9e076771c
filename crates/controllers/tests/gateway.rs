//! Conditions of Gateway API objects.

mod support;

use manifest::Kind;
use serde_json::{Value, json};
use support::{Lab, service};

fn condition(object: &Value, kind: &str) -> String {
    let list = object.as_array().cloned().unwrap_or_default();
    let found =
        list.iter().find(|condition| condition["type"] == kind).cloned().unwrap_or_default();
    format!(
        "{} {}",
        found["status"].as_str().unwrap_or_default(),
        found["reason"].as_str().unwrap_or_default()
    )
}

#[test]
fn routes_are_accepted_or_told_why_not() {
    let mut lab = Lab::new(1);
    lab.world.gateway_controllers.insert(
        "example.net/gateway-controller".into(),
        controllers::GatewayAddress::Fixed("203.0.113.7".parse().expect("an address")),
    );
    let api = "gateway.networking.k8s.io/v1";
    lab.create(json!({"apiVersion": api, "kind": "GatewayClass", "metadata": {"name": "c"},
        "spec": {"controllerName": "example.net/gateway-controller"}}));
    lab.create(json!({"apiVersion": api, "kind": "Gateway", "metadata": {"name": "g"},
        "spec": {"gatewayClassName": "c", "listeners": [{"name": "http", "port": 80, "protocol": "HTTP", "hostname": "*.example.com"}]}}));
    lab.create(service("web", "web"));
    let route = |name: &str, host: &str, backend: &str| {
        json!({"apiVersion": api, "kind": "HTTPRoute", "metadata": {"name": name},
        "spec": {"parentRefs": [{"name": "g"}], "hostnames": [host], "rules": [{"backendRefs": [{"name": backend, "port": 80}]}]}})
    };
    lab.create(route("good", "www.example.com", "web"));
    lab.create(route("lost", "www.example.com", "nothing"));
    lab.create(route("other", "example.org", "web"));
    lab.settle();
    let gateway = lab.json(Kind::Gateway, "g");
    assert_eq!(gateway["status"]["addresses"][0]["value"], "203.0.113.7");
    assert_eq!(gateway["status"]["listeners"][0]["attachedRoutes"], 2);
    let said = |name: &str, kind: &str| {
        condition(&lab.json(Kind::HTTPRoute, name)["status"]["parents"][0]["conditions"], kind)
    };
    assert_eq!(said("good", "Accepted"), "True Accepted");
    assert_eq!(said("good", "ResolvedRefs"), "True ResolvedRefs");
    assert_eq!(said("lost", "ResolvedRefs"), "False BackendNotFound");
    assert_eq!(said("other", "Accepted"), "False NoMatchingListenerHostname");
}
