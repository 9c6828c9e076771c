//! HTTP requests: connect, perhaps TLS, the request, the answer, the end.

use std::net::IpAddr;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};
use packet::http::{Request as HttpRequest, Response};
use packet::{Payload, Protocol, Time, tls};
use trace::{Direction, Evidence, Outcome, Place, Purpose};

use super::flight::{Run, THINKING};
use super::proxy::{self, Proxy};
use super::tcp::{Connected, Connection, connect};
use super::{balancer, resolve, unresolved};
use crate::application::{App, Seat, pause, respond};
use crate::certificate::Certificate;
use crate::http::Url;
use crate::processes::Process;

/// How long a client waits for an answer that does not come, once connected.
const READ_PATIENCE: Duration = Duration::from_secs(60);
/// What curl calls itself.
const USER_AGENT: &str = "curl/8.16.0";

/// What to ask for, beside the URL.
pub(super) struct Page<'a> {
    pub method: &'a str,
    pub headers: &'a [(String, String)],
    pub body: &'a str,
    pub insecure: bool,
}

/// Fetches a URL as curl does: each address in turn until one takes the connection.
pub(super) fn fetch(run: &mut Run<'_>, url: &str, page: &Page<'_>, now: Time) -> (Outcome, Time) {
    let url = match Url::parse(url) {
        Ok(url) => url,
        Err(reason) => return (Outcome::Invalid { reason }, now),
    };
    let (found, mut at) = resolve::host(run, &url.host, now);
    let Outcome::Resolved(addresses) = found else { return (found, at) };
    if addresses.is_empty() {
        return (unresolved(Outcome::Resolved(addresses)), at);
    }
    let request = request(&url, page);
    let from = run.request.from.clone();
    let mut outcome = Outcome::Refused;
    for address in addresses {
        let asking = Asking {
            cause: None,
            client: &from,
            server: (address, url.port),
            host: &url.host,
            tls: url.tls,
            insecure: page.insecure,
            patience: None,
            answer_by: None,
            evidence: Vec::new(),
        };
        let (answer, when) = exchange(run, &asking, &request, at);
        at = when;
        outcome = match answer {
            Ok(Answered { response, server, .. }) => {
                Outcome::Http { status: response.status, body: response.body, server }
            }
            Err(outcome) => outcome,
        };
        if !matches!(outcome, Outcome::Refused | Outcome::Unreachable) {
            break;
        }
    }
    (outcome, at)
}

/// Where and how to ask.
pub(super) struct Asking<'a> {
    pub cause: Option<usize>,
    pub client: &'a Place,
    pub server: (IpAddr, u16),
    pub host: &'a str,
    pub tls: bool,
    pub insecure: bool,
    pub patience: Option<Duration>,
    /// When it gives up waiting for the answer.
    pub answer_by: Option<Time>,
    /// Why it asks there.
    pub evidence: Vec<Evidence>,
}

/// One connection with one request on it.
pub(super) fn exchange(
    run: &mut Run<'_>,
    asking: &Asking<'_>,
    request: &HttpRequest,
    now: Time,
) -> (Result<Answered, Outcome>, Time) {
    let purpose = Purpose::Http {
        method: request.method.clone(),
        host: request.header("host").unwrap_or(asking.host).to_owned(),
        path: request.target.clone(),
        tls: asking.tls,
    };
    let exchange = run.begin(asking.cause, purpose, asking.client, asking.server, Protocol::Tcp);
    let why = asking.evidence.clone();
    let connected = connect(run, exchange, asking.client, asking.server, now, asking.patience, why);
    let mut connection = match connected {
        Connected::Open(connection) => *connection,
        Connected::Failed(outcome, at) => return (Err(outcome), at),
    };
    if let Place::LoadBalancer(owner) = connection.end().place.clone()
        && owner.kind == Kind::Service
        && !balancer::relay(run, exchange, &mut connection, &owner)
    {
        connection.hang_up(run);
        return (Err(Outcome::Closed), connection.at);
    }
    let answer = talk(run, exchange, &mut connection, asking, request);
    let ended = connection.at;
    match &answer {
        Ok(_) => connection.close(run),
        Err(Outcome::TimedOut) => {
            let until = asking.answer_by.unwrap_or(ended + READ_PATIENCE);
            return (answer, until.max(ended));
        }
        Err(_) => {}
    }
    (answer, ended)
}

/// An answer and who gave it.
pub(super) struct Answered {
    pub response: Response,
    pub server: Option<ObjectRef>,
    /// Why it is this answer.
    pub evidence: Vec<Evidence>,
}

fn talk(
    run: &mut Run<'_>,
    exchange: usize,
    connection: &mut Connection,
    asking: &Asking<'_>,
    request: &HttpRequest,
) -> Result<Answered, Outcome> {
    let (_, port) = connection.end().packet.ports();
    let place = connection.end().place.clone();
    let address = connection.end().packet.destination;
    let process = run.processes.at(&place, Protocol::Tcp, address, port);
    let Some(process) = process else {
        connection.hang_up(run);
        return Err(Outcome::Closed);
    };
    let seal = |payload: Payload| {
        if asking.tls {
            Payload::Tls(tls::Record::ApplicationData(Box::new(payload)))
        } else {
            payload
        }
    };
    if asking.tls {
        shake_hands(run, connection, asking, &process)?;
    }
    if !connection.say(
        run,
        Direction::Request,
        seal(Payload::HttpRequest(request.clone())),
        Vec::new(),
    ) {
        return Err(Outcome::TimedOut);
    }
    let seat = seat(run, &place, connection, asking.tls);
    connection.at = connection.at + THINKING + pause(&process.listener.app, request);
    let itself = || {
        vec![Evidence::Listener {
            pod: process.pod.clone(),
            container: process.container.clone(),
            port,
            listening: true,
            others: Vec::new(),
        }]
    };
    let own = |response| Answered { response, server: process.pod.clone(), evidence: itself() };
    let answered = match &process.listener.app {
        _ if process.listener.tls.is_some() && !asking.tls => Some(own(plain_on_tls())),
        App::Controller { class, product } => {
            let proxy = Proxy { class, product, place: &place, seat: &seat, exchange, port };
            Some(proxy::answer(run, &proxy, connection, request))
        }
        app => respond(app, &seat, request).map(own),
    };
    if let Some(limit) = asking.answer_by.filter(|limit| connection.at > *limit) {
        connection.at = limit;
        connection.close(run);
        return Err(Outcome::TimedOut);
    }
    let Some(answered) = answered else {
        connection.hang_up(run);
        return Err(Outcome::Closed);
    };
    let payload = seal(Payload::HttpResponse(answered.response.clone()));
    if !connection.say(run, Direction::Reply, payload, answered.evidence.clone()) {
        return Err(Outcome::TimedOut);
    }
    Ok(answered)
}

