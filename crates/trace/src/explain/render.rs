//! A journey as text: what `podhop trace` prints and the suite compares.
//!
//! One block for each packet, numbered through the journey; inside it one line for each place and
//! one for each step, with what changed, and the reason where there is one. A packet that goes the way
//! of an earlier one shows only what was different for it. Stable and aligned, so that a difference in
//! behaviour is a difference of lines.

use std::fmt::Write;
use std::net::IpAddr;

use packet::{Frame, socket};

use super::{plain, reason, stage_name, title};
use crate::{Direction, Exchange, Flight, Journey, Outcome, Purpose, Step, Trace, Verdict};

/// The column where titles begin.
const STAGE_WIDTH: usize = 14;

/// Writes a whole journey.
pub fn render(journey: &Journey) -> String {
    let mut out = String::new();
    let question = &journey.question;
    write(&mut out, format_args!("{} → {}\n", question.from, question.target));
    let mut shown: Vec<(usize, &Flight)> = Vec::new();
    for (position, exchange) in journey.exchanges.iter().enumerate() {
        write(&mut out, format_args!("\n{}\n", heading(position, exchange)));
        for flight in journey.packets_of(position) {
            let number = shown.len() + 1;
            let since = flight.trace.started().since(journey.started);
            let headline = headline(number, flight);
            write(&mut out, format_args!("\n{headline}  +{:.3} ms\n", since.as_secs_f64() * 1e3));
            let earlier = shown.iter().rev().find(|(_, other)| is_same_way(other, flight));
            match earlier {
                Some((of, other)) => {
                    write(&mut out, format_args!("  the way of packet {of}\n"));
                    hops(&mut out, &flight.trace, Some(&other.trace));
                }
                None => hops(&mut out, &flight.trace, None),
            }
            shown.push((number, flight));
        }
    }
    let milliseconds = journey.duration().as_secs_f64() * 1e3;
    write(&mut out, format_args!("\n{} after {milliseconds:.3} ms\n", outcome(&journey.outcome)));
    out
}

/// Writes one packet's path.
pub fn render_trace(trace: &Trace) -> String {
    let mut out = format!("{}\n", summary(trace.sent()));
    hops(&mut out, trace, None);
    out
}

/// Whether two packets of one exchange pass the same places in the same direction.
fn is_same_way(one: &Flight, other: &Flight) -> bool {
    let places = |flight: &Flight| -> Vec<crate::Place> {
        flight.trace.hops().iter().map(|hop| hop.place().clone()).collect()
    };
    one.exchange == other.exchange
        && one.direction == other.direction
        && places(one) == places(other)
}

/// Writes the places and steps of a packet, without those that an earlier packet had alike.
fn hops(out: &mut String, trace: &Trace, earlier: Option<&Trace>) {
    for (number, hop) in trace.hops().iter().enumerate() {
        let before = earlier.and_then(|earlier| earlier.hops().get(number));
        let is_alike = |step: &Step| {
            before.is_some_and(|before| {
                before.steps().iter().any(|other| {
                    (other.stage, &other.action, &other.device, &other.changes)
                        == (step.stage, &step.action, &step.device, &step.changes)
                        && title(other) == title(step)
                })
            })
        };
        let steps: Vec<&Step> = hop.steps().iter().filter(|step| !is_alike(step)).collect();
        if steps.is_empty() {
            continue;
        }
        write(out, format_args!("  {} {}\n", number + 1, hop.place()));
        for step in steps {
            let device = step.device.as_deref().map(|d| format!(" [{d}]")).unwrap_or_default();
            write(
                out,
                format_args!(
                    "    {:<STAGE_WIDTH$} {}{device}\n",
                    stage_name(step.stage),
                    title(step)
                ),
            );
            for change in &step.changes {
                write(
                    out,
                    format_args!(
                        "    {:<STAGE_WIDTH$}   {} {}: {} → {}\n",
                        "", change.protocol, change.field, change.before, change.after
                    ),
                );
            }
            let why = plain(&reason(hop, step));
            for line in wrap(&why, 92) {
                write(out, format_args!("    {:<STAGE_WIDTH$}   {line}\n", ""));
            }
            rule(out, step);
        }
    }
    let end = match trace.verdict() {
        Verdict::Delivered => "delivered".to_owned(),
        Verdict::Dropped(reason) => format!("dropped, {}", super::drop_words(reason)),
        Verdict::Rejected(reason) => format!("rejected, {}", super::reject_words(reason)),
    };
    let milliseconds = trace.ended().since(trace.started()).as_secs_f64() * 1e3;
    write(out, format_args!("  = {end} after {milliseconds:.3} ms\n"));
}

/// The rule that decided, where one did.
fn rule(out: &mut String, step: &Step) {
    if let Some(crate::Evidence::Rule { line, .. }) = step.evidence.first() {
        write(out, format_args!("    {:<STAGE_WIDTH$}   > {}\n", "", line.text()));
    }
}

fn heading(position: usize, exchange: &Exchange) -> String {
    let what = match &exchange.purpose {
        Purpose::Resolve(question) => format!("resolve {} {}", question.name, question.record_type),
        Purpose::Http { method, host, path, tls } => {
            let scheme = if *tls { "https" } else { "http" };
            format!("{method} {scheme}://{host}{path}")
        }
        Purpose::Connect => "connect".to_owned(),
        Purpose::Ping => "ping".to_owned(),
        Purpose::Probe => "probe".to_owned(),
    };
    let server = socket(exchange.server_address, exchange.server_port);
    format!(
        "exchange {}: {what} — {} {} {server}",
        position + 1,
        exchange.client,
        exchange.protocol
    )
}

fn headline(number: usize, flight: &Flight) -> String {
    let arrow = match flight.direction {
        Direction::Request => "→",
        Direction::Reply => "←",
    };
    let again = match flight.attempt {
        0 => String::new(),
        attempt => format!(" (retransmission {attempt})"),
    };
    format!("{number} {arrow} {}{again}", summary(flight.trace.sent()))
}

/// `TCP 10.244.2.5:48580 → 10.96.15.20:80 SYN`.
fn summary(frame: &Frame) -> String {
    let Some(packet) = frame.packet() else { return "ARP".to_owned() };
    let tuple = packet.five_tuple();
    let what = frame.layers().last().map(|layer| layer.summary.clone()).unwrap_or_default();
    let what = if what.is_empty() { what } else { format!(" {what}") };
    format!("{tuple}{what}")
}

/// What the asker got, in a few words: `HTTP 200`, `timed out`.
pub fn outcome(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Http { status, .. } => format!("HTTP {status}"),
        Outcome::Connected => "connected".to_owned(),
        Outcome::Resolved(addresses) => {
            let list: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
            format!("resolved to {}", list.join(", "))
        }
        Outcome::Unresolved { name, rcode, timed_out } => match (rcode, timed_out) {
            (Some(rcode), _) => format!("{name} does not resolve: {rcode}"),
            (None, true) => format!("{name} does not resolve: no server answered"),
            (None, false) => format!("{name} does not resolve: the server refused"),
        },
        Outcome::Refused => "connection refused".to_owned(),
        Outcome::Unreachable => "unreachable".to_owned(),
        Outcome::Closed => "the connection closed without an answer".to_owned(),
        Outcome::TimedOut => "timed out".to_owned(),
        Outcome::TlsFailed { reason } => format!("TLS failed: {reason}"),
        Outcome::Invalid { reason } => format!("not a request: {reason}"),
    }
}

/// Breaks text between words; addresses and rules stay whole.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

fn write(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string succeeds");
}
