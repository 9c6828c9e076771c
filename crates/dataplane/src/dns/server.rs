//! A CoreDNS process answering one query: the plugins of its Corefile, one after the other.
//!
//! Models `core/dnsserver/server.go` and the `ServeDNS` of the plugins that answer. What it asks of
//! other servers goes through [`Upstream`], so that the caller can send real packets for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use manifest::{Kind, ObjectRef};
use packet::Time;
use packet::dns::{Message, Question, Rcode, Record, RecordData, RecordType};

use super::corefile::{
    Cache, Corefile, Forward, Hosts, Plugin, Rewrite, RewriteRule, Target, Template,
    address_of_reverse, fully_qualified, is_within,
};
use super::kubernetes::{self, Outcome, Surroundings};
use super::zone_text;

/// Lookups inside lookups (ExternalName, CNAME) deeper than this are answered SERVFAIL.
const DEEPEST_LOOKUP: usize = 8;
/// How many answers CoreDNS keeps unless it is told otherwise.
const CACHE_CAPACITY: usize = 9984;
/// The shortest time CoreDNS keeps anything, in seconds.
const SHORTEST_CACHE: u32 = 5;

/// Whoever answers what a server forwards.
pub trait Upstream {
    /// The answer of the server at that address; none if it stays silent or refuses.
    fn ask(&mut self, server: SocketAddr, question: &Question) -> Option<Message>;
}

/// A server that never finds another one.
pub struct Unconnected;

impl Upstream for Unconnected {
    fn ask(&mut self, _: SocketAddr, _: &Question) -> Option<Message> {
        None
    }
}

/// What a server's cache holds.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    answers: BTreeMap<Question, (Time, Time, Message)>,
}

/// A CoreDNS process and what it can see.
pub struct Server<'a> {
    /// Its configuration.
    pub corefile: &'a Corefile,
    /// The cluster as it sees it.
    pub around: Surroundings<'a>,
    /// The nameservers of its node, for `forward . /etc/resolv.conf`.
    pub nameservers: &'a [IpAddr],
    /// Chooses the order of several addresses.
    pub seed: u64,
    /// When.
    pub now: Time,
}

/// An answer, and what made it.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The answer as it goes out.
    pub message: Message,
    /// The plugin that made it.
    pub plugin: String,
    /// The object it was made from.
    pub object: Option<ObjectRef>,
}

