//! Everything that one request caused: its exchanges, and every packet of them in order of time.
//!
//! `http://web-service` from a Pod is two exchanges, a DNS query and an HTTP connection. Behind an
//! ingress controller the connection from controller to Pod is an exchange caused by the first.

use std::net::IpAddr;
use std::time::Duration;

use manifest::ObjectRef;
use packet::{Protocol, Time, dns};
use serde::{Deserialize, Serialize};

use crate::{Evidence, Place, Step, Trace};

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who asks.
    pub from: Place,
    /// What for, as typed: `http://web-service`.
    pub target: String,
}

/// Everything that one request caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Journey {
    /// What was asked for.
    pub question: Question,
    /// When.
    pub started: Time,
    /// When the asker knew the outcome.
    pub ended: Time,
    /// The conversations it caused, in order of their beginning.
    pub exchanges: Vec<Exchange>,
    /// Every packet, in order of sending.
    pub packets: Vec<Flight>,
    /// What the asker got.
    pub outcome: Outcome,
}

impl Journey {
    /// How long the asker waited.
    pub fn duration(&self) -> Duration {
        self.ended.since(self.started)
    }

    /// The step that decided what came of it, by the positions of packet, place and step: where a
    /// packet ended that was not delivered, or the answer that said no was made; in a journey that
    /// succeeded, where an endpoint was chosen or else where the first packet was taken.
    pub fn deciding_step(&self) -> Option<(usize, usize, usize)> {
        let last_step = |flight: usize| {
            let hops = self.packets[flight].trace.hops();
            Some((flight, hops.len() - 1, hops.last()?.steps().len() - 1))
        };
        if !self.outcome.is_success() {
            let lost = |flight: &Flight| !flight.trace.verdict().is_success();
            let last = self.packets.iter().rfind(|flight| lost(flight)).map(|it| it.exchange);
            let first_of_last = |flight: &Flight| lost(flight) && Some(flight.exchange) == last;
            if let Some(flight) = self.packets.iter().position(first_of_last) {
                return last_step(flight);
            }
            // What says no is more than a bare acknowledgement.
            let says_no = |flight: &Flight| {
                let inner = flight.trace.sent().layers().pop();
                flight.direction == Direction::Reply
                    && inner.is_some_and(|layer| layer.protocol != "TCP")
            };
            return self.packets.iter().rposition(says_no).map(|flight| (flight, 0, 0));
        }
        let resolves = |flight: &Flight| {
            self.exchanges
                .get(flight.exchange)
                .is_some_and(|exchange| matches!(exchange.purpose, Purpose::Resolve(_)))
        };
        let only_resolves = self.packets.iter().all(resolves);
        let counts = |flight: &Flight| only_resolves || !resolves(flight);
        let steps = self.packets.iter().enumerate().filter(|(_, flight)| counts(flight)).flat_map(
            |(packet, flight)| {
                flight.trace.hops().iter().enumerate().flat_map(move |(place, hop)| {
                    let steps = hop.steps().iter().enumerate();
                    steps.map(move |(number, step)| ((packet, place, number), step))
                })
            },
        );
        let chooses = |step: &Step| {
            step.evidence.iter().any(|evidence| matches!(evidence, Evidence::Endpoint { .. }))
        };
        let mut choices = steps.filter(|(_, step)| chooses(step));
        let first = || self.packets.iter().position(counts).and_then(last_step);
        choices.next().map(|(position, _)| position).or_else(first)
    }

    /// The packets of one exchange.
    pub fn packets_of(&self, exchange: usize) -> impl Iterator<Item = &Flight> {
        self.packets.iter().filter(move |flight| flight.exchange == exchange)
    }
}

/// One conversation between two sockets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exchange {
    /// The exchange that caused this one, by position.
    pub cause: Option<usize>,
    /// What for.
    pub purpose: Purpose,
    /// Who began it.
    pub client: Place,
    /// The address it was begun to, before any translation.
    pub server_address: IpAddr,
    /// The port it was begun to.
    pub server_port: u16,
    /// The protocol.
    pub protocol: Protocol,
}

/// What an exchange is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To resolve a name.
    Resolve(dns::Question),
    /// To ask for a page.
    Http {
        /// `GET`.
        method: String,
        /// The host asked for.
        host: String,
        /// Path and query.
        path: String,
        /// Whether inside TLS.
        tls: bool,
    },
    /// Only to see whether the port is open.
    Connect,
    /// To see whether the host is there.
    Ping,
    /// A health check.
    Probe,
}

/// One packet of an exchange, and its path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flight {
    /// The exchange it belongs to, by position.
    pub exchange: usize,
    /// Which way it goes.
    pub direction: Direction,
    /// Which attempt this is, from 0: retransmissions count up.
    pub attempt: u32,
    /// Its path.
    pub trace: Trace,
}

/// Which way a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// From the one who began the exchange.
    Request,
    /// Back to it.
    Reply,
}

/// What the asker got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// An HTTP answer.
    Http {
        /// The status.
        status: u16,
        /// The body.
        body: String,
        /// Who made the answer.
        server: Option<ObjectRef>,
    },
    /// The connection was made, or the datagram answered.
    Connected,
    /// The name resolved to these addresses.
    Resolved(Vec<IpAddr>),
    /// The name did not resolve.
    Unresolved {
        /// The last name tried.
        name: String,
        /// The server's answer; none if no server answered.
        rcode: Option<dns::Rcode>,
        /// Whether a server's silence, rather than a refusal, ended it.
        timed_out: bool,
    },
    /// Refused at once: `curl: (7)`.
    Refused,
    /// The host or network was reported unreachable.
    Unreachable,
    /// No answer in time: `curl: (28)`.
    TimedOut,
    /// The connection was made, but the other side closed it without an answer: `curl: (52)`.
    Closed,
    /// The TLS handshake failed.
    TlsFailed {
        /// Why.
        reason: String,
    },
    /// The request could not be understood.
    Invalid {
        /// What is wrong with it.
        reason: String,
    },
}

impl Outcome {
    /// Whether the asker got what it asked for.
    pub fn is_success(&self) -> bool {
        match self {
            Outcome::Http { status, .. } => *status < 400,
            Outcome::Connected | Outcome::Resolved(_) => true,
            Outcome::Unresolved { .. }
            | Outcome::Refused
            | Outcome::Unreachable
            | Outcome::TimedOut
            | Outcome::Closed
            | Outcome::TlsFailed { .. }
            | Outcome::Invalid { .. } => false,
        }
    }
}
