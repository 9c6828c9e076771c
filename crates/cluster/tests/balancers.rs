//! Load balancers of three clouds: what they tell, where they send packets, and whom they leave out.

use cluster::{
    Cluster, Cni, Fault, IngressController, LoadBalancer, Request, Scenario, Settings, SourceFile,
};
use k8s_openapi::api::core::v1::{Event, Service};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{Kind, ObjectRef};
use packet::Protocol;
use trace::{Direction, Evidence, Journey, Outcome, Place};

fn laptop() -> Place {
    Place::Internet("laptop".into())
}

fn with(settings: Settings, text: &str) -> Cluster {
    let mut cluster = Cluster::new(Scenario::opening());
    cluster.configure(settings);
    let applied = cluster.apply(&[SourceFile { name: "own.yaml".into(), text: text.into() }]);
    assert!(!applied.is_refused(), "{applied:?}");
    cluster
}

fn front(cloud: LoadBalancer, extra: &str, annotations: &str) -> Cluster {
    let text = format!(
        "apiVersion: v1\nkind: Service\nmetadata: {{name: front, annotations: {{{annotations}}}}}\n\
         spec: {{type: LoadBalancer, {extra} selector: {{app: web-app}}, \
         ports: [{{port: 80, targetPort: 8080}}]}}\n"
    );
    with(Settings { load_balancer: cloud, ..Settings::default() }, &text)
}

fn address(cluster: &Cluster) -> String {
    let snapshot = cluster.snapshot();
    let service: &Service = snapshot.find("default", "front").expect("it was applied");
    let status = service.status.as_ref().and_then(|status| status.load_balancer.as_ref());
    let points = status.and_then(|status| status.ingress.clone()).unwrap_or_default();
    let point = points.into_iter().next().expect("it has an address");
    point.ip.or(point.hostname).expect("an address or a name")
}

fn ask(cluster: &mut Cluster) -> Journey {
    let url = format!("http://{}/", address(cluster));
    cluster.send(&Request::get(laptop(), url))
}

fn is_answered(journey: &Journey) -> bool {
    matches!(journey.outcome, Outcome::Http { status: 200, .. })
}

/// The address and port that each packet of a request has when it enters a node.
fn at_nodes(journey: &Journey) -> Vec<(std::net::IpAddr, u16)> {
    let asked = journey.packets.iter().filter(|flight| flight.direction == Direction::Request);
    asked
        .filter_map(|flight| {
            let hop =
                flight.trace.hops().iter().find(|hop| matches!(hop.place(), Place::Node(_)))?;
            let packet = hop.steps().first()?.frame.packet()?.clone();
            (packet.protocol() == Protocol::Tcp).then(|| (packet.destination, packet.ports().1))
        })
        .collect()
}

#[test]
fn aws_tells_a_name_and_sends_to_node_ports() {
    let nlb = "service.beta.kubernetes.io/aws-load-balancer-type: nlb";
    for (annotations, relays) in [("", true), (nlb, false)] {
        let mut cluster = front(LoadBalancer::Aws, "", annotations);
        let name = address(&cluster);
        assert!(name.ends_with(".amazonaws.com"), "{name}");
        let journey = ask(&mut cluster);
        assert!(is_answered(&journey), "{annotations}: {:?}", journey.outcome);
        let to_nodes = at_nodes(&journey);
        assert!(!to_nodes.is_empty());
        assert!(to_nodes.iter().all(|(_, port)| (30000..32768).contains(port)), "{to_nodes:?}");
        let own = journey
            .exchanges
            .iter()
            .any(|exchange| matches!(exchange.client, Place::LoadBalancer(_)));
        assert_eq!(own, relays, "{annotations}");
    }
}

#[test]
fn google_and_azure_leave_the_address_alone() {
    for cloud in [LoadBalancer::Google, LoadBalancer::Azure] {
        let mut cluster = front(cloud, "", "");
        let vip = address(&cluster);
        let journey = ask(&mut cluster);
        assert!(is_answered(&journey), "{cloud}: {:?}", journey.outcome);
        assert!(at_nodes(&journey).iter().all(|(to, port)| to.to_string() == vip && *port == 80));
        let answers_pass_it = journey.packets.iter().any(|flight| {
            flight.direction == Direction::Reply
                && flight
                    .trace
                    .hops()
                    .iter()
                    .any(|hop| matches!(hop.place(), Place::LoadBalancer(_)))
        });
        assert!(!answers_pass_it, "the node answers the client directly");
    }
}

#[test]
fn source_ranges_shut_out_everybody_else() {
    for cloud in [LoadBalancer::Aws, LoadBalancer::Azure, LoadBalancer::Google] {
        for (ranges, expected) in [("198.51.100.0/24", false), ("203.0.113.0/24", true)] {
            let extra = format!("loadBalancerSourceRanges: [{ranges}],");
            let journey = ask(&mut front(cloud, &extra, ""));
            assert_eq!(is_answered(&journey), expected, "{cloud} {ranges}: {:?}", journey.outcome);
        }
    }
}

#[test]
fn nodes_without_a_local_endpoint_get_nothing() {
    for cloud in [LoadBalancer::Aws, LoadBalancer::Azure, LoadBalancer::Google] {
        let mut cluster = front(cloud, "externalTrafficPolicy: Local,", "");
        for _ in 0..6 {
            let journey = ask(&mut cluster);
            assert!(is_answered(&journey), "{cloud}: {:?}", journey.outcome);
        }
    }
}

