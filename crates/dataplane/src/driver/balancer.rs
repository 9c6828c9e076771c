//! Load balancers that take connections and make others: AWS' Classic and Application ones.
//!
//! A Classic one relays bytes; an Application one reads requests and sends each to a target that
//! passes its health check, or to any if none does. Checks are made on a copy of the data plane, so
//! that they leave no trace.

use std::net::IpAddr;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Service};
use k8s_openapi::api::networking::v1::Ingress;
use manifest::{Kind, ObjectRef};
use packet::http::Request as HttpRequest;
use packet::{Protocol, Time};
use trace::{Evidence, Outcome, Place, Purpose};

use super::flight::Run;
use super::proxy::{Proxy, failed};
use super::tcp::{Connected, Connection, connect};
use super::web::{Answered, Asking, exchange};
use crate::backend::{Found, PortName, ServicePort, find};
use crate::ingress::{Failure, TargetType, health_path, is_success, target_type};
use crate::netns::NodeInfo;

/// How long an Application Load Balancer waits for a target to take a connection.
const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How long it waits for a target's answer (`idle_timeout.timeout_seconds`).
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a health check waits.
const CHECK_PATIENCE: Duration = Duration::from_secs(5);
/// With more targets, checks end with the first that passes.
const CHECKED: usize = 16;

/// A target of an Application Load Balancer.
struct Target {
    name: String,
    address: IpAddr,
    port: u16,
}

/// Makes the Classic Load Balancer's own connection for one it has taken; false if no node is
/// healthy, or if it comes to none.
pub(super) fn relay(
    run: &mut Run<'_>,
    exchange: usize,
    connection: &mut Connection,
    owner: &ObjectRef,
) -> bool {
    let tuple = connection.end().packet.five_tuple();
    let place = Place::LoadBalancer(owner.clone());
    let network = &run.plane.network;
    let ports = network.services.ports_of(owner);
    let port = ports
        .into_iter()
        .find(|port| (port.name.protocol, port.port) == (Protocol::Tcp, tuple.destination_port));
    let Some(port) = port else { return false };
    let targets = network.targets(owner, &port, &tuple, &run.processes, connection.at);
    let ipv6 = tuple.destination.is_ipv6();
    let address = targets.chosen.and_then(|node| NodeInfo::address(&node, ipv6));
    let (Some(address), Some(node_port)) = (address, port.node_port) else { return false };
    let server = (address, node_port);
    let own = run.begin(Some(exchange), Purpose::Connect, &place, server, Protocol::Tcp);
    let why = vec![targets.evidence];
    match connect(run, own, &place, server, connection.at, Some(CONNECT_PATIENCE), why) {
        Connected::Open(onward) => {
            connection.relay(*onward);
            true
        }
        Connected::Failed(_, at) => {
            connection.at = at;
            false
        }
    }
}