/// The TLS handshake; it fails where the port speaks no TLS or nobody vouches for the certificate.
fn shake_hands(
    run: &mut Run<'_>,
    connection: &mut Connection,
    asking: &Asking<'_>,
    process: &Process,
) -> Result<(), Outcome> {
    let is_name = asking.host.parse::<IpAddr>().is_err();
    let server_name = is_name.then(|| asking.host.to_owned());
    let hello = Payload::Tls(tls::Record::ClientHello { server_name });
    if !connection.say(run, Direction::Request, hello, Vec::new()) {
        return Err(Outcome::TimedOut);
    }
    let Some(names) = &process.listener.tls else {
        let page = crate::http::status_page(400, "");
        connection.say(run, Direction::Reply, Payload::HttpResponse(page), Vec::new());
        connection.hang_up(run);
        return Err(Outcome::TlsFailed { reason: "wrong version number".to_owned() });
    };
    let shown = match &process.listener.app {
        App::Controller { class, product } => {
            let place = connection.end().place.clone();
            let (_, port) = connection.end().packet.ports();
            proxy::certificate(run, &place, (class, product), asking.host, port)
        }
        _ => match names.first() {
            // Web sites have a public certificate; the API server has the cluster's own.
            None => Certificate::public(asking.host, "Let's Encrypt"),
            Some(first) => Certificate::own(first, names.clone()),
        },
    };
    let record = tls::Record::ServerHello {
        common_name: shown.common_name.clone(),
        subject_names: shown.names.clone(),
        issuer: shown.issuer.clone(),
    };
    connection.at = connection.at + THINKING;
    if !connection.say(run, Direction::Reply, Payload::Tls(record), Vec::new()) {
        return Err(Outcome::TimedOut);
    }
    let objection = shown.objection(asking.host, connection.at.unix_seconds());
    if let Some(reason) = objection.filter(|_| !asking.insecure) {
        let description = match shown.distrust {
            Some(_) => "unknown_ca",
            None if shown.covers(asking.host) => "certificate_expired",
            None => "bad_certificate",
        };
        let alert = Payload::Tls(tls::Record::Alert { description: description.to_owned() });
        connection.say(run, Direction::Request, alert, Vec::new());
        connection.close(run);
        return Err(Outcome::TlsFailed { reason });
    }
    if !connection.say(run, Direction::Request, Payload::Tls(tls::Record::Finished), Vec::new()) {
        return Err(Outcome::TimedOut);
    }
    Ok(())
}

fn plain_on_tls() -> Response {
    let mut page = crate::http::status_page(400, "nginx");
    page.body = page.body.replace(
        "400 Bad Request</title>",
        "400 The plain HTTP request was sent to HTTPS port</title>",
    );
    page
}

/// The request as curl writes it.
fn request(url: &Url, page: &Page<'_>) -> HttpRequest {
    let own = |name: &str| page.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
    let mut headers = Vec::new();
    if !own("host") {
        headers.push(("Host".to_owned(), url.authority()));
    }
    let mut given = page.headers.to_vec();
    given.sort_by_key(|(name, _)| !name.eq_ignore_ascii_case("host"));
    let hosts = given.iter().take_while(|(name, _)| name.eq_ignore_ascii_case("host")).count();
    headers.extend(given.drain(..hosts));
    for (name, value) in [("User-Agent", USER_AGENT), ("Accept", "*/*")] {
        if !own(name) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    }
    headers.extend(given);
    if !page.body.is_empty() && !own("content-length") {
        headers.push(("Content-Length".to_owned(), page.body.len().to_string()));
    }
    HttpRequest {
        method: page.method.to_owned(),
        target: url.target.clone(),
        headers,
        body: page.body.to_owned(),
    }
}

fn seat(run: &Run<'_>, place: &Place, connection: &Connection, tls: bool) -> Seat {
    let packet = &connection.end().packet;
    let pod = match place {
        Place::Pod(pod) => {
            run.processes.directory.snapshot().find::<Pod>(&pod.namespace, &pod.name)
        }
        Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => None,
    };
    let spec = pod.and_then(|pod| pod.spec.as_ref());
    let name = pod.and_then(|pod| pod.metadata.name.clone());
    let hostname = spec.and_then(|spec| spec.hostname.clone()).or(name);
    Seat {
        hostname: hostname.unwrap_or_else(|| place.to_string()),
        namespace: pod.and_then(|pod| pod.metadata.namespace.clone()).unwrap_or_default(),
        node: spec.and_then(|spec| spec.node_name.clone()).unwrap_or_default(),
        address: packet.destination,
        client: (packet.source, packet.ports().0),
        tls,
        now: connection.at,
    }
}
