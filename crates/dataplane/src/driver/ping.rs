//! `ping`: echo requests a second apart, and what comes back.

use std::time::Duration;

use packet::{Icmp, Protocol, Time, Transport};
use trace::{Direction, Outcome, Purpose};

use super::flight::{Fate, Run, Sending, refusal};
use super::resolve;

/// How far apart the requests are.
const INTERVAL: Duration = Duration::from_secs(1);
/// How long the last answer is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks `count` times.
pub(super) fn ping(run: &mut Run<'_>, host: &str, count: u16, now: Time) -> (Outcome, Time) {
    let (found, at) = resolve::host(run, host, now);
    let Outcome::Resolved(addresses) = found else { return (found, at) };
    let Some(address) = addresses.first().copied() else { return (Outcome::Unreachable, at) };
    let from = run.request.from.clone();
    let exchange = run.begin(None, Purpose::Ping, &from, (address, 0), Protocol::Icmp);
    let identifier = u16::try_from(run.plane.network.draw() & 0xffff).expect("sixteen bits");
    let mut outcome = Outcome::TimedOut;
    let mut ended = at;
    for number in 0..count.max(1) {
        let sent = at + INTERVAL * u32::from(number);
        if run.is_over(sent) {
            break;
        }
        let sequence = number + 1;
        let request = Transport::Icmp(Icmp::EchoRequest { identifier, sequence });
        let Some(packet) = run.packet(&from, address, request) else {
            return (Outcome::Unreachable, at);
        };
        ended = sent + PATIENCE;
        let fate = run.send(Sending {
            exchange,
            direction: Direction::Request,
            attempt: 0,
            from: &from,
            packet,
            at: sent,
            evidence: Vec::new(),
        });
        let arrival = match fate {
            Fate::Delivered(arrival) => arrival,
            Fate::Refused { at, reason } => {
                ended = at;
                if outcome == Outcome::TimedOut {
                    outcome = match refusal(reason) {
                        Outcome::Refused => Outcome::Unreachable,
                        other => other,
                    };
                }
                continue;
            }
            Fate::Lost => continue,
        };
        let mut answer = arrival.answer(Transport::Icmp(Icmp::EchoReply { identifier, sequence }));
        answer.identification = run.plane.network.next_identification();
        let fate = run.send(Sending {
            exchange,
            direction: Direction::Reply,
            attempt: 0,
            from: &arrival.place,
            packet: answer,
            at: arrival.at,
            evidence: Vec::new(),
        });
        if let Fate::Delivered(heard) = fate {
            ended = heard.at;
            outcome = Outcome::Connected;
        }
    }
    (outcome, ended)
}
