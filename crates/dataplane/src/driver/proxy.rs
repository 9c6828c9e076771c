//! A proxy in a Pod: it takes a request, finds the rule that fits, dials a Pod behind the Service
//! itself, and passes the answer on. The second connection is an exchange of its own, caused by the
//! first; the Service's ClusterIP plays no part in it.

use std::net::IpAddr;
use std::time::Duration;

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::{Pod, Secret};
use manifest::ObjectRef;
use manifest::gateway::Gateway;
use packet::http::{Request as HttpRequest, Response};
use trace::{Choice, Evidence, FieldRef, Outcome, Place};

use super::balancer;
use super::flight::Run;
use super::tcp::Connection;
use super::web::{Answered, Asking, exchange};
use crate::application::{GATEWAY_PRODUCT, Seat};
use crate::backend::{Endpoint, Found, ServicePort, find};
use crate::certificate::Certificate;
use crate::directory::Directory;
use crate::gateway::{self, Timeouts};
use crate::http::reply;
use crate::ingress::{self, Controller, Failure, Flavour};

/// How long ingress-nginx waits for a Pod to take a connection (`proxy-connect-timeout`).
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);
/// How many Pods it tries (`proxy-next-upstream-tries`).
const TRIES: usize = 3;
/// What ingress-nginx signs for itself, for hosts it has no certificate for.
const FAKE_CERTIFICATE: &str = "Kubernetes Ingress Controller Fake Certificate";

/// The proxy and the connection it has to answer on.
pub(super) struct Proxy<'a> {
    /// The class it serves.
    pub class: &'a str,
    /// What it is: `nginx`, `traefik`, `gateway` …
    pub product: &'a str,
    /// Where it runs and who asks.
    pub place: &'a Place,
    pub seat: &'a Seat,
    /// The exchange that asks.
    pub exchange: usize,
    /// The port it was asked on.
    pub port: u16,
}

impl Proxy<'_> {
    fn controller(&self) -> Controller {
        let only = match self.place {
            Place::LoadBalancer(ingress) => Some(ingress.clone()),
            Place::Pod(_) | Place::Node(_) | Place::NodeNetwork | Place::Internet(_) => None,
        };
        Controller { only, ..Controller::of(self.class, self.product) }
    }

    fn flavour(&self) -> Flavour {
        self.controller().flavour
    }
}

/// The certificate that a proxy of this class and product shows for a host: what a Secret holds, or
/// its own.
pub(super) fn certificate(
    run: &Run<'_>,
    place: &Place,
    (class, product): (&str, &str),
    host: &str,
    port: u16,
) -> Certificate {
    let snapshot = run.processes.directory.snapshot();
    if product == GATEWAY_PRODUCT {
        let gateways = gateways_of(snapshot, place);
        let listeners: Vec<_> = gateways.iter().flat_map(|it| gateway::listeners_of(it)).collect();
        let secret = gateway::certificate(&listeners, i32::from(port), host);
        let read = secret.and_then(|secret| read(snapshot, &secret));
        return read.unwrap_or_else(|| Certificate::own(host, vec![host.to_owned()]));
    }
    let controller = Controller::of(class, product);
    let flavour = controller.flavour;
    if flavour == Flavour::Aws {
        // Its certificates are not in the cluster, but in AWS Certificate Manager.
        return Certificate::public(host, "Amazon RSA 2048 M02");
    }
    let found = ingress::certificate(&run.processes.directory, &controller, host);
    let read = found.secret.and_then(|secret| read(snapshot, &secret));
    let takes_any_name = match flavour {
        // These look a certificate up by the names on it, or check them.
        Flavour::Nginx | Flavour::Traefik | Flavour::HaProxy => false,
        Flavour::Plain | Flavour::Kong | Flavour::Aws => true,
    };
    read.filter(|found| takes_any_name || found.covers(host)).unwrap_or_else(|| match flavour {
        Flavour::Traefik => Certificate::own("TRAEFIK DEFAULT CERT", Vec::new()),
        Flavour::HaProxy | Flavour::Kong => Certificate::own("localhost", Vec::new()),
        Flavour::Plain | Flavour::Nginx | Flavour::Aws => {
            Certificate::own(FAKE_CERTIFICATE, vec!["ingress.local".to_owned()])
        }
    })
}

/// The certificate in a Secret.
fn read(snapshot: &Snapshot, secret: &ObjectRef) -> Option<Certificate> {
    let secret: &Secret = snapshot.find(&secret.namespace, &secret.name)?;
    let data = secret.data.as_ref()?;
    data.get("tls.key").filter(|key| !key.0.is_empty())?;
    Certificate::read(&data.get("tls.crt")?.0)
}

