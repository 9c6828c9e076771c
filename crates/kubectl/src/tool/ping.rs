//! `ping`: that of iputils, and BusyBox's.

use cluster::RequestKind;
use packet::{Icmp, Transport, Unreachable};
use trace::{Direction, Journey, Outcome};

use super::{Seat, address, unresolved};
use crate::report::Output;

/// Pings without `-c` would never end; this many are shown.
const USUAL_COUNT: u16 = 4;

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let mut count = USUAL_COUNT;
    let mut host = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-c" => count = arguments.next().and_then(|n| n.parse().ok()).unwrap_or(count),
            "-W" | "-w" | "-i" | "-s" | "-I" => {
                arguments.next();
            }
            flag if flag.starts_with("-c") => count = flag[2..].parse().unwrap_or(count),
            flag if flag.starts_with('-') => {}
            other => host = Some(other.to_owned()),
        }
    }
    let busybox = seat.flavour.busybox;
    let Some(host) = host else {
        return Output::failed("ping: usage error: Destination address required\n", 2);
    };
    let journey = seat.send(RequestKind::Ping { host: host.clone(), count }, None);
    if matches!(journey.outcome, Outcome::Unresolved { .. }) {
        return if busybox {
            Output::failed(format!("ping: bad address '{host}'\n"), 1)
        } else {
            Output::failed(format!("ping: {host}: {}\n", unresolved(seat, &journey)), 2)
        };
    }
    let Some(target) = address(&journey) else {
        return Output::failed("ping: connect: Network is unreachable\n", 2);
    };
    let mut text = if busybox {
        format!("PING {host} ({target}): 56 data bytes\n")
    } else {
        format!("PING {host} ({target}) 56(84) bytes of data.\n")
    };
    let replies = replies(&journey);
    let mut received = 0;
    for reply in &replies {
        match reply {
            Reply::Echo { from, sequence, ttl, milliseconds } => {
                received += 1;
                text.push_str(&if busybox {
                    format!("64 bytes from {from}: seq={} ttl={ttl} time={milliseconds:.3} ms\n", sequence - 1)
                } else {
                    format!("64 bytes from {from}: icmp_seq={sequence} ttl={ttl} time={milliseconds:.3} ms\n")
                });
            }
            Reply::Unreachable { from, sequence, what } if !busybox => {
                text.push_str(&format!("From {from} icmp_seq={sequence} {what}\n"));
            }
            Reply::Unreachable { .. } => {}
        }
    }
    let sent = journey
        .packets
        .iter()
        .filter(|flight| {
            let packet = flight.trace.sent().packet();
            flight.direction == Direction::Request
                && matches!(
                    packet.map(|it| &it.transport),
                    Some(Transport::Icmp(Icmp::EchoRequest { .. }))
                )
        })
        .count();
    let lost = ((sent - received) * 100).checked_div(sent).unwrap_or(0);
    let errors = replies.len() - received;
    text.push_str(&format!("\n--- {host} ping statistics ---\n"));
    text.push_str(&if busybox {
        format!("{sent} packets transmitted, {received} packets received, {lost}% packet loss\n")
    } else {
        let errors = if errors > 0 { format!("+{errors} errors, ") } else { String::new() };
        let span = sent.saturating_sub(1) * 1000 + if sent > 1 { 18 } else { 0 };
        format!("{sent} packets transmitted, {received} received, {errors}{lost}% packet loss, time {span}ms\n")
    });
    let times: Vec<f64> = replies
        .iter()
        .filter_map(|reply| match reply {
            Reply::Echo { milliseconds, .. } => Some(*milliseconds),
            Reply::Unreachable { .. } => None,
        })
        .collect();
    if !times.is_empty() {
        let least = times.iter().copied().fold(f64::MAX, f64::min);
        let most = times.iter().copied().fold(0.0, f64::max);
        let mean = times.iter().sum::<f64>() / times.len() as f64;
        text.push_str(&if busybox {
            format!("round-trip min/avg/max = {least:.3}/{mean:.3}/{most:.3} ms\n")
        } else {
            let spread = (times.iter().map(|time| (time - mean).powi(2)).sum::<f64>()
                / times.len() as f64)
                .sqrt();
            format!("rtt min/avg/max/mdev = {least:.3}/{mean:.3}/{most:.3}/{spread:.3} ms\n")
        });
    }
    Output { code: i32::from(received == 0), ..Output::printed(text) }
}

enum Reply {
    Echo { from: std::net::IpAddr, sequence: u16, ttl: u8, milliseconds: f64 },
    Unreachable { from: std::net::IpAddr, sequence: usize, what: &'static str },
}

/// What came back, in order.
fn replies(journey: &Journey) -> Vec<Reply> {
    let mut sent = std::collections::BTreeMap::new();
    let mut replies = Vec::new();
    for flight in &journey.packets {
        let Some(packet) = flight.trace.sent().packet() else { continue };
        match &packet.transport {
            Transport::Icmp(Icmp::EchoRequest { sequence, .. }) => {
                sent.insert(*sequence, flight.trace.started());
            }
            Transport::Icmp(Icmp::EchoReply { sequence, .. })
                if flight.trace.verdict().is_success() =>
            {
                let Some(arrived) = flight.trace.last_frame().packet() else { continue };
                let begun = sent.get(sequence).copied().unwrap_or(flight.trace.started());
                let milliseconds = flight.trace.ended().since(begun).as_secs_f64() * 1e3;
                let (from, sequence, ttl) = (arrived.source, *sequence, arrived.ttl);
                replies.push(Reply::Echo { from, sequence, ttl, milliseconds });
            }
            Transport::Icmp(Icmp::Unreachable { code, .. })
                if flight.trace.verdict().is_success() =>
            {
                let what = match code {
                    Unreachable::Network => "Destination Net Unreachable",
                    Unreachable::Host => "Destination Host Unreachable",
                    Unreachable::Port => "Destination Port Unreachable",
                    Unreachable::FragmentationNeeded { .. } => "Frag needed and DF set",
                    Unreachable::AdministrativelyProhibited => "Packet filtered",
                };
                let sequence = sent.len().max(1);
                replies.push(Reply::Unreachable { from: packet.source, sequence, what });
            }
            _ => {}
        }
    }
    replies
}
