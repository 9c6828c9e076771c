//! Requests from end to end: names, connections, answers, and what an asker hears when it fails.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use apiserver::Snapshot;
use dataplane::dns::Flavour;
use dataplane::{Config, DataPlane, Request, RequestKind};
use manifest::{Kind, ObjectRef};
use packet::dns::Rcode;
use packet::{Protocol, Time};
use trace::{Journey, Outcome, Place, Purpose};

fn plane(extra: &str) -> DataPlane {
    let text = format!("{}\n---\n{extra}", include_str!("cluster.yaml"));
    let documents = manifest::read(&text).documents;
    let snapshot: Snapshot = documents.into_iter().filter_map(|found| found.object).collect();
    let mut plane = DataPlane::new(Config::default());
    plane.sync(&snapshot, Time::START);
    plane
}

fn frontend() -> Place {
    Place::Pod(ObjectRef::new(Kind::Pod, "default", "frontend"))
}

fn get(url: &str) -> Journey {
    plane("").send(&Request::get(frontend(), url), Time::START)
}

/// Each packet on one line, as a capture would say it.
fn lines(journey: &Journey) -> Vec<String> {
    journey
        .packets
        .iter()
        .map(|flight| {
            let layers = flight.trace.sent().layers();
            let last = layers.last().expect("a packet has layers");
            format!("{} {} {}", flight.exchange, last.protocol, last.summary)
        })
        .collect()
}

#[test]
fn a_page_by_name() {
    let journey = get("http://web-service");
    let Outcome::Http { status: 200, body, server } = &journey.outcome else {
        panic!("{:?}", journey.outcome)
    };
    assert_eq!(body, "Hello, world!\nVersion: 1.0.0\nHostname: web-app-1\n");
    assert_eq!(server.as_ref().map(|pod| pod.name.as_str()), Some("web-app-1"));
    assert_eq!(
        lines(&journey),
        [
            "0 DNS A? web-service.default.svc.cluster.local.",
            "1 DNS AAAA? web-service.default.svc.cluster.local.",
            "0 DNS A 10.96.15.20",
            "1 DNS no such record",
            "2 TCP SYN",
            "2 TCP SYN, ACK",
            "2 TCP ACK",
            "2 HTTP GET /",
            "2 HTTP 200 OK",
            "2 TCP FIN, ACK",
            "2 TCP FIN, ACK",
            "2 TCP ACK",
        ]
    );
    assert!(journey.duration() < Duration::from_millis(20));
}

#[test]
fn the_same_request_gives_the_same_journey() {
    assert_eq!(get("http://web-service"), get("http://web-service"));
}

#[test]
fn a_closed_port_and_a_service_without_endpoints_refuse() {
    let journey = get("http://wrong-port.default");
    assert_eq!(journey.outcome, Outcome::Refused);
    assert!(
        lines(&journey).last().is_some_and(|line| line.contains("RST")),
        "{:?}",
        lines(&journey)
    );
    let journey = get("http://empty/");
    assert_eq!(journey.outcome, Outcome::Refused);
    assert!(
        lines(&journey).last().is_some_and(|line| line.contains("ICMP port unreachable")),
        "{:?}",
        lines(&journey)
    );
    assert!(journey.duration() < Duration::from_millis(20));
}

#[test]
fn silence_is_borne_as_long_as_linux_does() {
    let policy = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: default}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n";
    let calico = Config {
        network: dataplane::NetworkConfig {
            cni: dataplane::Cni::CalicoVxlan,
            ..Default::default()
        },
        ..Config::default()
    };
    let text = format!("{}\n---\n{policy}", include_str!("cluster.yaml"));
    let documents = manifest::read(&text).documents;
    let snapshot: Snapshot = documents.into_iter().filter_map(|found| found.object).collect();
    let mut plane = DataPlane::new(calico);
    plane.sync(&snapshot, Time::START);
    let mut request = Request::get(frontend(), "http://web-service");
    let journey = plane.send(&request, Time::START);
    assert_eq!(journey.outcome, Outcome::TimedOut);
    assert_eq!(journey.duration().as_secs(), 135);
    request.timeout = Some(Duration::from_secs(3));
    let journey = plane.send(&request, Time::from_seconds(200));
    assert_eq!(journey.outcome, Outcome::TimedOut);
    assert_eq!(journey.duration(), Duration::from_secs(3));
}

