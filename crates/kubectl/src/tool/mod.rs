//! The tools inside a Pod and on a node: they send through the cluster and print as the real ones do.
//!
//! Which tools there are, and which make of them, follows from the container's image. One file for
//! each tool, all of one shape: `run`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use cluster::{Request, RequestKind};
use k8s_openapi::api::core::v1::Pod;
use manifest::{Kind, ObjectRef};
use packet::{Datagram, Payload, Transport, dns, http, tls};
use trace::{Direction, Journey, Outcome, Place};

use crate::report::Output;
use crate::shell::Shell;
use crate::shell::interpret::{self, Machine};

mod curl;
mod dig;
mod files;
mod flavour;
mod nc;
mod node;
mod nslookup;
mod ping;
mod wget;

use flavour::Flavour;

/// Where a tool runs.
pub(crate) struct Seat<'a> {
    pub shell: &'a mut Shell,
    /// The Pod; none on a node.
    pub pod: Option<&'a Pod>,
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
    let mut seat = Seat { shell, pod: Some(pod), place: Place::Pod(reference), flavour };
    program(&mut seat, container, command, "")
}

/// Whether a command is a shell that waits for lines.
pub(crate) fn is_shell(command: &[String]) -> bool {
    let name = |word: &String| word.rsplit('/').next().unwrap_or_default().to_owned();
    matches!(command, [only] if matches!(name(only).as_str(), "sh" | "bash" | "ash"))
}

/// What a shell in a container shows before a line.
pub(crate) fn prompt(pod: &Pod, container: Option<&str>, program: &str) -> String {
    let name = pod.metadata.name.as_deref().unwrap_or_default();
    match (program.ends_with("bash"), Flavour::of(pod, container).busybox) {
        (true, _) => format!("root@{name}:/# "),
        (false, true) => "/ # ".into(),
        (false, false) => "# ".into(),
    }
}

/// Runs a command on a node: one word is a line of shell.
pub(crate) fn on_node(shell: &mut Shell, node: &str, command: &[String], stdin: &str) -> Output {
    let place = Place::Node(node.to_owned());
    let mut seat = Seat { shell, pod: None, place, flavour: Flavour::NODE };
    match command {
        [line] => script(&mut seat, None, "bash", line, stdin),
        _ => program(&mut seat, None, command, stdin),
    }
}

fn program(
    seat: &mut Seat<'_>,
    container: Option<&str>,
    command: &[String],
    stdin: &str,
) -> Output {
    let Some((name, arguments)) = command.split_first() else { return Output::default() };
    let base = name.rsplit('/').next().unwrap_or(name);
    if base == "busybox" && seat.flavour.has("busybox") {
        seat.flavour = Flavour::BUSYBOX;
        return program(seat, container, arguments, stdin);
    }
    if matches!(base, "sh" | "bash" | "ash") && seat.flavour.has("sh") {
        let text = arguments.iter().position(|word| word.starts_with('-') && word.ends_with('c'));
        return match text.and_then(|at| arguments.get(at + 1)) {
            Some(text) => script(seat, container, base, text, stdin),
            // It reads its lines from an input that has ended.
            None => Output::default(),
        };
    }
    if let Some((_, instead)) = NOT_SIMULATED.iter().find(|(tool, _)| *tool == base)
        && seat.flavour.has("ping")
    {
        return Output::failed(format!("{base}: not simulated by Podhop: {instead}\n"), 127);
    }
    if !seat.flavour.has(base) {
        let said = match seat.pod {
            Some(_) => format!(
                "OCI runtime exec failed: exec failed: unable to start container process: exec: {name:?}: executable file not found in $PATH\n"
            ),
            None => format!("bash: line 1: {name}: command not found\n"),
        };
        return Output::failed(said, 127);
    }
    match base {
        "curl" => curl::run(seat, arguments),
        "wget" => wget::run(seat, arguments),
        "ping" => ping::run(seat, arguments),
        "nslookup" => nslookup::run(seat, arguments),
        "dig" => dig::run(seat, arguments),
        "nc" => nc::run(seat, arguments),
        "timeout" => program(seat, container, arguments.get(1..).unwrap_or_default(), stdin),
        "sleep" => {
            let time = arguments.first().and_then(|time| crate::shell::seconds(time));
            seat.shell.cluster.advance(time.unwrap_or_default());
            Output::default()
        }
        _ if seat.pod.is_none() => node::run(seat, base, arguments),
        _ => files::run(seat, container, base, arguments),
    }
}