/// The Gateways that a proxy serves: its own, or all.
fn gateways_of<'a>(snapshot: &'a Snapshot, place: &Place) -> Vec<&'a Gateway> {
    let pod = match place {
        Place::Pod(pod) => snapshot.find::<Pod>(&pod.namespace, &pod.name),
        Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => None,
    };
    gateway::served(snapshot, pod.map(|pod| &pod.metadata))
}

/// Answers a request, asking a Pod for it if a rule says so.
pub(super) fn answer(
    run: &mut Run<'_>,
    proxy: &Proxy<'_>,
    connection: &mut Connection,
    request: &HttpRequest,
) -> Answered {
    let directory = run.processes.directory.clone();
    if proxy.product == GATEWAY_PRODUCT {
        return by_gateway(run, proxy, connection, request, &directory);
    }
    let host = host_of(request);
    let asked = ingress::Asked { host: &host, target: &request.target, tls: proxy.seat.tls };
    match ingress::route(&directory, &proxy.controller(), &asked) {
        ingress::Routed::Backend { to, field, rule, target, .. } => {
            let mut onward = forwarded(proxy, request);
            onward.target = target;
            let why = Evidence::HttpRule { field, rule };
            if let Place::LoadBalancer(_) = proxy.place {
                return balancer::pass_on(run, proxy, connection, &to, &onward, why);
            }
            let to = (&to, ingress::patience(proxy.flavour()));
            pass_on(run, proxy, connection, &directory, to, &onward, why)
        }
        ingress::Routed::Redirect { status, location, field } => {
            redirected(proxy, status, location, field)
        }
        ingress::Routed::Fixed { status, content_type, body, field } => {
            itself(proxy, reply(status, &content_type, body), vec![rule_of(field)])
        }
        ingress::Routed::NoRule => failed(proxy, Failure::NoRule, Vec::new()),
    }
}

fn by_gateway(
    run: &mut Run<'_>,
    proxy: &Proxy<'_>,
    connection: &mut Connection,
    request: &HttpRequest,
    directory: &Directory,
) -> Answered {
    let snapshot = directory.snapshot();
    let gateways = gateways_of(snapshot, proxy.place);
    let listeners: Vec<gateway::ListenerOf<'_>> =
        gateways.into_iter().flat_map(gateway::listeners_of).collect();
    let host = host_of(request);
    let asked = gateway::Asked {
        port: i32::from(proxy.port),
        host: &host,
        target: &request.target,
        method: &request.method,
        headers: &request.headers,
        tls: proxy.seat.tls,
    };
    match gateway::route(directory, &listeners, &asked) {
        gateway::Routed::Forward(mut forward) => {
            let chance = run.plane.network.draw();
            let chosen = forward.choose(chance).cloned();
            let why =
                Evidence::HttpRule { field: forward.field.clone(), rule: forward.rule.clone() };
            let Some(backend) = chosen else {
                return itself(proxy, reply(500, "text/plain", ""), vec![why]);
            };
            forward.apply(&backend.filters);
            let Ok(to) = &backend.to else {
                return itself(proxy, reply(500, "text/plain", ""), vec![why]);
            };
            let mut onward = forwarded(proxy, request);
            let added = onward.headers.split_off(request.headers.len());
            onward.headers = forward.headers.clone();
            onward.headers.extend(added);
            set(&mut onward.headers, "Host", &forward.host);
            onward.target = forward.target.clone();
            for mirror in &forward.mirrors {
                // A copy's answer is thrown away, and nobody waits for it.
                let at = connection.at;
                let copy = (mirror, Timeouts::default());
                pass_on(run, proxy, connection, directory, copy, &onward, why.clone());
                connection.at = at;
            }
            let to = (to, forward.timeouts);
            let mut answered = pass_on(run, proxy, connection, directory, to, &onward, why);
            let headers = &mut answered.response.headers;
            gateway::change_response(&forward.response, headers);
            gateway::change_response(&backend.filters, headers);
            headers.extend(forward.cors);
            answered
        }
        gateway::Routed::Redirect { status, location, field } => {
            redirected(proxy, status, location, field)
        }
        gateway::Routed::Preflight { headers, field } => {
            let mut response = reply(204, "text/plain", "");
            response.headers.extend(headers);
            itself(proxy, response, vec![rule_of(field)])
        }
        gateway::Routed::NoListener | gateway::Routed::NoRoute => {
            itself(proxy, reply(404, "text/plain", ""), Vec::new())
        }
    }
}

