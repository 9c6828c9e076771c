//! The tools inside a Pod: they send through the cluster and print as the real ones do.
//!
//! Which tools there are, and which make of them, follows from the container's image. One file for
//! each tool, all of one shape: `run`.

use std::net::IpAddr;
use std::time::Duration;

use cluster::{Request, RequestKind};
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};
use packet::{Datagram, Payload, Transport, dns, http};
use trace::{Direction, Journey, Outcome, Place};

use crate::report::Output;
use crate::shell::{Shell, words};

mod curl;
mod dig;
mod files;
mod flavour;
mod nc;
mod nslookup;
mod ping;
mod wget;

use flavour::Flavour;

/// Where a tool runs.
pub(crate) struct Seat<'a> {
    pub shell: &'a mut Shell,
    pub pod: &'a Pod,
    pub place: Place,
    pub flavour: Flavour,
}

impl Seat<'_> {
    /// Sends a request, remembers its journey, and hands it back.
    fn send(&mut self, kind: RequestKind, timeout: Option<Duration>) -> Journey {
        self.ask(kind, timeout, None)
    }

    /// As [`Seat::send`], with a resolver of the tool's own.
    fn ask(
        &mut self,
        kind: RequestKind,
        timeout: Option<Duration>,
        resolver: Option<dataplane::dns::Flavour>,
    ) -> Journey {
        let request = Request { from: self.place.clone(), kind, timeout, resolver };
        let journey = self.shell.cluster.send(&request);
        self.shell.journeys.push(journey.clone());
        journey
    }
}

/// Runs a command in a container of a Pod.
pub(crate) fn run(
    shell: &mut Shell,
    pod: &Pod,
    container: Option<&str>,
    command: &[String],
) -> Output {
    let metadata = &pod.metadata;
    let reference = ObjectRef::new(
        Kind::Pod,
        metadata.namespace.as_deref().unwrap_or_default(),
        metadata.name.as_deref().unwrap_or_default(),
    );
    let flavour = Flavour::of(pod, container);
    let mut seat = Seat { shell, pod, place: Place::Pod(reference), flavour };
    program(&mut seat, container, command)
}

fn program(seat: &mut Seat<'_>, container: Option<&str>, command: &[String]) -> Output {
    let Some((name, arguments)) = command.split_first() else { return Output::default() };
    let base = name.rsplit('/').next().unwrap_or(name);
    if base == "busybox" && seat.flavour.has("busybox") {
        seat.flavour = Flavour::BUSYBOX;
        return program(seat, container, arguments);
    }
    if matches!(base, "sh" | "bash" | "ash") && seat.flavour.has("sh") {
        return script(seat, container, arguments);
    }
    if !seat.flavour.has(base) {
        return Output::failed(
            format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: {name:?}: executable file not found in $PATH\n"
            ),
            127,
        );
    }
    match base {
        "curl" => curl::run(seat, arguments),
        "wget" => wget::run(seat, arguments),
        "ping" => ping::run(seat, arguments),
        "nslookup" => nslookup::run(seat, arguments),
        "dig" => dig::run(seat, arguments),
        "nc" => nc::run(seat, arguments),
        "timeout" => program(seat, container, arguments.get(1..).unwrap_or_default()),
        _ => files::run(seat, container, base, arguments),
    }
}