#[test]
fn an_unknown_name_is_looked_for_everywhere() {
    let journey = get("http://nosuch");
    let Outcome::Unresolved { name, rcode, timed_out: false } = &journey.outcome else {
        panic!("{:?}", journey.outcome)
    };
    assert_eq!((name.as_str(), *rcode), ("nosuch.", Some(Rcode::NameError)));
    // Four names, two types each; the last one is forwarded to the public resolver, too.
    let asked = journey.exchanges.iter().filter(|exchange| exchange.cause.is_none()).count();
    assert_eq!(asked, 8);
    assert_eq!(journey.exchanges.len(), 10);
}

#[test]
fn a_blocked_dns_takes_twenty_seconds_of_glibc() {
    let mut plane = plane("");
    let request = Request {
        resolver: Some(Flavour::Glibc),
        ..Request::get(frontend(), "http://web-service")
    };
    plane.network.faults_mut().tunnels_blocked = true;
    let journey = plane.send(&request, Time::START);
    let Outcome::Unresolved { timed_out: true, rcode: None, .. } = journey.outcome else {
        panic!("{:?}", journey.outcome)
    };
    assert_eq!(journey.duration().as_secs(), 20);
}

#[test]
fn ports_are_open_or_closed_and_hosts_are_there() {
    let ask = |kind| {
        let request = Request { from: frontend(), kind, timeout: None, resolver: None };
        plane("").send(&request, Time::START).outcome
    };
    let connect = |host: &str, port, protocol| {
        ask(RequestKind::Connect { host: host.into(), port, protocol, source_port: None })
    };
    assert_eq!(connect("10.244.1.10", 8080, Protocol::Tcp), Outcome::Connected);
    assert_eq!(connect("10.244.1.10", 8081, Protocol::Tcp), Outcome::Refused);
    assert_eq!(connect("10.244.1.2", 53, Protocol::Udp), Outcome::Connected);
    assert_eq!(connect("10.244.1.10", 53, Protocol::Udp), Outcome::Refused);
    let ping = |host: &str| ask(RequestKind::Ping { host: host.into(), count: 2 });
    assert_eq!(ping("10.244.1.10"), Outcome::Connected);
    assert_eq!(ping("web-service"), Outcome::TimedOut);
}

#[test]
fn the_internet_answers_by_name() {
    let journey = get("http://example.com/");
    assert!(matches!(journey.outcome, Outcome::Http { status: 200, .. }), "{:?}", journey.outcome);
    let resolved = journey
        .exchanges
        .iter()
        .filter(|exchange| matches!(exchange.purpose, Purpose::Resolve(_)))
        .count();
    // Three names of the search list, then the name itself; the last is forwarded; A and AAAA.
    assert_eq!(resolved, 10);
}

/// Asks the ingress controller for a path of a host.
/// The address of the ingress controller.
const CONTROLLER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 244, 1, 20));

fn through_ingress(scheme: &str, host: &str, path: &str) -> Journey {
    let mut request = Request::get(frontend(), format!("{scheme}://10.244.1.20{path}"));
    if let RequestKind::Http { headers, insecure, .. } = &mut request.kind {
        headers.push(("Host".into(), host.into()));
        *insecure = true;
    }
    plane(include_str!("ingress.yaml")).send(&request, Time::START)
}

fn status(journey: &Journey) -> Option<u16> {
    match &journey.outcome {
        Outcome::Http { status, .. } => Some(*status),
        _ => None,
    }
}

#[test]
fn an_ingress_controller_dials_a_pod_itself() {
    let journey = through_ingress("http", "shop.example.com", "/");
    let Outcome::Http { status: 200, body, server } = &journey.outcome else {
        panic!("{:?}", journey.outcome)
    };
    assert!(body.contains("Hostname: web-app-1"));
    assert_eq!(server.as_ref().map(|pod| pod.name.as_str()), Some("web-app-1"));
    let [outer, inner] = journey.exchanges.as_slice() else { panic!("two exchanges") };
    assert_eq!((outer.cause, inner.cause), (None, Some(0)));
    // Not the ClusterIP: the Pod's own address and port.
    assert_eq!(inner.server_address.to_string(), "10.244.1.10");
    assert_eq!(inner.server_port, 8080);
    let headers: Vec<String> = journey
        .packets_of(1)
        .flat_map(|flight| flight.trace.sent().layers())
        .flat_map(|layer| layer.fields)
        .filter(|field| field.name == "X-Forwarded-For")
        .map(|field| field.value)
        .collect();
    assert_eq!(headers, ["10.244.2.5"]);
}

