//! Looking a name up: the resolver's walk, each query a datagram, and the servers' answers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use manifest::ObjectRef;
use packet::dns::{Message, Question, Rcode, Record, RecordData, RecordType};
use packet::{Datagram, Packet, Payload, Protocol, Time};
use trace::{Action, Direction, Evidence, Flight, Outcome, Place, Purpose, Stage, TraceBuilder};

use super::flight::{Arrival, Fate, Run, Sending, THINKING, datagram};
use super::tcp::{Connected, connect};
use crate::application;
use crate::dns::{
    Flavour, Heard, KubeletDns, Memory, Next, ResolvConf, Server, Surroundings, Upstream,
    candidates, is_within, next, record_types, schedule,
};

/// How long a server waits for the one it forwards to.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(2);
/// How soon tools ask again that were refused.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);
/// How soon after the first of two questions asked at once the second goes out.
const BREATH: Duration = Duration::from_micros(20);
/// How long a packet takes between two machines on the internet.
const INTERNET: Duration = Duration::from_millis(10);
/// The longest name and the longest part of one, RFC 1035 §2.3.4.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;
/// The longest message in a datagram, and the longest to one who says that it takes more.
const PLAIN: usize = 512;
const EXTENDED: usize = 1232;
/// How long a resolver tries to connect.
const STREAM_PATIENCE: Duration = Duration::from_secs(5);
/// The port of DNS.
const DNS_PORT: u16 = 53;

/// What to look up.
pub(super) struct Lookup<'a> {
    pub name: &'a str,
    pub record_type: Option<RecordType>,
    pub server: Option<IpAddr>,
}

/// Looks a name up as `nslookup` or `dig` does.
pub(super) fn resolve(run: &mut Run<'_>, lookup: &Lookup<'_>, now: Time) -> (Outcome, Time) {
    walk(run, lookup, now)
}

/// The addresses of a host as an application gets them: from the text itself, `/etc/hosts` or DNS.
pub(super) fn host(run: &mut Run<'_>, host: &str, now: Time) -> (Outcome, Time) {
    if let Ok(address) = host.parse::<IpAddr>() {
        // Linux takes the address of nobody for the host itself.
        let own = IpAddr::from([127, 0, 0, 1]);
        let address = if address.is_unspecified() { own } else { address };
        return (Outcome::Resolved(vec![address]), now);
    }
    let known = from_hosts_file(run, host);
    if !known.is_empty() {
        return (Outcome::Resolved(known), now);
    }
    let lookup = Lookup { name: host, record_type: None, server: None };
    let (outcome, ended) = walk(run, &lookup, now);
    match outcome {
        // Without global IPv6 the C library puts IPv4 first.
        Outcome::Resolved(mut addresses) => {
            addresses.sort_by_key(IpAddr::is_ipv6);
            (Outcome::Resolved(addresses), ended)
        }
        other => (other, ended),
    }
}

/// `/etc/hosts` as the kubelet writes it: the Pod itself, localhost, `hostAliases`.
fn from_hosts_file(run: &Run<'_>, host: &str) -> Vec<IpAddr> {
    if host == "localhost" {
        return vec![[127, 0, 0, 1].into()];
    }
    let Some(pod) = pod_at(run, &run.request.from) else { return Vec::new() };
    let spec = pod.spec.as_ref();
    let aliases = spec.iter().flat_map(|spec| spec.host_aliases.iter().flatten());
    let mut found: Vec<IpAddr> = aliases
        .filter(|alias| alias.hostnames.iter().flatten().any(|name| name == host))
        .filter_map(|alias| alias.ip.parse().ok())
        .collect();
    let own = spec.and_then(|spec| spec.hostname.as_deref()).or(pod.metadata.name.as_deref());
    if own == Some(host) {
        found.extend(run.plane.network.addresses_of(&run.request.from));
    }
    found
}

/// Whether a text can be a name on the wire: labels of 1 to 63 bytes, 253 in all.
fn is_name(text: &str) -> bool {
    let bare = text.strip_suffix('.').unwrap_or(text);
    bare.len() <= LONGEST_NAME
        && bare.split('.').all(|label| (1..=LONGEST_LABEL).contains(&label.len()))
}