/// Dials Pods behind a Service until one answers, and passes its answer on.
fn pass_on(
    run: &mut Run<'_>,
    proxy: &Proxy<'_>,
    connection: &mut Connection,
    directory: &Directory,
    (to, timeouts): (&ServicePort, Timeouts),
    request: &HttpRequest,
    why: Evidence,
) -> Answered {
    let over = timeouts.request.map(|wait| connection.at + wait);
    let endpoints = match find(directory, to) {
        Found::Endpoints(endpoints) => endpoints,
        Found::NoService | Found::NoPort => return failed(proxy, Failure::NoService, vec![why]),
        Found::NoEndpoints => return failed(proxy, Failure::NoEndpoints, vec![why]),
    };
    let of = endpoints.len();
    let length = u64::try_from(of).expect("a length fits");
    let start = usize::try_from(run.plane.network.draw() % length).expect("smaller than a length");
    let mut failure = Failure::Refused;
    for number in 0..TRIES.min(of) {
        let position = (start + number) % of;
        let endpoint = &endpoints[position];
        let of_try = timeouts.backend.map(|wait| connection.at + wait);
        let answer_by = [over, of_try].into_iter().flatten().min();
        let left = answer_by.map_or(CONNECT_PATIENCE, |by| by.since(connection.at));
        let asking = Asking {
            cause: Some(proxy.exchange),
            client: proxy.place,
            server: (endpoint.address, endpoint.port),
            host: "",
            tls: false,
            insecure: true,
            patience: Some(CONNECT_PATIENCE.min(left)),
            answer_by,
            evidence: vec![why.clone(), chosen(to, endpoint, position, of)],
        };
        let (outcome, at) = if run.is_too_deep(proxy.exchange) {
            (Err(Outcome::Closed), connection.at)
        } else {
            exchange(run, &asking, request, connection.at)
        };
        connection.at = at;
        failure = match outcome {
            Ok(answered) => return Answered { evidence: vec![why], ..answered },
            Err(Outcome::TimedOut) => Failure::TimedOut,
            Err(_) => Failure::Refused,
        };
        if answer_by.is_some_and(|by| at >= by) {
            break;
        }
    }
    failed(proxy, failure, vec![why])
}

fn chosen(to: &ServicePort, endpoint: &Endpoint, position: usize, of: usize) -> Evidence {
    Evidence::Endpoint {
        service: to.service.clone(),
        slice: endpoint.slice.clone(),
        pod: endpoint.pod.clone(),
        address: endpoint.address,
        port: endpoint.port,
        position,
        of,
        choice: if of == 1 { Choice::Only } else { Choice::RoundRobin },
    }
}

/// The request as the proxy sends it on: with what the Pod could not know otherwise.
fn forwarded(proxy: &Proxy<'_>, request: &HttpRequest) -> HttpRequest {
    let mut onward = request.clone();
    let client: IpAddr = proxy.seat.client.0;
    let scheme = if proxy.seat.tls { "https" } else { "http" };
    let is_aws = proxy.flavour() == Flavour::Aws;
    let port = match proxy.flavour() {
        // These write the port they listen on, whichever it is.
        Flavour::Nginx | Flavour::Plain | Flavour::Aws => proxy.port,
        Flavour::Traefik | Flavour::HaProxy | Flavour::Kong if proxy.seat.tls => 443,
        Flavour::Traefik | Flavour::HaProxy | Flavour::Kong => 80,
    };
    for (name, value) in [
        ("X-Real-IP", client.to_string()),
        ("X-Forwarded-For", client.to_string()),
        ("X-Forwarded-Host", host_of(request)),
        ("X-Forwarded-Port", port.to_string()),
        ("X-Forwarded-Proto", scheme.to_owned()),
    ] {
        // Elastic Load Balancing adds three of them.
        if !(is_aws && matches!(name, "X-Real-IP" | "X-Forwarded-Host")) {
            onward.headers.push((name.to_owned(), value));
        }
    }
    onward
}

fn redirected(proxy: &Proxy<'_>, status: u16, location: String, field: FieldRef) -> Answered {
    let mut response = crate::http::status_page(status, "nginx");
    if proxy.flavour() != Flavour::Nginx {
        response = reply(status, "text/plain", "");
    }
    response.headers.push(("Location".to_owned(), location));
    itself(proxy, response, vec![rule_of(field)])
}

fn rule_of(field: FieldRef) -> Evidence {
    let rule = field.path.to_string();
    Evidence::HttpRule { field, rule }
}

pub(super) fn failed(proxy: &Proxy<'_>, failure: Failure, evidence: Vec<Evidence>) -> Answered {
    itself(proxy, ingress::page(proxy.flavour(), failure), evidence)
}

/// The proxy answers by itself.
fn itself(proxy: &Proxy<'_>, response: Response, evidence: Vec<Evidence>) -> Answered {
    let server: Option<ObjectRef> = proxy.place.object();
    Answered { response, server, evidence }
}

fn set(headers: &mut Vec<(String, String)>, name: &str, value: &str) {
    match headers.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name)) {
        Some((_, old)) => *old = value.to_owned(),
        None => headers.insert(0, (name.to_owned(), value.to_owned())),
    }
}

/// The host a request names, without a port.
fn host_of(request: &HttpRequest) -> String {
    let host = request.header("host").unwrap_or_default();
    match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|c| c.is_ascii_digit()) => name.to_owned(),
        _ => host.to_owned(),
    }
}