impl Server<'_> {
    /// Answers a query that came in on `port` from `client`.
    pub fn answer(
        &self,
        query: &Message,
        port: u16,
        client: IpAddr,
        memory: &mut Memory,
        upstream: &mut dyn Upstream,
    ) -> Reply {
        let mut state = State { port, client, memory, upstream, depth: 0 };
        let mut reply = self.dispatch(&query.question, &mut state);
        reply.message.id = query.id;
        reply.message.question = query.question.clone();
        reply
    }

    fn dispatch(&self, question: &Question, state: &mut State<'_>) -> Reply {
        match self.corefile.server_for(&question.name, state.port) {
            Some(_) if state.depth > DEEPEST_LOOKUP => failed(question, "loop"),
            Some(server) => self.serve(&server.chain, question, state),
            None => bare(question, Rcode::Refused, "none"),
        }
    }

    fn serve(&self, chain: &[Plugin], question: &Question, state: &mut State<'_>) -> Reply {
        let Some((plugin, rest)) = chain.split_first() else {
            return failed(question, "none");
        };
        match plugin {
            Plugin::LoadBalance => {
                let mut reply = self.serve(rest, question, state);
                shuffle(&mut reply.message.answers, self.seed);
                reply
            }
            Plugin::Cache(cache) => self.cached(cache, rest, question, state),
            Plugin::Rewrite(rules) => self.rewritten(rules, rest, question, state),
            Plugin::Autopath(zones) => self.autopath(zones, rest, question, state),
            Plugin::Template(template) => match self.template(template, question, state.client) {
                Some(reply) => reply,
                None => self.serve(rest, question, state),
            },
            Plugin::Hosts(hosts) => match from_hosts(hosts, question) {
                Some(reply) => reply,
                None => self.serve(rest, question, state),
            },
            Plugin::Kubernetes(plugin) => {
                let mut follow = |next: &Question| {
                    state.depth += 1;
                    let reply = self.dispatch(next, state);
                    state.depth -= 1;
                    Some(reply.message)
                };
                match kubernetes::answer(plugin, &self.around, question, &mut follow) {
                    Outcome::Answered(answer) => {
                        let mut reply = bare(question, answer.rcode, "kubernetes");
                        reply.message.authoritative = answer.rcode != Rcode::ServerFailure;
                        reply.message.answers = answer.answers;
                        reply.message.authority = answer.authority;
                        reply.message.additional = answer.additional;
                        reply.object = answer.object;
                        reply
                    }
                    Outcome::FallsThrough | Outcome::NotMine => self.serve(rest, question, state),
                }
            }
            Plugin::Forward(forward) => self.forward(forward, rest, question, state),
            Plugin::Whoami => {
                let mut reply = bare(question, Rcode::NoError, "whoami");
                let data = match state.client {
                    IpAddr::V4(address) => RecordData::A(address),
                    IpAddr::V6(address) => RecordData::Aaaa(address),
                };
                reply.message.authoritative = true;
                let record = Record { name: question.name.clone(), ttl: 0, data };
                reply.message.additional.push(record);
                reply
            }
            Plugin::Erratic => failed(question, "erratic"),
            Plugin::Loop | Plugin::NotSimulated(_) => self.serve(rest, question, state),
        }
    }

    fn cached(
        &self,
        cache: &Cache,
        rest: &[Plugin],
        question: &Question,
        state: &mut State<'_>,
    ) -> Reply {
        let key = Question {
            name: question.name.to_ascii_lowercase(),
            record_type: question.record_type,
        };
        if let Some((kept, until, message)) = state.memory.answers.get(&key)
            && self.now < *until
        {
            let mut message = message.clone();
            let age = u32::try_from(self.now.since(*kept).as_secs()).unwrap_or(u32::MAX);
            let sections = [&mut message.answers, &mut message.authority, &mut message.additional];
            for record in sections.into_iter().flatten() {
                record.ttl = record.ttl.saturating_sub(age);
            }
            return Reply { message, plugin: "cache".into(), object: None };
        }
        let reply = self.serve(rest, question, state);
        let message = &reply.message;
        let disabled = |zones: &[String]| zones.iter().any(|zone| is_within(&key.name, zone));
        let longest = match message.rcode {
            Rcode::NoError if !message.answers.is_empty() => {
                (!disabled(&cache.disable_success)).then_some(cache.success)
            }
            Rcode::NoError | Rcode::NameError => {
                (!disabled(&cache.disable_denial)).then_some(cache.denial)
            }
            _ => None,
        };
        if let Some(longest) = longest {
            let records = message.answers.iter().chain(&message.authority);
            let lived = records.map(|record| record.ttl).min().unwrap_or(longest).min(longest);
            let until = self.now + Duration::from_secs(lived.max(SHORTEST_CACHE).into());
            if state.memory.answers.len() >= CACHE_CAPACITY {
                state.memory.answers.retain(|_, (_, until, _)| self.now < *until);
            }
            state.memory.answers.insert(key, (self.now, until, message.clone()));
        }
        reply
    }

    fn rewritten(
        &self,
        rules: &[Rewrite],
        rest: &[Plugin],
        question: &Question,
        state: &mut State<'_>,
    ) -> Reply {
        let mut rewritten = question.clone();
        let mut answers: Vec<&Rewrite> = Vec::new();
        for rule in rules {
            if let Some(next) = rewrite(&rule.rule, &rewritten) {
                rewritten = next;
                answers.push(rule);
                if !rule.goes_on {
                    break;
                }
            }
        }
        let mut reply = self.serve(rest, &rewritten, state);
        reply.message.question = question.clone();
        for rule in answers {
            for record in &mut reply.message.answers {
                if rule.turns_back && record.name.eq_ignore_ascii_case(&rewritten.name) {
                    record.name = question.name.clone();
                }
                for (from, to) in &rule.answers {
                    if let Some(groups) = from.captures(&record.name) {
                        record.name = fill(to, &groups);
                    }
                }
            }
        }
        reply
    }

    /// Walks the client's search path on its behalf, so that it asks only once.
    fn autopath(
        &self,
        zones: &[String],
        rest: &[Plugin],
        question: &Question,
        state: &mut State<'_>,
    ) -> Reply {
        let pod = self.around.directory.pods_at(state.client).next();
        let cluster = rest.iter().find_map(|plugin| match plugin {
            Plugin::Kubernetes(kubernetes) => {
                kubernetes.zones.iter().find(|zone| is_within(&question.name, zone))
            }
            _ => None,
        });
        let is_mine = zones.iter().any(|zone| is_within(&question.name, zone));
        let (Some(pod), Some(zone)) = (pod, cluster.filter(|_| is_mine)) else {
            return self.serve(rest, question, state);
        };
        let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
        let path = [format!("{namespace}.svc.{zone}"), format!("svc.{zone}"), zone.clone()];
        let lower = question.name.to_ascii_lowercase();
        let Some(base) = lower.strip_suffix(&format!(".{}", path[0])) else {
            return self.serve(rest, question, state);
        };
        let mut first = None;
        for suffix in path.iter().map(String::as_str).chain([""]) {
            let name = fully_qualified(&format!("{base}.{suffix}"));
            let next = Question { name: name.clone(), record_type: question.record_type };
            let mut reply = self.serve(rest, &next, state);
            if matches!(reply.message.rcode, Rcode::NoError) {
                if !name.eq_ignore_ascii_case(&question.name) {
                    let ttl = reply.message.answers.first().map_or(0, |record| record.ttl);
                    let data = RecordData::Cname(name);
                    let alias = Record { name: question.name.clone(), ttl, data };
                    reply.message.answers.insert(0, alias);
                    reply.plugin = "autopath".into();
                }
                return reply;
            }
            first.get_or_insert(reply);
        }
        first.expect("the search path is not empty")
    }

    fn template(&self, template: &Template, question: &Question, client: IpAddr) -> Option<Reply> {
        let fits =
            template.record_type == RecordType::Any || template.record_type == question.record_type;
        let zone = template.zones.iter().find(|zone| is_within(&question.name, zone));
        let zone = zone.filter(|_| fits)?;
        let groups = template.matches.iter().find_map(|pattern| pattern.captures(&question.name));
        if groups.is_none() && !template.matches.is_empty() {
            if template.fallthrough.lets_through(&question.name) {
                return None;
            }
            return Some(failed(question, "template"));
        }
        let expand = |text: &String| -> Option<Record> {
            let mut line = String::new();
            let mut left = text.as_str();
            while let Some((before, after)) = left.split_once("{{") {
                let (inside, after) = after.split_once("}}")?;
                line.push_str(before);
                let inside = inside.trim();
                let group = |key: &str| -> Option<&str> {
                    let groups = groups.as_ref()?;
                    match key.parse::<usize>() {
                        Ok(number) => groups.get(number).map(|found| found.as_str()),
                        Err(_) => groups.name(key).map(|found| found.as_str()),
                    }
                };
                match inside {
                    ".Name" => line.push_str(&question.name),
                    ".Zone" => line.push_str(zone),
                    ".Class" => line.push_str("IN"),
                    ".Type" => line.push_str(question.record_type.name()),
                    ".Remote" => line.push_str(&client.to_string()),
                    other => {
                        let key = other
                            .strip_prefix(".Group.")
                            .or_else(|| other.strip_prefix("index .Match "))?;
                        line.push_str(group(key.trim()).unwrap_or_default());
                    }
                }
                left = after;
            }
            line.push_str(left);
            zone_text::record(&line, 3600)
        };
        let mut reply = bare(question, template.rcode, "template");
        reply.message.authoritative = true;
        reply.message.answers = template.answers.iter().filter_map(expand).collect();
        reply.message.authority = template.authority.iter().filter_map(expand).collect();
        reply.message.additional = template.additional.iter().filter_map(expand).collect();
        Some(reply)
    }

    fn forward(
        &self,
        forward: &Forward,
        rest: &[Plugin],
        question: &Question,
        state: &mut State<'_>,
    ) -> Reply {
        let excepted = forward.except.iter().any(|zone| is_within(&question.name, zone));
        if excepted || !is_within(&question.name, &forward.from) {
            return self.serve(rest, question, state);
        }
        let servers = forward.to.iter().flat_map(|target| match target {
            Target::Server(server) => vec![*server],
            Target::ResolvConf => {
                self.nameservers.iter().map(|address| SocketAddr::new(*address, 53)).collect()
            }
        });
        for server in servers {
            if let Some(mut message) = state.upstream.ask(server, question) {
                message.question = question.clone();
                return Reply { message, plugin: "forward".into(), object: None };
            }
        }
        failed(question, "forward")
    }
}