fn walk(run: &mut Run<'_>, lookup: &Lookup<'_>, now: Time) -> (Outcome, Time) {
    if !is_name(lookup.name) {
        let name = lookup.name.to_owned();
        return (Outcome::Unresolved { name, rcode: None, timed_out: false }, now);
    }
    let from = run.request.from.clone();
    let (mut conf, flavour) = configuration(run, &from);
    if let Some(server) = lookup.server {
        conf.nameservers = vec![server];
    }
    let (types, at_once) = record_types(flavour, lookup.record_type);
    let reverse = lookup.name.parse().ok().map(crate::dns::reverse_of_address);
    let (name, types) = match reverse {
        Some(reverse) => (reverse, vec![RecordType::Ptr]),
        None => (lookup.name.to_owned(), types),
    };
    let names = candidates(&name, &conf, flavour);
    let mut at = now;
    let mut found: Vec<IpAddr> = Vec::new();
    let mut answered = false;
    let mut last = Outcome::Unresolved { name: name.clone(), rcode: None, timed_out: false };
    let mut position = 0;
    while let Some(tried) = names.get(position) {
        if run.is_over(at) {
            break;
        }
        let search = Evidence::Search {
            asked: lookup.name.to_owned(),
            tried: tried.clone(),
            position,
            candidates: names.clone(),
            resolv_conf: conf.text(),
        };
        let mut heard = Vec::new();
        let mut ended = at;
        let port = run.plane.network.next_port(&from);
        for (number, record_type) in (0_u32..).zip(&types) {
            let question = Question { name: tried.clone(), record_type: *record_type };
            let asking = Asking { conf: &conf, flavour, question, port, evidence: &search };
            let begun = if at_once { at + BREATH * number } else { ended };
            let (answer, when) = ask_in_turn(run, &from, &asking, begun);
            ended = ended.max(when);
            heard.push(match &answer {
                Ok(message) => {
                    let records = wanted(message, *record_type);
                    let has_any = !records.is_empty();
                    found.extend(records.iter().filter_map(|data| match data {
                        RecordData::A(address) => Some(IpAddr::from(*address)),
                        RecordData::Aaaa(address) => Some(IpAddr::from(*address)),
                        _ => None,
                    }));
                    answered |= has_any;
                    Heard::Answer(message.rcode, has_any)
                }
                Err(heard) => *heard,
            });
            let gives_up = flavour == Flavour::Bind
                && !matches!(heard.last(), Some(Heard::Answer(Rcode::NoError, _)));
            if gives_up {
                break;
            }
        }
        at = ended;
        last = verdict(tried, &heard);
        match next(flavour, &heard) {
            Next::Done | Next::GiveUp => break,
            Next::Continue => position += 1,
            Next::LastAsItIs if position + 1 < names.len() => position = names.len() - 1,
            Next::LastAsItIs => break,
        }
    }
    if answered { (Outcome::Resolved(found), at) } else { (last, at) }
}

/// What a lookup comes to if this was the last candidate.
fn verdict(tried: &str, heard: &[Heard]) -> Outcome {
    let rcode = heard.iter().find_map(|heard| match heard {
        Heard::Answer(rcode, _) => Some(*rcode),
        Heard::Refused | Heard::Silence => None,
    });
    let timed_out = rcode.is_none() && heard.contains(&Heard::Silence);
    Outcome::Unresolved { name: tried.to_owned(), rcode, timed_out }
}

/// The data of the wanted type that the question's name leads to, through aliases.
fn wanted(message: &Message, record_type: RecordType) -> Vec<&RecordData> {
    let mut name = message.question.name.to_ascii_lowercase();
    let mut found = Vec::new();
    for record in &message.answers {
        if !record.name.eq_ignore_ascii_case(&name) && record_type != RecordType::Any {
            continue;
        }
        match &record.data {
            data if data.record_type() == record_type || record_type == RecordType::Any => {
                found.push(data);
            }
            RecordData::Cname(target) => name = target.to_ascii_lowercase(),
            _ => {}
        }
    }
    found
}

struct Asking<'a> {
    conf: &'a ResolvConf,
    flavour: Flavour,
    question: Question,
    port: u16,
    evidence: &'a Evidence,
}