#[test]
fn each_cloud_does_its_own_when_no_node_is_healthy() {
    let nlb = "service.beta.kubernetes.io/aws-load-balancer-type: nlb";
    for (cloud, annotations) in [
        (LoadBalancer::Aws, ""),
        (LoadBalancer::Aws, nlb),
        (LoadBalancer::Azure, ""),
        (LoadBalancer::Google, ""),
    ] {
        let mut cluster = front(cloud, "externalTrafficPolicy: Local,", annotations);
        let web = ObjectRef::new(Kind::Deployment, "default", "web-app");
        cluster.delete(&web).expect("the Deployment is there");
        cluster.advance(std::time::Duration::from_secs(60));
        let journey = ask(&mut cluster);
        let found = match journey.outcome {
            Outcome::Closed => "empty reply",
            Outcome::TimedOut => "timeout",
            Outcome::Refused => "refused",
            _ => "another",
        };
        let expected = match (cloud, annotations) {
            (LoadBalancer::Aws, "") => "empty reply",
            (LoadBalancer::Google, _) => "refused",
            _ => "timeout",
        };
        assert_eq!(found, expected, "{cloud} {annotations}: {:?}", journey.outcome);
    }
}

#[test]
fn a_node_that_is_off_fails_its_check() {
    for cloud in [LoadBalancer::Aws, LoadBalancer::Azure, LoadBalancer::Google] {
        let mut cluster = front(cloud, "", "");
        let fault = Fault::Node { node: "node-2".into(), up: false };
        cluster.fault(&fault).expect("the node is there");
        for _ in 0..6 {
            let journey = ask(&mut cluster);
            let named = journey.packets.iter().flat_map(|flight| flight.trace.hops()).any(|hop| {
                hop.steps().iter().flat_map(|step| &step.evidence).any(|evidence| {
                    matches!(evidence, Evidence::Targets { failing, .. } if failing == &["node-2"])
                })
            });
            assert!(named, "{cloud}");
        }
    }
}

const SHOP: &str = "\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  annotations:
    alb.ingress.kubernetes.io/scheme: internet-facing
    ANNOTATION
spec:
  ingressClassName: alb
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: SERVICE
            port:
              number: 80
---
apiVersion: v1
kind: Service
metadata:
  name: ports
spec:
  type: NodePort
  selector:
    app: web-app
  ports:
  - port: 80
    targetPort: 8080
";

fn shop(cni: Cni, annotation: &str, service: &str) -> Cluster {
    let settings = Settings { cni, ingress: IngressController::Aws, ..Settings::default() };
    with(settings, &SHOP.replace("ANNOTATION", annotation).replace("SERVICE", service))
}

fn status(cluster: &mut Cluster) -> u16 {
    let journey = cluster.send(&Request::get(laptop(), "http://shop.example.com/"));
    match journey.outcome {
        Outcome::Http { status, .. } => status,
        other => panic!("an HTTP answer was expected, not {other:?}"),
    }
}

#[test]
fn an_application_load_balancer_asks_nodes_or_pods() {
    let instance = "alb.ingress.kubernetes.io/target-type: instance";
    let ip = "alb.ingress.kubernetes.io/target-type: ip";
    assert_eq!(status(&mut shop(Cni::FlannelVxlan, instance, "ports")), 200);
    assert_eq!(status(&mut shop(Cni::AwsVpc, ip, "web-service")), 200);
    // An overlay's Pod addresses mean nothing to the load balancer.
    assert_eq!(status(&mut shop(Cni::FlannelVxlan, ip, "web-service")), 504);
    // The health check asks for a page that is not there, so all targets are tried.
    let mut cluster = shop(Cni::AwsVpc, ip, "web-service");
    let snapshot = cluster.snapshot();
    let ingress: &Ingress = snapshot.find("default", "shop").expect("it was applied");
    let hostname = ingress.status.as_ref().and_then(|status| {
        status.load_balancer.as_ref()?.ingress.as_ref()?.first()?.hostname.clone()
    });
    assert!(hostname.expect("a name").starts_with("k8s-default-shop-"));
    cluster.delete(&ObjectRef::new(Kind::Deployment, "default", "web-app")).expect("it is there");
    cluster.advance(std::time::Duration::from_secs(60));
    assert_eq!(status(&mut cluster), 503);
}

#[test]
fn nodes_are_no_targets_without_a_node_port() {
    let instance = "alb.ingress.kubernetes.io/target-type: instance";
    let mut cluster = shop(Cni::AwsVpc, instance, "web-service");
    let snapshot = cluster.snapshot();
    let said: Vec<String> = snapshot
        .list::<Event>()
        .filter(|event| event.reason.as_deref() == Some("FailedBuildModel"))
        .filter_map(|event| event.message.clone())
        .collect();
    assert!(said.iter().any(|message| message.contains("TargetGroup port is empty")), "{said:?}");
    let journey = cluster.send(&Request::get(laptop(), "http://shop.example.com/"));
    assert!(matches!(journey.outcome, Outcome::Unresolved { .. }), "{:?}", journey.outcome);
}