/// Whether forwarding leads back to the server itself; the line CoreDNS logs before it exits.
///
/// `own` are the addresses under which the server is reached: its Pod's and its Service's.
pub fn looping(corefile: &Corefile, nameservers: &[IpAddr], own: &[IpAddr]) -> Option<String> {
    for server in corefile.servers.iter().filter(|server| server.has("loop")) {
        let zone = server.zones.first().map(|zone| zone.origin.as_str()).unwrap_or(".");
        let port = server.zones.first().map_or(53, |zone| zone.port);
        for plugin in &server.chain {
            let Plugin::Forward(forward) = plugin else { continue };
            let mut targets = forward.to.iter().flat_map(|target| match target {
                Target::Server(server) => vec![*server],
                Target::ResolvConf => {
                    nameservers.iter().map(|address| SocketAddr::new(*address, 53)).collect()
                }
            });
            let back = targets.find(|target| {
                target.port() == port && (target.ip().is_loopback() || own.contains(&target.ip()))
            });
            if let Some(back) = back {
                return Some(format!(
                    "plugin/loop: Loop ({}:55953 -> :{port}) detected for zone \"{zone}\", see \
                     https://coredns.io/plugins/loop#troubleshooting. Query: \"HINFO \
                     4547991504243258144.3688648895315093531.\"",
                    back.ip()
                ));
            }
        }
    }
    None
}