/// Asks the nameservers, each attempt after the last was given up.
fn ask_in_turn(
    run: &mut Run<'_>,
    from: &Place,
    asking: &Asking<'_>,
    now: Time,
) -> (Result<Message, Heard>, Time) {
    let Some(first) = asking.conf.nameservers.first() else {
        return (Err(Heard::Refused), now);
    };
    let purpose = Purpose::Resolve(asking.question.clone());
    let exchange = run.begin(None, purpose, from, (*first, DNS_PORT), Protocol::Udp);
    let (turns, patience) = schedule(asking.flavour, asking.conf);
    let mut heard = Heard::Refused;
    let mut ended = now;
    let mut early = None;
    for turn in turns {
        let at = early.take().unwrap_or(now + turn.after);
        if run.is_over(at) {
            break;
        }
        let query = Query {
            exchange,
            attempt: turn.attempt,
            question: asking.question.clone(),
            server: SocketAddr::new(turn.server, DNS_PORT),
            port: asking.port,
            cause: None,
            takes_more: asking.flavour == Flavour::Dig,
            insists: asking.flavour != Flavour::Busybox,
            evidence: vec![asking.evidence.clone()],
        };
        match (ask(run, from, query, at), asking.flavour) {
            (Asked::Answered(message, at), _) => return (Ok(message), at),
            // musl's socket is not connected, so it never hears that nobody listens.
            (Asked::Refused(_), Flavour::Musl) | (Asked::Silent, _) => {
                heard = Heard::Silence;
                ended = now + patience;
            }
            (Asked::Refused(at), Flavour::Glibc) => ended = ended.max(at),
            (Asked::Refused(at), Flavour::Busybox | Flavour::Bind | Flavour::Dig) => {
                ended = ended.max(at);
                early = Some(at + AFTER_REFUSAL);
            }
        }
    }
    (Err(heard), ended)
}

/// One query to one server.
struct Query {
    exchange: usize,
    attempt: u32,
    question: Question,
    server: SocketAddr,
    port: u16,
    /// What it is asked for, if not for the asker itself.
    cause: Option<usize>,
    /// Whether the asker says that it takes long datagrams (EDNS).
    takes_more: bool,
    /// Whether it asks over TCP for what was left out.
    insists: bool,
    evidence: Vec<Evidence>,
}

enum Asked {
    Answered(Message, Time),
    Refused(Time),
    Silent,
}

fn ask(run: &mut Run<'_>, from: &Place, query: Query, now: Time) -> Asked {
    let id = u16::try_from(run.plane.network.draw() & 0xffff).expect("sixteen bits");
    let message = Message {
        id,
        response: false,
        authoritative: false,
        truncated: false,
        recursion_available: false,
        rcode: Rcode::NoError,
        question: query.question.clone(),
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
    };
    let payload = Datagram::Dns(message.clone());
    let transport = datagram(query.port, query.server.port(), payload);
    let Some(packet) = run.packet(from, query.server.ip(), transport) else {
        return Asked::Refused(now);
    };
    if let Place::Internet(name) = from {
        return ask_on_the_internet(run, name, query, message, packet, now);
    }
    let fate = run.send(Sending {
        exchange: query.exchange,
        direction: Direction::Request,
        attempt: query.attempt,
        from,
        packet,
        at: now,
        evidence: query.evidence.clone(),
    });
    let arrival = match fate {
        Fate::Delivered(arrival) => arrival,
        Fate::Refused { at, .. } => return Asked::Refused(at),
        Fate::Lost => return Asked::Silent,
    };
    let asked_over = (query.exchange, Protocol::Udp);
    let Some((mut answer, evidence, at)) = serve(run, asked_over, &arrival, &message) else {
        return Asked::Silent;
    };
    cut_to(&mut answer, if query.takes_more { EXTENDED } else { PLAIN });
    let (source_port, destination_port) = arrival.packet.ports();
    let transport = datagram(destination_port, source_port, Datagram::Dns(answer.clone()));
    let mut packet = arrival.answer(transport);
    packet.identification = run.plane.network.next_identification();
    let fate = run.send(Sending {
        exchange: query.exchange,
        direction: Direction::Reply,
        attempt: query.attempt,
        from: &arrival.place,
        packet,
        at,
        evidence: vec![evidence],
    });
    match fate {
        Fate::Delivered(arrival) if answer.truncated && query.insists => {
            ask_by_stream(run, from, &query, message, arrival.at)
        }
        Fate::Delivered(arrival) => Asked::Answered(answer, arrival.at),
        Fate::Refused { .. } | Fate::Lost => Asked::Silent,
    }
}

/// Leaves out records until the message fits, and says that some are missing.
fn cut_to(answer: &mut Message, limit: usize) {
    while answer.bytes().len() > limit {
        let sections = [&mut answer.additional, &mut answer.authority, &mut answer.answers];
        let Some(longest) = sections.into_iter().find(|section| !section.is_empty()) else {
            return;
        };
        longest.pop();
        answer.truncated = true;
    }
}

