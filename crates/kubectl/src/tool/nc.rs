//! `nc`: OpenBSD's, and BusyBox's.

use std::time::Duration;

use cluster::RequestKind;
use packet::Protocol;
use trace::Outcome;

use super::{Seat, address, seconds, unresolved};
use crate::report::Output;

pub(super) fn run(seat: &mut Seat<'_>, arguments: &[String]) -> Output {
    let mut words = Vec::new();
    let (mut verbose, mut udp) = (false, false);
    let mut timeout: Option<Duration> = None;
    let mut source_port = None;
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        let Some(letters) = argument.strip_prefix('-') else {
            words.push(argument.clone());
            continue;
        };
        let mut rest = letters.chars();
        while let Some(letter) = rest.next() {
            match letter {
                'v' => verbose = true,
                'u' => udp = true,
                'w' | 'p' => {
                    let inline = rest.as_str().to_owned();
                    let value = if inline.is_empty() {
                        arguments.next().cloned().unwrap_or_default()
                    } else {
                        inline
                    };
                    match letter {
                        'w' => timeout = seconds(&value),
                        _ => source_port = value.parse::<u16>().ok(),
                    }
                    break;
                }
                _ => {}
            }
        }
    }
    let (Some(host), Some(port)) = (words.first().cloned(), words.get(1)) else {
        return Output::failed(
            "usage: nc [-uvz] [-p source_port] [-w timeout] destination port\n",
            1,
        );
    };
    let Ok(number) = port.parse::<u16>() else {
        return Output::failed(format!("nc: port number invalid: {port}\n"), 1);
    };
    let protocol = if udp { Protocol::Udp } else { Protocol::Tcp };
    let kind = RequestKind::Connect { host: host.clone(), port: number, protocol, source_port };
    let journey = seat.send(kind, timeout);
    let busybox = seat.flavour.busybox;
    let at = address(&journey).map(|address| address.to_string()).unwrap_or_else(|| host.clone());
    let word = if udp { "udp" } else { "tcp" };
    let service = service(number);
    let said = match &journey.outcome {
        Outcome::Connected | Outcome::Closed | Outcome::Http { .. } | Outcome::Resolved(_) => {
            let text = if busybox {
                format!("{host} ({at}:{number}) open\n")
            } else {
                format!("Connection to {host} ({at}) {number} port [{word}/{service}] succeeded!\n")
            };
            return Output {
                stderr: if verbose { text } else { String::new() },
                ..Output::default()
            };
        }
        Outcome::Refused if busybox => String::new(),
        Outcome::Refused => format!(
            "nc: connect to {host} ({at}) port {number} ({word}) failed: Connection refused\n"
        ),
        Outcome::Unreachable if busybox => {
            format!("nc: {host} ({at}:{number}): Host is unreachable\n")
        }
        Outcome::Unreachable => format!(
            "nc: connect to {host} ({at}) port {number} ({word}) failed: No route to host\n"
        ),
        Outcome::Unresolved { .. } if busybox => format!("nc: bad address '{host}'\n"),
        Outcome::Unresolved { .. } => format!(
            "nc: getaddrinfo for host \"{host}\" port {number}: {}\n",
            unresolved(seat, &journey)
        ),
        Outcome::TimedOut | Outcome::TlsFailed { .. } | Outcome::Invalid { .. } if busybox => {
            format!("nc: {host} ({at}:{number}): Connection timed out\n")
        }
        Outcome::TimedOut | Outcome::TlsFailed { .. } | Outcome::Invalid { .. } => format!(
            "nc: connect to {host} ({at}) port {number} ({word}) timed out: Operation now in progress\n"
        ),
    };
    Output::failed(if verbose || busybox { said } else { String::new() }, 1)
}

/// The name of a well-known port, as `/etc/services` has it.
fn service(port: u16) -> &'static str {
    match port {
        22 => "ssh",
        53 => "domain",
        80 => "http",
        443 => "https",
        3306 => "mysql",
        5432 => "postgresql",
        6379 => "redis",
        8080 => "http-alt",
        _ => "*",
    }
}
