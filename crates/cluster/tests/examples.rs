//! Each entry of the examples menu does what its sentence promises.

use std::time::Duration;

use cluster::{
    Applied, Cluster, Cni, EXAMPLES, IngressController, LoadBalancer, Request, Scenario, Settings,
};
use k8s_openapi::api::core::v1::Service;
use manifest::{Kind, ObjectRef};
use trace::{Outcome, Place};

fn pod(name: &str) -> Place {
    Place::Pod(ObjectRef::new(Kind::Pod, "default", name))
}

/// A cluster with an example applied, a while later.
fn with(title: &str, settings: Settings) -> (Cluster, Applied) {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.configure(settings);
    let example = EXAMPLES.iter().find(|example| example.title.contains(title));
    let applied = cluster.apply(&example.expect("an example of that title").files());
    cluster.advance(Duration::from_secs(60));
    (cluster, applied)
}

fn status(cluster: &mut Cluster, from: &str, target: &str) -> Option<u16> {
    match cluster.send(&Request::get(pod(from), target)).outcome {
        Outcome::Http { status, .. } => Some(status),
        _ => None,
    }
}

#[test]
fn all_but_the_abbreviated_one_apply_and_settle() {
    for example in EXAMPLES {
        let (cluster, applied) = with(example.title, Settings::default());
        let refused = example.title.contains("abbreviate");
        assert_eq!(applied.is_refused(), refused, "{}: {:#?}", example.title, applied.findings);
        assert_eq!(cluster.unsettled(), [], "{}", example.title);
    }
}

#[test]
fn each_type_of_service_leads_to_the_same_pods() {
    let settings = Settings { load_balancer: LoadBalancer::Google, ..Settings::default() };
    let (mut cluster, _) = with("Four types", settings);
    let targets =
        ["http://shop", "http://192.168.1.10:30080", "http://shop-outside", "http://shop-alias"];
    for target in targets {
        assert_eq!(status(&mut cluster, "frontend", target), Some(200), "{target}");
    }
    let snapshot = cluster.snapshot();
    let outside = snapshot.find::<Service>("default", "shop-outside");
    let status = outside.and_then(|service| service.status.clone()?.load_balancer);
    assert!(status.is_some_and(|status| status.ingress.is_some()));
}

#[test]
fn the_ingress_needs_its_controller() {
    let shop = |path: &str| format!("http://shop.example.com{path}");
    let internet = Place::Internet("laptop".into());
    let settings = Settings {
        load_balancer: LoadBalancer::Google,
        ingress: IngressController::Nginx,
        ..Settings::default()
    };
    let (mut cluster, _) = with("An Ingress", settings);
    for (path, words) in [("/", "the catalog"), ("/cart", "the cart")] {
        let outcome = cluster.send(&Request::get(internet.clone(), shop(path))).outcome;
        let Outcome::Http { status: 200, body, .. } = &outcome else {
            panic!("{path}: {outcome:?}")
        };
        assert!(body.contains(words), "{path}: {body}");
    }
    let (mut cluster, _) = with("An Ingress", Settings::default());
    let outcome = cluster.send(&Request::get(internet, shop("/"))).outcome;
    assert!(!matches!(outcome, Outcome::Http { .. }), "{outcome:?}");
}

#[test]
fn the_shop_on_the_internet_is_encrypted_and_trusted() {
    let settings = Settings {
        load_balancer: LoadBalancer::Google,
        ingress: IngressController::Nginx,
        ..Settings::default()
    };
    let (mut cluster, _) = with("https://shop.example.com", settings);
    let ask = |cluster: &mut Cluster, target: &str| {
        let internet = Place::Internet("laptop".into());
        cluster.send(&Request::get(internet, target)).outcome
    };
    let outcome = ask(&mut cluster, "https://shop.example.com");
    let Outcome::Http { status: 200, body, .. } = &outcome else { panic!("{outcome:?}") };
    assert!(body.contains("welcome to the shop"), "{body}");
    let outcome = ask(&mut cluster, "http://shop.example.com");
    assert!(matches!(outcome, Outcome::Http { status: 308, .. }), "{outcome:?}");
}

#[test]
fn the_policies_are_enforced_by_calico_and_not_by_flannel() {
    let outcomes = |cni: Cni| {
        let (mut cluster, _) = with("Policies", Settings { cni, ..Settings::default() });
        let mut reaches = |from: &str, target: &str| {
            let outcome = cluster.send(&Request::get(pod(from), target)).outcome;
            !matches!(outcome, Outcome::TimedOut | Outcome::Refused)
        };
        [
            reaches("shop-frontend", "http://backend"),
            reaches("shop-frontend", "http://database:6379"),
            reaches("backend", "http://database:6379"),
        ]
    };
    assert_eq!(outcomes(Cni::CalicoVxlan), [true, false, true]);
    assert_eq!(outcomes(Cni::FlannelVxlan), [true, true, true]);
}

#[test]
fn each_pod_of_the_stateful_set_has_a_name() {
    let (mut cluster, _) = with("StatefulSet", Settings::default());
    for target in ["http://web", "http://web-0.web", "http://web-2.web.default.svc.cluster.local"] {
        assert_eq!(status(&mut cluster, "frontend", target), Some(200), "{target}");
    }
}

#[test]
fn the_same_name_resolves_or_not_by_the_pods_own_resolver() {
    let (mut cluster, _) = with("Names across", Settings::default());
    let mut found = |from: &str, target: &str| status(&mut cluster, from, target) == Some(200);
    assert!(found("by-search-list", "http://catalog.shop"));
    assert!(!found("as-it-stands", "http://catalog.shop"));
    assert!(found("as-it-stands", "http://catalog.shop.svc.cluster.local"));
    assert!(!found("by-the-node", "http://catalog.shop"));
}

#[test]
fn the_old_pods_answer_while_the_rollout_is_stuck() {
    let (mut cluster, _) = with("stuck", Settings::default());
    assert_eq!(status(&mut cluster, "frontend", "http://web-service"), Some(200));
    let pods = cluster.snapshot().objects_in(Kind::Pod, "default").count();
    assert_eq!(pods, 5, "three old ones, one new, and the frontend");
}

#[test]
fn a_service_without_endpoints_refuses() {
    let (mut cluster, _) = with("finds no Pods", Settings::default());
    let outcome = cluster.send(&Request::get(pod("frontend"), "http://web-service")).outcome;
    assert!(matches!(outcome, Outcome::Refused), "{outcome:?}");
}