/// Tools that images with network tools have, and what shows the same here.
const NOT_SIMULATED: &[(&str, &str)] = &[
    ("arp", "ip neigh lists the neighbours"),
    ("host", "nslookup and dig look names up"),
    ("iperf3", "wires have no speed here"),
    ("iptables", "ssh NODE -- iptables-save prints a node's rules"),
    ("mtr", "every hop of a ping is in its list of steps"),
    ("netstat", "the conntrack panel lists connections"),
    ("nmap", "nc -zv HOST PORT tries one port"),
    ("ss", "the conntrack panel lists connections"),
    ("tcpdump", "the capture panel lists what each device sees"),
    ("telnet", "nc -zv HOST PORT tries a port"),
    ("traceroute", "every hop of a ping is in its list of steps"),
];

/// A text of shell inside a container, or on a node.
fn script(
    seat: &mut Seat<'_>,
    container: Option<&str>,
    name: &str,
    text: &str,
    stdin: &str,
) -> Output {
    let variables = files::variables(seat, container).into_iter().collect();
    let mut inside = Inside { seat, container, variables, files: BTreeMap::new() };
    interpret::run(&mut inside, name, text, stdin)
}

/// A shell inside a container, or on a node.
struct Inside<'a, 'b> {
    seat: &'a mut Seat<'b>,
    container: Option<&'a str>,
    variables: BTreeMap<String, String>,
    /// What it wrote.
    files: BTreeMap<String, String>,
}

impl Machine for Inside<'_, '_> {
    fn program(&mut self, words: &[String], stdin: &str) -> Output {
        let filters = crate::shell::is_filter(words.first().map_or("", String::as_str));
        // Files of the container itself are read by its own `cat`.
        let own = words.iter().skip(1).any(|word| word.starts_with('/'))
            && !words.iter().any(|word| self.files.contains_key(word));
        let mut output = if filters && !own {
            crate::shell::filter(words, stdin, &self.files)
        } else {
            program(self.seat, self.container, words, stdin)
        };
        if output.code == 127 && output.stderr.starts_with("OCI") {
            let name = words.first().map_or("", String::as_str);
            output.stderr = format!("sh: {name}: not found\n");
        }
        output
    }

    fn file(&self, name: &str) -> Option<String> {
        self.files.get(name).cloned()
    }

    fn write(&mut self, name: &str, text: &str, append: bool) {
        let file = self.files.entry(name.to_owned()).or_default();
        if !append {
            file.clear();
        }
        file.push_str(text);
    }

    fn variables(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.variables
    }
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

/// What the C library says of a name that it could not resolve: whether it is worth to try again
/// (`EAI_AGAIN`: no server answered, or failed) or not (`EAI_NONAME`).
fn unresolved(seat: &Seat<'_>, journey: &Journey) -> &'static str {
    let again = match &journey.outcome {
        Outcome::Unresolved { rcode: Some(rcode), .. } => {
            !matches!(rcode, dns::Rcode::NoError | dns::Rcode::NameError)
        }
        // Of what cannot be a name nobody was asked.
        _ => !journey.exchanges.is_empty(),
    };
    let musl =
        seat.pod.is_some_and(|pod| dataplane::resolver(pod) == dataplane::dns::Flavour::Musl);
    match (musl, again) {
        (true, true) => "Try again",
        (true, false) => "Name does not resolve",
        (false, true) => "Temporary failure in name resolution",
        (false, false) => "Name or service not known",
    }
}

/// Whether the asker had to ask over TCP for what a datagram had no room for.
fn asked_again_by_stream(journey: &Journey) -> bool {
    journey.exchanges.iter().any(|exchange| {
        exchange.protocol == packet::Protocol::Tcp
            && matches!(exchange.purpose, trace::Purpose::Resolve(_))
            && exchange.client == journey.question.from
    })
}

/// The answers of DNS servers that came back to the asker, in order, with who gave them; of one that
/// was cut short and asked for again, the whole one.
fn answers(journey: &Journey) -> Vec<(IpAddr, dns::Message)> {
    let again = asked_again_by_stream(journey);
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
                    Datagram::Dns(message) if message.truncated && again => None,
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
                match unsealed(&tcp.payload) {
                    Payload::HttpResponse(response) => Some(response.clone()),
                    _ => None,
                }
            }
            _ => None,
        }
    })
}

/// What a TLS record holds, for who has the key.
fn unsealed(payload: &Payload) -> &Payload {
    match payload {
        Payload::Tls(tls::Record::ApplicationData(inside)) => inside,
        other => other,
    }
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
