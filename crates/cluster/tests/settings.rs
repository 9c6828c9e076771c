//! Another choice of plugin, proxy, load balancer or ingress controller: the same YAML, other ways.

use cluster::{
    Cluster, Cni, IngressController, LoadBalancer, ProxyMode, Request, RequestKind, Scenario,
    Settings, SourceFile,
};
use k8s_openapi::api::core::v1::{Node, Service};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{Kind, ObjectRef};
use trace::{Outcome, Place};

fn frontend() -> Place {
    Place::Pod(ObjectRef::new(Kind::Pod, "default", "frontend"))
}

fn configured(settings: Settings) -> Cluster {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.configure(settings);
    cluster
}

#[test]
fn every_plugin_carries_the_request_and_none_carries_nothing() {
    for cni in Cni::ALL {
        let mut cluster = configured(Settings { cni, ..Settings::default() });
        let outcome = cluster.send(&Request::get(frontend(), "http://web-service")).outcome;
        let reached = matches!(outcome, Outcome::Http { status: 200, .. });
        assert_eq!(reached, cni != Cni::None, "{cni}: {outcome:?}");
    }
}

#[test]
fn every_proxy_mode_translates_the_service() {
    for kube_proxy in [ProxyMode::Iptables, ProxyMode::Nftables, ProxyMode::Ipvs] {
        let mut cluster = configured(Settings { kube_proxy, ..Settings::default() });
        let outcome = cluster.send(&Request::get(frontend(), "http://web-service")).outcome;
        assert!(matches!(outcome, Outcome::Http { status: 200, .. }), "{kube_proxy}: {outcome:?}");
    }
}

#[test]
fn without_a_plugin_nodes_are_not_ready() {
    let cluster = configured(Settings { cni: Cni::None, ..Settings::default() });
    let ready = cluster.snapshot().list::<Node>().any(|node| {
        let conditions = node.status.iter().flat_map(|status| status.conditions.iter().flatten());
        conditions
            .into_iter()
            .any(|condition| condition.type_ == "Ready" && condition.status == "True")
    });
    assert!(!ready);
}

#[test]
fn an_undone_choice_is_undone() {
    let mut cluster = configured(Settings { cni: Cni::CalicoVxlan, ..Settings::default() });
    assert_eq!(cluster.scenario().cni, Cni::CalicoVxlan);
    assert!(cluster.undo());
    assert_eq!(cluster.scenario().cni, Cni::FlannelVxlan);
}

const SHOP: &str = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: web-service
            port:
              number: 80
";

#[test]
fn an_ingress_needs_a_controller_and_a_load_balancer() {
    let with_pods = |ingress: &IngressController| *ingress != IngressController::Aws;
    for ingress in IngressController::ALL.iter().copied().filter(with_pods) {
        let settings =
            Settings { load_balancer: LoadBalancer::Google, ingress, ..Settings::default() };
        let mut cluster = configured(settings);
        let class = match ingress {
            IngressController::None => "none".to_owned(),
            other => other.to_string(),
        };
        let text =
            SHOP.replace("spec:\n  rules", &format!("spec:\n  ingressClassName: {class}\n  rules"));
        let applied = cluster.apply(&[SourceFile { name: "shop.yaml".into(), text }]);
        assert!(!applied.is_refused(), "{applied:?}");
        let snapshot = cluster.snapshot();
        let shop: &Ingress = snapshot.find("default", "shop").expect("it was applied");
        let address = shop.status.as_ref().and_then(|status| {
            status.load_balancer.as_ref()?.ingress.as_ref()?.first()?.ip.clone()
        });
        assert_eq!(address.is_some(), ingress != IngressController::None, "{ingress}");
        let Some(address) = address else { continue };
        let request = Request {
            from: Place::Internet("laptop".into()),
            kind: RequestKind::Http {
                url: format!("http://{address}/"),
                method: "GET".into(),
                headers: vec![("Host".into(), "shop.example.com".into())],
                body: String::new(),
                insecure: false,
            },
            timeout: None,
            resolver: None,
        };
        let outcome = cluster.send(&request).outcome;
        assert!(matches!(outcome, Outcome::Http { status: 200, .. }), "{ingress}: {outcome:?}");
    }
}

#[test]
fn a_load_balancer_is_pending_for_ever_without_anyone_to_make_it() {
    for load_balancer in LoadBalancer::ALL.iter().copied() {
        let mut cluster = configured(Settings { load_balancer, ..Settings::default() });
        let text = "apiVersion: v1\nkind: Service\nmetadata: {name: front}\nspec: {type: LoadBalancer, \
                    selector: {app: web-app}, ports: [{port: 80, targetPort: 8080}]}\n";
        cluster.apply(&[SourceFile { name: "front.yaml".into(), text: text.into() }]);
        let snapshot = cluster.snapshot();
        let front: &Service = snapshot.find("default", "front").expect("it was applied");
        let address = front.status.as_ref().and_then(|status| {
            let point = status.load_balancer.as_ref()?.ingress.as_ref()?.first()?;
            point.ip.clone().or(point.hostname.clone())
        });
        assert_eq!(address.is_some(), load_balancer != LoadBalancer::None, "{load_balancer}");
    }
}