/// `sh -c '…'`: each command in turn, without pipes between tools of the Pod.
fn script(seat: &mut Seat<'_>, container: Option<&str>, arguments: &[String]) -> Output {
    let Some(text) =
        arguments.iter().position(|word| word == "-c").and_then(|at| arguments.get(at + 1))
    else {
        return Output::printed(
            "This terminal does not stay inside a Pod: run one command at a time, as in `kubectl exec frontend -- curl http://web-service`.\n",
        );
    };
    let pipelines = match words::parse(text) {
        Ok(pipelines) => pipelines,
        Err(problem) => return Output::failed(format!("sh: {problem}\n"), 2),
    };
    let mut all = Output::default();
    for pipeline in pipelines {
        let runs = match pipeline.when {
            words::When::Always => true,
            words::When::Succeeded => all.code == 0,
            words::When::Failed => all.code != 0,
        };
        if !runs {
            continue;
        }
        let mut commands = pipeline.commands.iter();
        let mut output =
            commands.next().map(|command| program(seat, container, command)).unwrap_or_default();
        for filter in commands {
            let files = std::collections::BTreeMap::new();
            let filtered = crate::shell::filter(filter, &output.stdout, &files);
            output = Output { stderr: output.stderr + &filtered.stderr, ..filtered };
        }
        all.stdout.push_str(&output.stdout);
        all.stderr.push_str(&output.stderr);
        all.code = output.code;
    }
    all
}

/// The address that a journey's conversation was begun to: where its host's name led.
fn address(journey: &Journey) -> Option<IpAddr> {
    let conversation = journey
        .exchanges
        .iter()
        .find(|exchange| !matches!(exchange.purpose, trace::Purpose::Resolve(_)));
    conversation.map(|exchange| exchange.server_address)
}

/// Whether no DNS server answered because each one refused the query.
fn refused(journey: &Journey) -> bool {
    matches!(journey.outcome, Outcome::Unresolved { rcode: None, timed_out: false, .. })
}

/// The answers of DNS servers that came back to the asker, in order, with who gave them.
fn answers(journey: &Journey) -> Vec<(IpAddr, dns::Message)> {
    journey
        .packets
        .iter()
        .filter(|flight| {
            flight.direction == Direction::Reply
                && journey.exchanges.get(flight.exchange).is_some_and(|exchange| {
                    exchange.cause.is_none() && exchange.client == journey.question.from
                })
                && flight.trace.verdict().is_success()
        })
        .filter_map(|flight| {
            let packet = flight.trace.last_frame().packet()?;
            match &packet.transport {
                Transport::Udp(udp) => match &udp.payload {
                    Datagram::Dns(message) => Some((packet.source, message.clone())),
                    Datagram::Vxlan { .. } | Datagram::Bytes(_) => None,
                },
                Transport::Tcp(tcp) => match &tcp.payload {
                    Payload::Dns(message) => Some((packet.source, message.clone())),
                    _ => None,
                },
                _ => None,
            }
        })
        .collect()
}

/// The HTTP answer that came back to the asker.
fn response(journey: &Journey) -> Option<http::Response> {
    journey.packets.iter().rev().find_map(|flight| {
        let of_asker = journey.exchanges.get(flight.exchange)?.client == journey.question.from;
        let packet = flight.trace.last_frame().packet()?;
        match &packet.transport {
            Transport::Tcp(tcp) if of_asker && flight.direction == Direction::Reply => {
                match &tcp.payload {
                    Payload::HttpResponse(response) => Some(response.clone()),
                    _ => None,
                }
            }
            _ => None,
        }
    })
}

/// Host, port and path of a URL; the scheme is `http` where none is written.
struct Url {
    https: bool,
    host: String,
    port: u16,
    path: String,
}

impl Url {
    fn parse(text: &str) -> Self {
        let (https, rest) = match text.split_once("://") {
            Some((scheme, rest)) => (scheme.eq_ignore_ascii_case("https"), rest),
            None => (false, text),
        };
        let (authority, path) = match rest.find(['/', '?']) {
            Some(at) => (&rest[..at], &rest[at..]),
            None => (rest, "/"),
        };
        let usual = if https { 443 } else { 80 };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().unwrap_or(usual)),
            _ => (authority, usual),
        };
        Self { https, host: host.trim_matches(['[', ']']).to_owned(), port, path: path.to_owned() }
    }
}

/// Seconds as a flag writes them: `3`, `0.5`, `2s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.trim_end_matches('s').parse().ok()?;
    (seconds > 0.0 && seconds < 1e6).then(|| Duration::from_secs_f64(seconds))
}