#[test]
fn an_ingress_controller_says_why_it_cannot() {
    let of = |scheme, host, path| status(&through_ingress(scheme, host, path));
    assert_eq!(of("http", "other.example.com", "/"), Some(404));
    assert_eq!(of("http", "shop.example.com", "/empty"), Some(503));
    assert_eq!(of("http", "shop.example.com", "/wrong"), Some(502));
    assert_eq!(of("http", "secure.example.com", "/a"), Some(308));
    assert_eq!(of("https", "secure.example.com", "/"), Some(200));
}

#[test]
fn a_controller_shows_what_the_secret_holds_or_its_own() {
    let ask = |text: &str| {
        let mut cluster = plane(text);
        let mut request = Request::get(frontend(), "https://secure.example.com/");
        request.timeout = Some(Duration::from_secs(10));
        let names = BTreeMap::from([("secure.example.com".to_owned(), vec![CONTROLLER])]);
        cluster.set_public_names(names);
        match cluster.send(&request, Time::START).outcome {
            Outcome::TlsFailed { reason } => reason,
            other => format!("{other:?}"),
        }
    };
    let whole = include_str!("ingress.yaml");
    let good = ask(whole);
    assert!(good.contains("200"), "{good}");
    let certificate = whole.lines().find(|line| line.contains("tls.crt")).expect("it has one");
    // A placeholder, as manifests in books have it.
    let placeholder = whole.replace(certificate, "  tls.crt: YmFzZTY0IGVuY29kZWQgY2VydA==");
    let said = ask(&placeholder);
    assert_eq!(said, "SSL certificate problem: self-signed certificate");
}

#[test]
fn a_dns_without_endpoints_is_noticed_sooner_by_glibc_than_by_musl() {
    let text = include_str!("cluster.yaml").replace("10.244.1.2]", "10.244.1.2]\n  hostname: x");
    let documents = manifest::read(
        &text.replace("kubernetes.io/service-name: kube-dns", "kubernetes.io/service-name: other"),
    );
    let snapshot: Snapshot =
        documents.documents.into_iter().filter_map(|found| found.object).collect();
    let mut plane = DataPlane::new(Config::default());
    plane.sync(&snapshot, Time::START);
    let mut ask = |flavour| {
        let request =
            Request { resolver: Some(flavour), ..Request::get(frontend(), "http://web-service") };
        plane.send(&request, Time::START)
    };
    let seconds = |journey: &Journey| journey.duration().as_secs();
    assert_eq!(seconds(&ask(Flavour::Glibc)), 5);
    assert_eq!(seconds(&ask(Flavour::Musl)), 5);
    assert_eq!(seconds(&ask(Flavour::Bind)), 0);
}

/// A ConfigMap for CoreDNS, and a Pod that mounts it.
fn coredns(corefile: &str, pod: &str, address: &str) -> String {
    let indented = corefile.replace('\n', "\n    ");
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: coredns, namespace: kube-system}}\n\
         data:\n  Corefile: |\n    {indented}\n---\napiVersion: v1\nkind: Pod\n\
         metadata: {{name: {pod}, namespace: kube-system, uid: {pod}}}\nspec:\n  nodeName: node-1\n  \
         containers: [{{name: coredns, image: registry.k8s.io/coredns/coredns:v1.13.1}}]\n  \
         volumes: [{{name: config, configMap: {{name: coredns}}}}]\n\
         status: {{phase: Running, podIP: {address}, podIPs: [{{ip: {address}}}]}}\n"
    )
}

