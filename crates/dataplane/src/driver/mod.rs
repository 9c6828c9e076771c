//! Requests as a person or a program makes them, turned into packets and answers.
//!
//! A request becomes a [`Journey`]: the resolver's queries, the connection, the exchange on it and
//! its end, every packet sent through the [`Network`](crate::Network). What a process answers is
//! the catalogue's business, what a packet meets is the kernel's; this knows only who speaks next,
//! and how long one waits for silence. Times are those measured with real tools.

mod balancer;
mod flight;
mod ping;
mod proxy;
mod resolve;
mod tcp;
mod web;

use std::net::IpAddr;
use std::time::Duration;

use packet::dns::RecordType;
use packet::{Protocol, Time};
use serde::{Deserialize, Serialize};
use trace::{Journey, Outcome, Place, Question};

use crate::DataPlane;
use crate::dns::Flavour;
use flight::Run;

/// As many echo requests are sent where nobody says how many.
const PINGS: u16 = 3;

/// What someone asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Who asks.
    pub from: Place,
    /// What for.
    pub kind: RequestKind,
    /// When the asker gives up, as `curl -m` says; none waits as long as the kernel does.
    pub timeout: Option<Duration>,
    /// Whose resolver looks names up; none takes the one of the Pod's image.
    pub resolver: Option<Flavour>,
}

/// What a request is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RequestKind {
    /// A page, as `curl` and `wget` ask for it.
    Http {
        /// As typed: `web-service`, `http://web-service:8080/path`.
        url: String,
        /// `GET`.
        method: String,
        /// Headers beyond those the client sends by itself; `Host` replaces its own.
        headers: Vec<(String, String)>,
        /// The body.
        body: String,
        /// Whether a certificate nobody vouches for is accepted, as `curl -k` does.
        insecure: bool,
    },
    /// A name, as `nslookup` and `dig` ask for it.
    Resolve {
        /// The name as typed.
        name: String,
        /// The type of record; none asks for addresses.
        record_type: Option<RecordType>,
        /// The server to ask instead of the resolv.conf's.
        server: Option<IpAddr>,
    },
    /// Whether a port is open, as `nc -z` asks.
    Connect {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
        /// TCP, UDP or SCTP.
        protocol: Protocol,
        /// The port to ask from, as `nc -p` says; none takes the kernel's next.
        source_port: Option<u16>,
    },
    /// Whether a host is there, as `ping` asks.
    Ping {
        /// A name or an address.
        host: String,
        /// How many requests.
        count: u16,
    },
}

impl Request {
    /// A plain `GET` of a URL.
    pub fn get(from: Place, url: impl Into<String>) -> Self {
        let kind = RequestKind::Http {
            url: url.into(),
            method: "GET".into(),
            headers: Vec::new(),
            body: String::new(),
            insecure: false,
        };
        Self { from, kind, timeout: None, resolver: None }
    }

    /// What a text asks for: a URL as `curl` takes it, `tcp://host:port`, `udp://host:port`,
    /// `ping://host`, `dns://name`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn to(from: Place, target: &str) -> Result<Self, String> {
        let (scheme, rest) = target.split_once("://").unwrap_or(("http", target));
        let protocol = match scheme {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            "ping" => {
                let kind = RequestKind::Ping { host: rest.to_owned(), count: PINGS };
                return Ok(Self { from, kind, timeout: None, resolver: None });
            }
            "dns" => {
                let kind =
                    RequestKind::Resolve { name: rest.to_owned(), record_type: None, server: None };
                return Ok(Self { from, kind, timeout: None, resolver: None });
            }
            "http" | "https" => return Ok(Self::get(from, target)),
            _ => {
                return Err(format!(
                    "`{scheme}` is no way to ask: `http`, `https`, `tcp`, `udp`, `sctp`, `ping` or `dns` is expected"
                ));
            }
        };
        let (host, port) = rest
            .rsplit_once(':')
            .and_then(|(host, port)| Some((host, port.parse().ok()?)))
            .ok_or_else(|| {
                format!("`{target}` names no port: `{scheme}://HOST:PORT` is expected")
            })?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let kind = RequestKind::Connect { host, port, protocol, source_port: None };
        Ok(Self { from, kind, timeout: None, resolver: None })
    }

    /// What is asked for, as typed.
    pub fn target(&self) -> String {
        match &self.kind {
            RequestKind::Http { url, .. } => url.clone(),
            RequestKind::Resolve { name, .. } => name.clone(),
            RequestKind::Connect { host, port, .. } => format!("{host}:{port}"),
            RequestKind::Ping { host, .. } => host.clone(),
        }
    }
}

/// Makes the request and follows every packet of it.
pub(crate) fn send(plane: &mut DataPlane, request: &Request, now: Time) -> Journey {
    let mut run = Run::new(plane, request, now);
    let (outcome, ended) = match &request.kind {
        RequestKind::Http { url, method, headers, body, insecure } => {
            let page = web::Page { method, headers, body, insecure: *insecure };
            web::fetch(&mut run, url, &page, now)
        }
        RequestKind::Resolve { name, record_type, server } => {
            let lookup = resolve::Lookup { name, record_type: *record_type, server: *server };
            resolve::resolve(&mut run, &lookup, now)
        }
        RequestKind::Connect { host, port, protocol, source_port } => {
            let to = (host.as_str(), *port);
            tcp::open(&mut run, to, *protocol, *source_port, now)
        }
        RequestKind::Ping { host, count } => ping::ping(&mut run, host, *count, now),
    };
    let overdue = run.deadline().filter(|deadline| ended > *deadline);
    let (outcome, ended) = match overdue {
        Some(deadline) => (run.overdue(outcome), deadline),
        None => (outcome, ended),
    };
    let (exchanges, mut packets) = run.finish();
    packets.retain(|flight| overdue.is_none_or(|deadline| flight.trace.started() <= deadline));
    packets.sort_by_key(|flight| flight.trace.started());
    let question = Question { from: request.from.clone(), target: request.target() };
    Journey { question, started: now, ended, exchanges, packets, outcome }
}

/// What an asker makes of a host that could not be looked up.
fn unresolved(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Resolved(_) => Outcome::Unresolved {
            name: String::new(),
            rcode: Some(packet::dns::Rcode::NoError),
            timed_out: false,
        },
        other => other,
    }
}
