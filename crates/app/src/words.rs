//! The page's own words: what a request came to, and small turns of phrase.
//!
//! What happens to a packet is worded in `trace::explain`, for every reader alike.

use std::time::Duration;

use cluster::Applied;
use manifest::Severity;
use trace::{Direction, Exchange, Flight, Journey, Outcome, Purpose, Verdict};

/// What the asker got, in a few words, and whether it is what it wanted.
pub fn outcome(journey: &Journey) -> (bool, String) {
    let outcome = &journey.outcome;
    let words = match outcome {
        Outcome::Connected if is_ping(journey) => {
            let echoes = |direction| {
                let of_ping = |flight: &&Flight| {
                    flight.direction == direction
                        && journey.exchanges[flight.exchange].purpose == Purpose::Ping
                };
                let heard = |flight: &&Flight| flight.trace.verdict().is_success();
                let all = journey.packets.iter().filter(of_ping);
                if direction == Direction::Reply { all.filter(heard).count() } else { all.count() }
            };
            format!("{} of {} pings answered", echoes(Direction::Reply), echoes(Direction::Request))
        }
        Outcome::Http { status, server, .. } => {
            let phrase = status_phrase(*status);
            match server {
                Some(server) => format!("{status} {phrase} from {}", server.name),
                None => format!("{status} {phrase}"),
            }
        }
        Outcome::Connected => "connected".to_owned(),
        Outcome::Resolved(addresses) => {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            format!("resolved to {}", list.join(", "))
        }
        Outcome::Unresolved { name, rcode, timed_out } => match (rcode, timed_out) {
            (_, true) => format!("no DNS server answered for {name}"),
            (Some(rcode), false) => format!("{name} did not resolve: {rcode}"),
            (None, false) => format!("{name} did not resolve"),
        },
        Outcome::Refused => "connection refused".to_owned(),
        Outcome::Closed => "the connection was closed without an answer".to_owned(),
        Outcome::Unreachable => "host unreachable".to_owned(),
        Outcome::TimedOut => "timed out: no answer came".to_owned(),
        Outcome::TlsFailed { reason } => format!("the TLS handshake failed: {reason}"),
        Outcome::Invalid { reason } => reason.clone(),
    };
    (outcome.is_success(), words)
}

fn is_ping(journey: &Journey) -> bool {
    journey.exchanges.iter().any(|exchange| exchange.purpose == Purpose::Ping)
}

/// `4.2 ms`, `1.5 s`, `310 µs`.
pub fn duration(duration: Duration) -> String {
    let micros = duration.as_micros() as f64;
    match micros {
        micros if micros < 1_000.0 => format!("{micros:.0} µs"),
        micros if micros < 1_000_000.0 => format!("{:.1} ms", micros / 1_000.0),
        micros => format!("{:.1} s", micros / 1_000_000.0),
    }
}

/// What an exchange is for: a verb, and what it is about.
pub fn purpose(exchange: &Exchange) -> (&'static str, String) {
    match &exchange.purpose {
        Purpose::Resolve(question) => {
            ("DNS", format!("{} {}", question.record_type, question.name))
        }
        Purpose::Http { method, host, path, tls } => {
            (if *tls { "HTTPS" } else { "HTTP" }, format!("{method} {host}{path}"))
        }
        Purpose::Connect => {
            ("connection", packet::socket(exchange.server_address, exchange.server_port))
        }
        Purpose::Ping => ("ping", exchange.server_address.to_string()),
        Purpose::Probe => ("probe", packet::socket(exchange.server_address, exchange.server_port)),
    }
}

/// How a packet ended, where that is worth a word, and whether it is bad.
pub fn verdict(verdict: Verdict) -> (&'static str, bool) {
    match verdict {
        Verdict::Delivered => ("", false),
        Verdict::Dropped(_) => ("✕ dropped", true),
        Verdict::Rejected(_) => ("⤺ rejected", true),
    }
}

/// An arrow for a direction, and its name for who cannot see it.
pub fn arrow(direction: Direction) -> (&'static str, &'static str) {
    match direction {
        Direction::Request => ("→", "request"),
        Direction::Reply => ("←", "reply"),
    }
}

/// What `kubectl apply` would print, or how much is wrong.
pub fn applied(applied: &Applied) -> Vec<String> {
    if applied.is_refused() {
        let errors = applied
            .findings
            .iter()
            .flat_map(|file| &file.diagnostics)
            .filter(|finding| finding.severity == Severity::Error)
            .count();
        let things = if errors == 1 { "thing is" } else { "things are" };
        return vec![format!("nothing changed: {errors} {things} wrong, see above")];
    }
    applied
        .results
        .iter()
        .map(|result| {
            let resource = result.object.kind.resource();
            let group = if resource.group.is_empty() { "" } else { "." };
            let name = &result.object.name;
            format!("{}{group}{}/{name} {}", resource.singular, resource.group, result.effect)
        })
        .collect()
}

/// What is told when the engine broke.
pub fn broken(reason: &str) -> String {
    format!(
        "The engine stopped ({reason}). That is our mistake, not yours. It was started again and \
         brought back to where it was; your text is untouched."
    )
}

fn status_phrase(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        301 => "Moved Permanently",
        302 => "Found",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "",
    }
}