struct State<'a> {
    port: u16,
    client: IpAddr,
    memory: &'a mut Memory,
    upstream: &'a mut dyn Upstream,
    depth: usize,
}

fn bare(question: &Question, rcode: Rcode, plugin: &str) -> Reply {
    Reply {
        message: Message {
            id: 0,
            response: true,
            authoritative: false,
            truncated: false,
            recursion_available: false,
            rcode,
            question: question.clone(),
            answers: Vec::new(),
            authority: Vec::new(),
            additional: Vec::new(),
        },
        plugin: plugin.to_owned(),
        object: None,
    }
}

fn failed(question: &Question, plugin: &str) -> Reply {
    bare(question, Rcode::ServerFailure, plugin)
}

/// Aliases first, then the rest, then the addresses in an order of chance, as `loadbalance` does.
fn shuffle(answers: &mut Vec<Record>, seed: u64) {
    let is_address =
        |record: &Record| matches!(record.data, RecordData::A(_) | RecordData::Aaaa(_));
    let (mut addresses, mut ordered): (Vec<Record>, Vec<Record>) =
        answers.drain(..).partition(is_address);
    ordered.sort_by_key(|record| record.data.record_type() != RecordType::Cname);
    let mut state = seed;
    for last in (1..addresses.len()).rev() {
        // SplitMix64: small, seeded, the same on every machine.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        let other = usize::try_from(mixed % (last as u64 + 1)).expect("smaller than a length");
        addresses.swap(last, other);
    }
    ordered.extend(addresses);
    *answers = ordered;
}

fn rewrite(rule: &RewriteRule, question: &Question) -> Option<Question> {
    let name = question.name.to_ascii_lowercase();
    let renamed = |name: String| Question { name, record_type: question.record_type };
    match rule {
        RewriteRule::Exact { from, to } => (name == *from).then(|| renamed(to.clone())),
        RewriteRule::Prefix { from, to } => {
            name.strip_prefix(from.as_str()).map(|rest| renamed(format!("{to}{rest}")))
        }
        RewriteRule::Suffix { from, to } => {
            name.strip_suffix(from.as_str()).map(|rest| renamed(format!("{rest}{to}")))
        }
        RewriteRule::Substring { from, to } => {
            name.contains(from.as_str()).then(|| renamed(name.replace(from.as_str(), to)))
        }
        RewriteRule::Regex { from, to } => {
            from.captures(&name).map(|groups| renamed(fill(to, &groups)))
        }
        RewriteRule::Type { from, to } => (*from == question.record_type)
            .then(|| Question { name: question.name.clone(), record_type: *to }),
        RewriteRule::Other => None,
    }
}

/// Puts the groups of a match into `{0}`, `{1}` …
fn fill(pattern: &str, groups: &regex_lite::Captures<'_>) -> String {
    let mut filled = pattern.to_owned();
    for (number, group) in groups.iter().enumerate() {
        let text = group.map(|found| found.as_str()).unwrap_or_default();
        filled = filled.replace(&format!("{{{number}}}"), text);
    }
    fully_qualified(&filled)
}

fn from_hosts(hosts: &Hosts, question: &Question) -> Option<Reply> {
    let name = question.name.to_ascii_lowercase();
    let record = |data| Record { name: question.name.clone(), ttl: hosts.ttl, data };
    let mut reply = bare(question, Rcode::NoError, "hosts");
    reply.message.authoritative = true;
    reply.object = Some(ObjectRef::new(Kind::ConfigMap, "kube-system", "coredns"));
    if question.record_type == RecordType::Ptr {
        let address = address_of_reverse(&name).filter(|_| hosts.reverse)?;
        let names = hosts.entries.iter().filter(|(entry, _)| *entry == address);
        reply.message.answers =
            names.map(|(_, name)| record(RecordData::Ptr(name.clone()))).collect();
        return (!reply.message.answers.is_empty()).then_some(reply);
    }
    if !hosts.zones.iter().any(|zone| is_within(&name, zone)) {
        return None;
    }
    let known: Vec<IpAddr> =
        hosts.entries.iter().filter(|(_, n)| *n == name).map(|(address, _)| *address).collect();
    reply.message.answers = known
        .iter()
        .filter_map(|address| match (address, question.record_type) {
            (IpAddr::V4(address), RecordType::A) => Some(record(RecordData::A(*address))),
            (IpAddr::V6(address), RecordType::Aaaa) => Some(record(RecordData::Aaaa(*address))),
            _ => None,
        })
        .collect();
    if reply.message.answers.is_empty() {
        if hosts.fallthrough.lets_through(&name) {
            return None;
        }
        if known.is_empty() {
            reply.message.rcode = Rcode::NameError;
        }
    }
    Some(reply)
}