/// The same question over TCP, where an answer may be as long as it is.
fn ask_by_stream(
    run: &mut Run<'_>,
    from: &Place,
    query: &Query,
    message: Message,
    now: Time,
) -> Asked {
    let to = (query.server.ip(), query.server.port());
    let purpose = Purpose::Resolve(query.question.clone());
    let exchange = run.begin(query.cause, purpose, from, to, Protocol::Tcp);
    let why = query.evidence.clone();
    let connected = connect(run, exchange, from, to, now, Some(STREAM_PATIENCE), why);
    let mut connection = match connected {
        Connected::Open(connection) => *connection,
        Connected::Failed(Outcome::Refused, at) => return Asked::Refused(at),
        Connected::Failed(..) => return Asked::Silent,
    };
    let question = Payload::Dns(message.clone());
    if !connection.say(run, Direction::Request, question, Vec::new()) {
        return Asked::Silent;
    }
    let arrival = Arrival { at: connection.at, ..connection.end().clone() };
    let Some((answer, evidence, at)) = serve(run, (exchange, Protocol::Tcp), &arrival, &message)
    else {
        connection.hang_up(run);
        return Asked::Silent;
    };
    connection.at = at;
    if !connection.say(run, Direction::Reply, Payload::Dns(answer.clone()), vec![evidence]) {
        return Asked::Silent;
    }
    let at = connection.at;
    connection.close(run);
    Asked::Answered(answer, at)
}

/// The process at the other end answers, if it is a DNS server at all.
fn serve(
    run: &mut Run<'_>,
    (exchange, protocol): (usize, Protocol),
    arrival: &Arrival,
    query: &Message,
) -> Option<(Message, Evidence, Time)> {
    let at = arrival.at + THINKING;
    let (_, port) = arrival.packet.ports();
    let client = arrival.packet.source;
    let address = arrival.packet.destination;
    let process = run.processes.at(&arrival.place, protocol, address, port)?;
    if process.listener.app != application::App::CoreDns {
        return None;
    }
    let Some(pod) = process.pod else {
        let answer = public_answer(run, query);
        let plugin = "public".to_owned();
        let rcode = answer.rcode;
        return Some((answer, Evidence::DnsAnswer { plugin, rcode, object: None }, at));
    };
    let corefile = run.processes.corefile(&pod)?;
    let mut memory: Memory = run.plane.dns_memory.remove(&pod).unwrap_or_default();
    let place = Place::Pod(pod.clone());
    let directory = run.processes.directory.clone();
    let conf = pod_conf(run, &place);
    let seed = run.plane.network.draw();
    let server = Server {
        corefile: &corefile,
        around: Surroundings {
            directory: &directory,
            local: address,
            serial: u32::try_from(run.plane.changed.unix_seconds()).unwrap_or(u32::MAX),
            synced: true,
        },
        nameservers: &conf.nameservers,
        seed,
        now: at,
    };
    let mut forwarding = Forwarding { run, from: place, cause: exchange, now: at };
    let reply = server.answer(query, port, client, &mut memory, &mut forwarding);
    let at = forwarding.now;
    run.plane.dns_memory.insert(pod, memory);
    let evidence = Evidence::DnsAnswer {
        plugin: reply.plugin,
        rcode: reply.message.rcode,
        object: reply.object,
    };
    Some((reply.message, evidence, at))
}

/// A DNS server that asks another one, with packets of its own.
struct Forwarding<'r, 'a> {
    run: &'r mut Run<'a>,
    from: Place,
    cause: usize,
    now: Time,
}

impl Upstream for Forwarding<'_, '_> {
    fn ask(&mut self, server: SocketAddr, question: &Question) -> Option<Message> {
        if self.run.is_too_deep(self.cause) {
            return None;
        }
        let purpose = Purpose::Resolve(question.clone());
        let to = (server.ip(), server.port());
        let exchange = self.run.begin(Some(self.cause), purpose, &self.from, to, Protocol::Udp);
        let port = self.run.plane.network.next_port(&self.from);
        let question = question.clone();
        let query = Query {
            exchange,
            attempt: 0,
            question,
            server,
            port,
            cause: Some(self.cause),
            takes_more: true,
            insists: true,
            evidence: Vec::new(),
        };
        match ask(self.run, &self.from.clone(), query, self.now) {
            Asked::Answered(message, at) => {
                self.now = at + THINKING;
                Some(message)
            }
            Asked::Refused(at) => {
                self.now = at;
                None
            }
            Asked::Silent => {
                self.now = self.now + FORWARD_TIMEOUT;
                None
            }
        }
    }
}