#[test]
fn a_broken_corefile_stops_new_servers_and_not_old_ones() {
    let right = dataplane::dns::DEFAULT_COREFILE;
    let wrong = right.replace("forward .", "forwad .");
    let snapshot = |text: &str| -> Snapshot {
        let documents = manifest::read(text).documents;
        documents.into_iter().filter_map(|found| found.object).collect()
    };
    let mut plane = DataPlane::new(Config::default());
    plane.sync(&snapshot(&coredns(right, "old", "10.244.1.2")), Time::START);
    let old = coredns(&wrong, "old", "10.244.1.2");
    let new = coredns(&wrong, "new", "10.244.1.3");
    plane.sync(&snapshot(&format!("{old}---\n{new}")), Time::from_seconds(60));
    let pod = |name: &str| ObjectRef::new(Kind::Pod, "kube-system", name);
    assert_eq!(plane.corefile_error(&pod("old")), None);
    assert_eq!(plane.dns_reloads(&pod("old")), [] as [String; 0]);
    plane.sync(&snapshot(&format!("{old}---\n{new}")), Time::from_seconds(150));
    assert_eq!(plane.corefile_error(&pod("old")), None);
    let mistake = "/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwad'";
    assert_eq!(plane.dns_reloads(&pod("old"))[1], format!("[ERROR] Restart failed: {mistake}"));
    assert_eq!(
        plane.corefile_error(&pod("new")),
        Some("/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwad'")
    );
}

#[test]
fn a_shop_on_the_internet_is_one_journey() {
    let text = format!("{}\n---\n{}", include_str!("cluster.yaml"), include_str!("ingress.yaml"));
    let documents = manifest::read(&text).documents;
    let snapshot: Snapshot = documents.into_iter().filter_map(|found| found.object).collect();
    let mut config = Config::default();
    let balancer = [203, 0, 113, 80].into();
    config.public_names.insert("secure.example.com".into(), vec![balancer]);
    let mut plane = DataPlane::new(config);
    plane.sync(&snapshot, Time::START);
    let laptop = Place::Internet("laptop".into());
    let journey = plane.send(&Request::get(laptop, "https://secure.example.com/"), Time::START);
    let Outcome::Http { status: 200, body, .. } = &journey.outcome else {
        panic!("{:?} {:#?}", journey.outcome, lines(&journey))
    };
    assert!(body.contains("Hostname: web-app-1"));
    let purposes: Vec<bool> = journey
        .exchanges
        .iter()
        .map(|exchange| matches!(exchange.purpose, Purpose::Resolve(_)))
        .collect();
    assert_eq!(purposes, [true, true, false, false]);
    assert!(journey.packets_of(2).any(|flight| {
        let hops = flight.trace.hops();
        hops.iter().any(|hop| matches!(hop.place(), Place::LoadBalancer(_)))
    }));
}

#[test]
fn whatever_a_person_types_has_an_outcome() {
    let long = "a".repeat(300);
    let inputs = [
        "",
        " ",
        "http://",
        "http://..",
        "http://a..b/",
        "http://.web",
        "http://web.",
        "-",
        "http://-",
        "http://localhost:8080",
        "http://127.0.0.1",
        "http://0.0.0.0",
        "http://255.255.255.255",
        "http://[::1]",
        "http://[::",
        "http://[fd00::1]:99999",
        "http://web-service:0",
        "http://10.244.2.5:8080",
        "http://frontend",
        "http://224.0.0.1",
        "http://10.96.99.99",
        "http://192.168.1.10:10250",
        "https://web-service",
        "http://ütf",
        "http://web service",
        "http://user:pass@web-service/?a=b#c",
        "ftp://x",
        "http://1.2.3.4.5",
        "http://%00",
        long.as_str(),
    ];
    let cluster = plane("");
    for input in inputs {
        for flavour in [Flavour::Musl, Flavour::Busybox] {
            let kinds = [
                Request::get(frontend(), input).kind,
                RequestKind::Resolve { name: input.into(), record_type: None, server: None },
                RequestKind::Connect {
                    host: input.into(),
                    port: 53,
                    protocol: Protocol::Udp,
                    source_port: None,
                },
                RequestKind::Connect {
                    host: input.into(),
                    port: 1,
                    protocol: Protocol::Sctp,
                    source_port: Some(9),
                },
                RequestKind::Ping { host: input.into(), count: 1 },
            ];
            let mut plane = cluster.clone();
            for kind in kinds {
                let timeout = Some(Duration::from_secs(2));
                let request = Request { from: frontend(), kind, timeout, resolver: Some(flavour) };
                let journey = plane.send(&request, Time::START);
                for flight in &journey.packets {
                    flight.trace.last_frame().bytes();
                    trace::explain::render_trace(&flight.trace);
                }
            }
        }
    }
}