/// Sends a request to a target of an Application Load Balancer, and its answer back.
pub(super) fn pass_on(
    run: &mut Run<'_>,
    proxy: &Proxy<'_>,
    connection: &mut Connection,
    to: &ServicePort,
    request: &HttpRequest,
    why: Evidence,
) -> Answered {
    let directory = run.processes.directory.clone();
    let snapshot = directory.snapshot();
    let Place::LoadBalancer(owner) = proxy.place else {
        return failed(proxy, Failure::NoService, vec![why]);
    };
    let ObjectRef { namespace, name, .. } = &to.service;
    // Of several that share the load balancer, the one whose rule fits.
    let decided = match &why {
        Evidence::HttpRule { field, .. } if field.object.kind == Kind::Ingress => &field.object,
        _ => owner,
    };
    let ingress = snapshot.find::<Ingress>(&decided.namespace, &decided.name);
    let service = snapshot.find::<Service>(namespace, name);
    let (Some(ingress), Some(service)) = (ingress, service) else {
        return failed(proxy, Failure::NoService, vec![why]);
    };
    let targets = match target_type(ingress, service) {
        TargetType::Ip => match find(&directory, to) {
            Found::Endpoints(endpoints) => endpoints
                .into_iter()
                .map(|endpoint| Target {
                    name: endpoint.pod.map_or(endpoint.address.to_string(), |pod| pod.name),
                    address: endpoint.address,
                    port: endpoint.port,
                })
                .collect(),
            Found::NoService | Found::NoPort | Found::NoEndpoints => Vec::new(),
        },
        TargetType::Instance => instances(run, service, to),
    };
    if targets.is_empty() {
        return failed(proxy, Failure::NoEndpoints, vec![why]);
    }
    let count = u64::try_from(targets.len()).expect("a length fits");
    let start = usize::try_from(run.plane.network.draw() % count).expect("smaller than a length");
    let path = health_path(ingress, service);
    let (mut healthy, mut failing) = (Vec::new(), Vec::new());
    for offset in 0..targets.len() {
        let target = &targets[(start + offset) % targets.len()];
        let status = check(run, proxy.place, target, path, connection.at);
        let passes = status.is_some_and(|status| is_success(ingress, service, status));
        if passes { &mut healthy } else { &mut failing }.push(target);
        if targets.len() > CHECKED && !healthy.is_empty() {
            break;
        }
    }
    let chosen = *healthy.first().or(failing.first()).expect("there is a target");
    let names = |targets: &[&Target]| -> Vec<String> {
        let mut names: Vec<String> = targets.iter().map(|target| target.name.clone()).collect();
        names.sort_unstable();
        names
    };
    let evidence = Evidence::Targets {
        healthy: names(&healthy),
        failing: names(&failing),
        check: format!("GET {path}"),
        open: healthy.is_empty(),
    };
    let asking = Asking {
        cause: Some(proxy.exchange),
        client: proxy.place,
        server: (chosen.address, chosen.port),
        host: "",
        tls: false,
        insecure: true,
        patience: Some(CONNECT_PATIENCE),
        answer_by: Some(connection.at + IDLE_TIMEOUT),
        evidence: vec![why.clone(), evidence],
    };
    let (outcome, at) = exchange(run, &asking, request, connection.at);
    connection.at = at;
    match outcome {
        Ok(answered) => Answered { evidence: vec![why], ..answered },
        Err(Outcome::TimedOut) => failed(proxy, Failure::TimedOut, vec![why]),
        Err(_) => failed(proxy, Failure::Refused, vec![why]),
    }
}

/// The Service's own port on every node.
fn instances(run: &Run<'_>, service: &Service, to: &ServicePort) -> Vec<Target> {
    let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
    let port = ports.into_iter().find(|port| match &to.port {
        PortName::Number(number) => port.port == *number,
        PortName::Name(name) => port.name.as_ref() == Some(name),
    });
    let number = port.and_then(|port| u16::try_from(port.node_port?).ok());
    let Some(number) = number else { return Vec::new() };
    let snapshot = run.processes.directory.snapshot();
    let names = snapshot.objects_of(Kind::Node).filter_map(|node| {
        let node: &Node = node.as_typed()?;
        node.metadata.name.as_deref()
    });
    names
        .filter_map(|name| {
            let address = run.plane.network.address_of(&Place::Node(name.to_owned()))?;
            Some(Target { name: name.to_owned(), address, port: number })
        })
        .collect()
}

/// The status of a target's answer to a health check.
fn check(run: &Run<'_>, place: &Place, target: &Target, path: &str, now: Time) -> Option<u16> {
    let mut plane = run.plane.clone();
    let mut checking = Run::new(&mut plane, run.request, now);
    let request = HttpRequest {
        method: "GET".to_owned(),
        target: path.to_owned(),
        headers: vec![
            ("Host".to_owned(), packet::socket(target.address, target.port)),
            ("User-Agent".to_owned(), "ELB-HealthChecker/2.0".to_owned()),
        ],
        body: String::new(),
    };
    let asking = Asking {
        cause: None,
        client: place,
        server: (target.address, target.port),
        host: "",
        tls: false,
        insecure: true,
        patience: Some(CHECK_PATIENCE),
        answer_by: Some(now + CHECK_PATIENCE),
        evidence: Vec::new(),
    };
    let (answer, _) = exchange(&mut checking, &asking, &request, now);
    answer.ok().map(|answered| answered.response.status)
}