/// A query between two machines outside the cluster: straight there and straight back.
fn ask_on_the_internet(
    run: &mut Run<'_>,
    name: &str,
    query: Query,
    message: Message,
    packet: Packet,
    now: Time,
) -> Asked {
    let from = Place::Internet(name.to_owned());
    let known = run.plane.network.config().internet.get(&query.server.ip()).cloned();
    let Some(to) = known.map(Place::Internet) else { return Asked::Silent };
    let answer = public_answer(run, &message);
    let evidence =
        vec![Evidence::DnsAnswer { plugin: "public".into(), rcode: answer.rcode, object: None }];
    let transport = datagram(query.server.port(), query.port, Datagram::Dns(answer.clone()));
    let arrival = Arrival { place: to.clone(), packet: packet.clone(), at: now };
    let back = arrival.answer(transport);
    let ways = [
        (Direction::Request, from.clone(), to.clone(), packet, query.evidence, now),
        (Direction::Reply, to, from, back, evidence, now + INTERNET + THINKING),
    ];
    for (direction, from, to, packet, evidence, at) in ways {
        let frame = packet::Frame::bare(packet);
        let mut trace = TraceBuilder::sent(from, frame, at, evidence);
        trace.forward("eth0", to, None, INTERNET);
        trace.step(Stage::Application, Action::Delivered, None, Vec::new());
        let (exchange, attempt) = (query.exchange, query.attempt);
        run.record(Flight { exchange, direction, attempt, trace: trace.finish() });
    }
    Asked::Answered(answer, now + INTERNET + THINKING + INTERNET)
}

/// What the public DNS says.
fn public_answer(run: &Run<'_>, query: &Message) -> Message {
    let question = query.question.clone();
    let name = question.name.trim_end_matches('.').to_ascii_lowercase();
    let config = &run.plane.config;
    let mut addresses: Vec<IpAddr> = config.public_names.get(&name).cloned().unwrap_or_default();
    if addresses.is_empty() {
        let internet = &run.plane.network.config().internet;
        addresses = internet.iter().filter(|(_, host)| **host == name).map(|(ip, _)| *ip).collect();
    }
    let record = |data| Record { name: question.name.clone(), ttl: 300, data };
    let answers: Vec<Record> = addresses
        .iter()
        .filter_map(|address| match (address, question.record_type) {
            (IpAddr::V4(address), RecordType::A) => Some(record(RecordData::A(*address))),
            (IpAddr::V6(address), RecordType::Aaaa) => Some(record(RecordData::Aaaa(*address))),
            _ => None,
        })
        .collect();
    let has_below = config.public_names.keys().any(|known| is_within(known, &name));
    let rcode = if addresses.is_empty() && !has_below { Rcode::NameError } else { Rcode::NoError };
    let authority = if answers.is_empty() {
        let data = RecordData::Soa {
            mname: "a.root-servers.net.".into(),
            rname: "nstld.verisign-grs.com.".into(),
            serial: 2_026_042_200,
            refresh: 1800,
            retry: 900,
            expire: 604_800,
            minimum: 86400,
        };
        vec![Record { name: ".".into(), ttl: 86400, data }]
    } else {
        Vec::new()
    };
    Message {
        id: query.id,
        response: true,
        authoritative: false,
        truncated: false,
        recursion_available: true,
        rcode,
        question,
        answers,
        authority,
        additional: Vec::new(),
    }
}

fn configuration(run: &Run<'_>, from: &Place) -> (ResolvConf, Flavour) {
    let own = match from {
        Place::Pod(_) => pod_at(run, from).map(application::flavour).unwrap_or_default(),
        Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
            Flavour::Glibc
        }
    };
    (pod_conf(run, from), run.request.resolver.unwrap_or(own))
}

/// The resolv.conf at a place.
fn pod_conf(run: &Run<'_>, place: &Place) -> ResolvConf {
    let kubelet: &KubeletDns = &run.plane.config.dns;
    match pod_at(run, place) {
        Some(pod) => ResolvConf::of_pod(pod, kubelet),
        None => kubelet.node.clone(),
    }
}

fn pod_at<'r>(run: &'r Run<'_>, place: &Place) -> Option<&'r Pod> {
    let Place::Pod(ObjectRef { namespace, name, .. }) = place else { return None };
    run.processes.directory.snapshot().find(namespace, name)
}
