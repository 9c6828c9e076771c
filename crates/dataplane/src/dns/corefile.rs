//! A Corefile as CoreDNS reads it: server blocks, each with its plugins in the order they act.
//!
//! Models the Caddyfile parser CoreDNS carries (`coredns/caddy/caddyfile`) and the `setup.go` of
//! the plugins that answer. The order of the lines does not matter, as upstream: plugins act in the
//! order of `plugin.cfg`. Plugins that only watch or print are kept by name and do nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use packet::dns::{Rcode, RecordType};
use regex_lite::Regex;

/// Where a CoreDNS Pod finds its Corefile.
pub const COREFILE_PATH: &str = "/etc/coredns/Corefile";

/// What kubeadm writes for cluster domain `cluster.local`.
pub const DEFAULT_COREFILE: &str = "\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload
    loadbalance
}
";

/// Every directive CoreDNS knows, in the order in which the plugins act (`plugin.cfg`).
const DIRECTIVES: [&str; 57] = [
    "root",
    "metadata",
    "geoip",
    "cancel",
    "tls",
    "quic",
    "timeouts",
    "multisocket",
    "reload",
    "nsid",
    "bufsize",
    "bind",
    "debug",
    "trace",
    "ready",
    "health",
    "pprof",
    "prometheus",
    "errors",
    "log",
    "dnstap",
    "local",
    "dns64",
    "any",
    "chaos",
    "loadbalance",
    "tsig",
    "cache",
    "rewrite",
    "header",
    "dnssec",
    "autopath",
    "minimal",
    "template",
    "transfer",
    "hosts",
    "route53",
    "azure",
    "clouddns",
    "k8s_external",
    "kubernetes",
    "file",
    "auto",
    "secondary",
    "etcd",
    "loop",
    "forward",
    "grpc",
    "erratic",
    "whoami",
    "on",
    "sign",
    "view",
    "acl",
    "nomad",
    "nftables",
    "import",
];

/// Directives that change no answer: they watch, print or keep the process going.
const SILENT: [&str; 14] = [
    "metadata",
    "cancel",
    "timeouts",
    "multisocket",
    "reload",
    "bufsize",
    "bind",
    "debug",
    "ready",
    "health",
    "pprof",
    "prometheus",
    "errors",
    "log",
];

/// A whole Corefile.
#[derive(Clone, Debug, Default)]
pub struct Corefile {
    /// The server blocks, as written.
    pub servers: Vec<ServerBlock>,
}

/// One server block.
#[derive(Clone, Debug)]
pub struct ServerBlock {
    /// The zones it serves, each with its port.
    pub zones: Vec<Zone>,
    /// The plugins that can change an answer, in the order they act.
    pub chain: Vec<Plugin>,
    /// Every directive as written, with its line.
    pub directives: Vec<(String, usize)>,
}

impl ServerBlock {
    /// Whether a directive is written in this block.
    pub fn has(&self, directive: &str) -> bool {
        self.directives.iter().any(|(name, _)| name == directive)
    }
}

/// A zone that a server block serves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// The zone in lower case with its last dot; `.` for everything.
    pub origin: String,
    /// The port, 53 unless written.
    pub port: u16,
}

/// Which names fall through to the next plugin when one has no answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fallthrough(Option<Vec<String>>);

impl Fallthrough {
    /// Whether a query for this name goes on.
    pub fn lets_through(&self, name: &str) -> bool {
        self.0.as_ref().is_some_and(|zones| zones.iter().any(|zone| is_within(name, zone)))
    }
}

/// A plugin that can change an answer.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum Plugin {
    LoadBalance,
    Cache(Cache),
    Rewrite(Vec<Rewrite>),
    /// The zones it serves; the search path comes from the `kubernetes` plugin.
    Autopath(Vec<String>),
    Template(Template),
    Hosts(Hosts),
    Kubernetes(Kubernetes),
    Loop,
    Forward(Forward),
    Erratic,
    Whoami,
    /// Known to CoreDNS, not simulated here: it lets everything pass.
    NotSimulated(String),
}

/// The `cache` plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cache {
    /// The longest time to keep a positive answer, in seconds.
    pub success: u32,
    /// The longest time to keep a negative answer, in seconds.
    pub denial: u32,
    /// Zones whose positive answers are not kept.
    pub disable_success: Vec<String>,
    /// Zones whose negative answers are not kept.
    pub disable_denial: Vec<String>,
}

/// A rule of the `rewrite` plugin.
#[derive(Clone, Debug)]
pub struct Rewrite {
    /// Whether further rules are tried after this one matched.
    pub goes_on: bool,
    /// How it matches and what it makes of the name.
    pub rule: RewriteRule,
    /// Rewrites of names in the answer, written `answer name FROM TO`.
    pub answers: Vec<(Regex, String)>,
    /// Whether names in the answer are turned back by themselves.
    pub turns_back: bool,
}

/// What a `rewrite` rule matches.
#[derive(Clone, Debug)]
#[allow(missing_docs)]
pub enum RewriteRule {
    Exact {
        from: String,
        to: String,
    },
    Prefix {
        from: String,
        to: String,
    },
    Suffix {
        from: String,
        to: String,
    },
    Substring {
        from: String,
        to: String,
    },
    Regex {
        from: Regex,
        to: String,
    },
    Type {
        from: RecordType,
        to: RecordType,
    },
    /// A field that is not simulated.
    Other,
}

/// The `template` plugin.
#[derive(Clone, Debug)]
pub struct Template {
    /// The type it answers; `Any` answers every type.
    pub record_type: RecordType,
    /// The zones it serves.
    pub zones: Vec<String>,
    /// Patterns of names; none means every name.
    pub matches: Vec<Regex>,
    /// Records to answer, with `{{ .Name }}` and the like in them.
    pub answers: Vec<String>,
    /// Records for the authority section.
    pub authority: Vec<String>,
    /// Records for the additional section.
    pub additional: Vec<String>,
    /// The result.
    pub rcode: Rcode,
    /// Which names go on when no pattern matches.
    pub fallthrough: Fallthrough,
}

/// The `hosts` plugin with its inline entries.
#[derive(Clone, Debug)]
pub struct Hosts {
    /// The zones it serves.
    pub zones: Vec<String>,
    /// Address and name, the name in lower case with its last dot.
    pub entries: Vec<(IpAddr, String)>,
    /// Which names go on when there is no entry.
    pub fallthrough: Fallthrough,
    /// Seconds an answer may be kept.
    pub ttl: u32,
    /// Whether addresses are turned into names.
    pub reverse: bool,
}

/// How the `kubernetes` plugin answers for names such as `10-244-1-5.default.pod.cluster.local`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PodRecords {
    /// Not at all.
    #[default]
    Disabled,
    /// With the address in the name, whether a Pod has it or not.
    Insecure,
    /// Only if a Pod of that namespace has the address.
    Verified,
}

/// The `kubernetes` plugin.
#[derive(Clone, Debug)]
pub struct Kubernetes {
    /// The zones it serves, the cluster domain first.
    pub zones: Vec<String>,
    /// How Pod names are answered.
    pub pods: PodRecords,
    /// Which names go on when there is no record.
    pub fallthrough: Fallthrough,
    /// Seconds an answer may be kept.
    pub ttl: u32,
    /// Namespaces it answers for; empty means all.
    pub namespaces: Vec<String>,
    /// Whether endpoints are named after their Pods.
    pub endpoint_pod_names: bool,
    /// Whether a Service without endpoints does not exist.
    pub ignore_empty_service: bool,
    /// Whether names may ask for the endpoints of a zone.
    pub zonal: bool,
    /// Zones that answer for the Services of a set of clusters.
    pub multicluster: Vec<String>,
    /// Whether endpoints are left out.
    pub no_endpoints: bool,
}

/// The `forward` plugin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward {
    /// The zone it forwards.
    pub from: String,
    /// Zones it does not forward.
    pub except: Vec<String>,
    /// Where to.
    pub to: Vec<Target>,
}

/// A place to forward to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A server.
    Server(SocketAddr),
    /// The nameservers of the Pod's own resolv.conf, which are the node's.
    ResolvConf,
}

/// What is wrong with a Corefile, in CoreDNS' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorefileError(String);

impl fmt::Display for CorefileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Corefile {
    /// Reads a Corefile.
    ///
    /// # Errors
    /// The first mistake, in the words CoreDNS logs before it exits.
    pub fn parse(text: &str) -> Result<Self, CorefileError> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let mut servers = Vec::new();
        while parser.peek().is_some() {
            servers.push(parser.server()?);
        }
        let corefile = Self { servers };
        corefile.refuse_duplicate_zones()?;
        Ok(corefile)
    }

    /// The server block that a query on `port` for `name` belongs to: the longest zone that fits.
    pub fn server_for(&self, name: &str, port: u16) -> Option<&ServerBlock> {
        let fitting = self
            .servers
            .iter()
            .flat_map(|server| server.zones.iter().map(move |zone| (zone, server)));
        fitting
            .filter(|(zone, _)| zone.port == port && is_within(name, &zone.origin))
            .max_by_key(|(zone, _)| zone.origin.trim_end_matches('.').len())
            .map(|(_, server)| server)
    }

    /// The ports it listens on, in order, each once.
    pub fn ports(&self) -> Vec<u16> {
        let mut ports: Vec<u16> =
            self.servers.iter().flat_map(|server| &server.zones).map(|zone| zone.port).collect();
        ports.sort_unstable();
        ports.dedup();
        ports
    }

    /// Whether any block asks for a directive.
    pub fn has(&self, directive: &str) -> bool {
        self.servers.iter().any(|server| server.has(directive))
    }

    fn refuse_duplicate_zones(&self) -> Result<(), CorefileError> {
        let mut seen: Vec<&Zone> = Vec::new();
        for zone in self.servers.iter().flat_map(|server| &server.zones) {
            if seen.contains(&zone) {
                return Err(CorefileError(format!(
                    "cannot serve dns://{}:{} - it is already defined",
                    zone.origin, zone.port
                )));
            }
            seen.push(zone);
        }
        Ok(())
    }
}

/// Whether `name` is `zone` or below it; both with their last dot, in any case.
pub fn is_within(name: &str, zone: &str) -> bool {
    let (name, zone) = (name.to_ascii_lowercase(), zone.to_ascii_lowercase());
    zone == "." || name == zone || name.ends_with(&format!(".{zone}"))
}

/// A name with its last dot.
pub fn fully_qualified(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    line: usize,
}

/// Words, with their lines; `#` begins a comment, quotes keep spaces.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut word = String::new();
        let (mut quoted, mut begun) = (false, false);
        let mut characters = line.chars().peekable();
        while let Some(character) = characters.next() {
            if quoted {
                match character {
                    '"' => quoted = false,
                    '\\' if characters.peek() == Some(&'"') => {
                        characters.next();
                        word.push('"');
                    }
                    other => word.push(other),
                }
                continue;
            }
            match character {
                '#' if !begun => break,
                '"' if !begun => (quoted, begun) = (true, true),
                space if space.is_whitespace() => {
                    if begun {
                        tokens.push(Token { text: std::mem::take(&mut word), line: number + 1 });
                        begun = false;
                    }
                }
                other => {
                    begun = true;
                    word.push(other);
                }
            }
        }
        if begun {
            tokens.push(Token { text: word, line: number + 1 });
        }
    }
    tokens
}

/// A directive with its arguments and, in braces, further lines.
#[derive(Clone, Debug)]
struct Directive {
    name: String,
    line: usize,
    arguments: Vec<String>,
    block: Vec<Vec<Token>>,
}

impl Directive {
    fn error(&self, line: usize, message: impl fmt::Display) -> CorefileError {
        CorefileError(format!(
            "plugin/{}: {COREFILE_PATH}:{line} - Error during parsing: {message}",
            self.name
        ))
    }

    fn wrong_arguments(&self, line: usize, after: &str) -> CorefileError {
        self.error(line, format!("Wrong argument count or unexpected line ending after '{after}'"))
    }

    fn unknown_property(&self, property: &Token) -> CorefileError {
        self.error(property.line, format!("unknown property '{}'", property.text))
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn server(&mut self) -> Result<ServerBlock, CorefileError> {
        let mut keys = Vec::new();
        while let Some(token) = self.next() {
            if token.text == "{" {
                break;
            }
            let after_the_keys = keys.first().is_some_and(|key: &Token| key.line < token.line);
            if token.text == "}" || after_the_keys && DIRECTIVES.contains(&token.text.as_str()) {
                return Err(syntax(token.line, &token.text, "{"));
            }
            keys.push(token);
        }
        let mut zones = Vec::new();
        for key in keys.iter().flat_map(|key| {
            key.text.split(',').filter(|part| !part.is_empty()).map(move |part| (part, key.line))
        }) {
            zones.extend(zone_of_key(key.0, key.1)?);
        }
        let mut directives = Vec::new();
        loop {
            let Some(token) = self.next() else { return Err(self.end_of_file()) };
            match token.text.as_str() {
                "}" => break,
                "{" => return Err(syntax(token.line, "{", "directive")),
                _ => directives.push(self.directive(token)?),
            }
        }
        let origins: Vec<String> = zones.iter().map(|zone| zone.origin.clone()).collect();
        let mut chain: Vec<(usize, Plugin)> = Vec::new();
        let mut rewrites = Vec::new();
        for directive in &directives {
            let place = DIRECTIVES.iter().position(|known| *known == directive.name);
            let place = place.expect("the parser refuses unknown directives");
            match plugin(directive, &origins)? {
                Some(Plugin::Rewrite(rules)) => rewrites.extend(rules),
                Some(plugin) => chain.push((place, plugin)),
                None => {}
            }
        }
        if !rewrites.is_empty() {
            let place = DIRECTIVES.iter().position(|known| *known == "rewrite");
            chain.push((place.expect("rewrite is known"), Plugin::Rewrite(rewrites)));
        }
        chain.sort_by_key(|(place, _)| *place);
        Ok(ServerBlock {
            zones,
            chain: chain.into_iter().map(|(_, plugin)| plugin).collect(),
            directives: directives.into_iter().map(|found| (found.name, found.line)).collect(),
        })
    }

    fn directive(&mut self, name: Token) -> Result<Directive, CorefileError> {
        if !DIRECTIVES.contains(&name.text.as_str()) {
            return Err(CorefileError(format!(
                "{COREFILE_PATH}:{} - Error during parsing: Unknown directive '{}'",
                name.line, name.text
            )));
        }
        let mut directive = Directive {
            name: name.text,
            line: name.line,
            arguments: Vec::new(),
            block: Vec::new(),
        };
        while let Some(token) = self.peek().filter(|token| token.line == name.line).cloned() {
            if token.text == "}" {
                break;
            }
            self.at += 1;
            if token.text != "{" {
                directive.arguments.push(token.text);
                continue;
            }
            loop {
                let Some(first) = self.next() else { return Err(self.end_of_file()) };
                if first.text == "}" {
                    return Ok(directive);
                }
                let mut line = vec![first];
                while let Some(token) =
                    self.peek().filter(|token| token.line == line[0].line && token.text != "}")
                {
                    line.push(token.clone());
                    self.at += 1;
                }
                directive.block.push(line);
            }
        }
        Ok(directive)
    }

    fn end_of_file(&self) -> CorefileError {
        let line = self.tokens.last().map(|token| token.line).unwrap_or(1);
        CorefileError(format!("{COREFILE_PATH}:{line} - Error during parsing: Unexpected EOF"))
    }
}

fn syntax(line: usize, found: &str, expected: &str) -> CorefileError {
    CorefileError(format!(
        "{COREFILE_PATH}:{line} - Syntax error: Unexpected token '{found}', expecting '{expected}'"
    ))
}

/// The zones of a server block's key: `.:53`, `dns://example.org`, `10.0.0.0/16`.
fn zone_of_key(key: &str, line: usize) -> Result<Vec<Zone>, CorefileError> {
    let key = key.strip_prefix("dns://").unwrap_or(key);
    let (name, port) = match key.rsplit_once(':') {
        Some((name, port)) => {
            let port = port.parse().map_err(|_| {
                CorefileError(format!(
                    "{COREFILE_PATH}:{line} - Error during parsing: invalid port '{port}'"
                ))
            })?;
            (name, port)
        }
        None => (key, 53),
    };
    Ok(normalize(name).into_iter().map(|origin| Zone { origin, port }).collect())
}

/// A zone, or the reverse zones of a network, in lower case with the last dot.
fn normalize(name: &str) -> Vec<String> {
    let name = if name.is_empty() { "." } else { name };
    if let Ok(network) = name.parse::<ipnet::Ipv4Net>() {
        let octets = usize::from(network.prefix_len().div_ceil(8));
        let whole = u8::try_from(octets * 8).expect("at most 32");
        let subnets = network.subnets(whole).into_iter().flatten();
        return subnets
            .map(|subnet| {
                let octet = subnet.network().octets();
                let labels: Vec<String> = octet[..octets].iter().rev().map(u8::to_string).collect();
                format!("{}.in-addr.arpa.", labels.join("."))
            })
            .collect();
    }
    if let Ok(network) = name.parse::<ipnet::Ipv6Net>() {
        let nibbles = usize::from(network.prefix_len() / 4);
        let mut digits: Vec<String> = Vec::new();
        for byte in network.network().octets() {
            digits.push(format!("{:x}", byte >> 4));
            digits.push(format!("{:x}", byte & 15));
        }
        let labels: Vec<String> = digits[..nibbles].iter().rev().cloned().collect();
        return vec![format!("{}.ip6.arpa.", labels.join("."))];
    }
    vec![fully_qualified(&name.to_ascii_lowercase())]
}

fn zones_or(arguments: &[String], origins: &[String]) -> Vec<String> {
    if arguments.is_empty() {
        origins.to_vec()
    } else {
        arguments.iter().flat_map(|zone| normalize(zone)).collect()
    }
}

fn fallthrough(line: &[Token]) -> Fallthrough {
    let zones: Vec<String> = line[1..].iter().flat_map(|zone| normalize(&zone.text)).collect();
    Fallthrough(Some(if zones.is_empty() { vec![".".to_owned()] } else { zones }))
}

fn plugin(directive: &Directive, origins: &[String]) -> Result<Option<Plugin>, CorefileError> {
    Ok(Some(match directive.name.as_str() {
        silent if SILENT.contains(&silent) => return Ok(None),
        "loadbalance" => Plugin::LoadBalance,
        "cache" => Plugin::Cache(cache(directive)?),
        "rewrite" => Plugin::Rewrite(rewrite(directive)?),
        "autopath" => {
            let zones = directive.arguments.get(..directive.arguments.len().saturating_sub(1));
            if directive.arguments.is_empty() {
                return Err(directive.wrong_arguments(directive.line, "autopath"));
            }
            Plugin::Autopath(zones_or(zones.unwrap_or_default(), origins))
        }
        "template" => Plugin::Template(template(directive, origins)?),
        "hosts" => Plugin::Hosts(hosts(directive, origins)?),
        "kubernetes" => Plugin::Kubernetes(kubernetes(directive, origins)?),
        "loop" => Plugin::Loop,
        "forward" => Plugin::Forward(forward(directive)?),
        "erratic" => Plugin::Erratic,
        "whoami" => Plugin::Whoami,
        other => Plugin::NotSimulated(other.to_owned()),
    }))
}

fn cache(directive: &Directive) -> Result<Cache, CorefileError> {
    let ttl = directive.arguments.first().and_then(|first| first.parse().ok());
    let mut cache = Cache {
        success: ttl.unwrap_or(3600),
        denial: ttl.unwrap_or(1800),
        disable_success: Vec::new(),
        disable_denial: Vec::new(),
    };
    for line in &directive.block {
        let words: Vec<&str> = line.iter().map(|token| token.text.as_str()).collect();
        match words.as_slice() {
            ["success", rest @ ..] => {
                cache.success =
                    rest.get(1).and_then(|ttl| ttl.parse().ok()).unwrap_or(cache.success);
            }
            ["denial", rest @ ..] => {
                cache.denial = rest.get(1).and_then(|ttl| ttl.parse().ok()).unwrap_or(cache.denial);
            }
            ["disable", which, zones @ ..] => {
                let zones: Vec<String> = if zones.is_empty() {
                    vec![".".to_owned()]
                } else {
                    zones.iter().flat_map(|zone| normalize(zone)).collect()
                };
                match *which {
                    "success" => cache.disable_success = zones,
                    "denial" => cache.disable_denial = zones,
                    other => {
                        return Err(directive.error(
                            line[0].line,
                            format!("cache type for disable must be \"success\" or \"denial\", got {other:?}"),
                        ));
                    }
                }
            }
            ["prefetch" | "serve_stale" | "servfail" | "keepttl", ..] => {}
            _ => return Err(directive.wrong_arguments(line[0].line, &line[0].text)),
        }
    }
    Ok(cache)
}

fn rewrite(directive: &Directive) -> Result<Vec<Rewrite>, CorefileError> {
    let mut words = directive.arguments.clone();
    let goes_on = match words.first().map(String::as_str) {
        Some("continue") => {
            words.remove(0);
            true
        }
        Some("stop") => {
            words.remove(0);
            false
        }
        _ => false,
    };
    let mut lines: Vec<Vec<String>> = Vec::new();
    if !words.is_empty() {
        lines.push(words);
    }
    lines.extend(directive.block.iter().map(|line| line.iter().map(|t| t.text.clone()).collect()));
    let Some(first) = lines.first() else {
        return Err(directive.wrong_arguments(directive.line, "rewrite"));
    };
    let words: Vec<&str> = first.iter().map(String::as_str).collect();
    let pattern = |text: &str| {
        Regex::new(text).map_err(|_| {
            directive.error(directive.line, format!("invalid regex pattern in a name rule: {text}"))
        })
    };
    let (rule, mut rest, mut turns_back) = match words.as_slice() {
        ["name", "exact", from, to, rest @ ..] => (exact(from, to), rest, true),
        ["name", "prefix", from, to, rest @ ..] => {
            (RewriteRule::Prefix { from: from.to_lowercase(), to: (*to).into() }, rest, false)
        }
        ["name", "suffix", from, to, rest @ ..] => {
            let rule = RewriteRule::Suffix {
                from: fully_qualified(&from.to_lowercase()),
                to: fully_qualified(to),
            };
            (rule, rest, false)
        }
        ["name", "substring", from, to, rest @ ..] => {
            (RewriteRule::Substring { from: from.to_lowercase(), to: (*to).into() }, rest, false)
        }
        ["name", "regex", from, to, rest @ ..] => {
            (RewriteRule::Regex { from: pattern(from)?, to: fully_qualified(to) }, rest, false)
        }
        ["name", from, to, rest @ ..] => (exact(from, to), rest, true),
        ["type", from, to] => match (RecordType::from_name(from), RecordType::from_name(to)) {
            (Some(from), Some(to)) => (RewriteRule::Type { from, to }, &[][..], false),
            _ => {
                return Err(
                    directive.error(directive.line, format!("invalid type {from:?} {to:?}"))
                );
            }
        },
        ["class" | "edns0" | "ttl" | "cname" | "rcode", ..] => (RewriteRule::Other, &[][..], false),
        [other, ..] => {
            return Err(CorefileError(format!("plugin/rewrite: invalid rule type {other:?}")));
        }
        [] => return Err(directive.wrong_arguments(directive.line, "rewrite")),
    };
    let mut answers = Vec::new();
    loop {
        match rest {
            ["answer", "auto", more @ ..] => {
                turns_back = true;
                rest = more;
            }
            ["answer", "name", from, to, more @ ..] => {
                answers.push((pattern(from)?, fully_qualified(to)));
                rest = more;
            }
            _ => break,
        }
    }
    for line in &lines[1..] {
        let words: Vec<&str> = line.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["answer", "auto"] => turns_back = true,
            ["answer", "name", from, to] => answers.push((pattern(from)?, fully_qualified(to))),
            _ => {}
        }
    }
    Ok(vec![Rewrite { goes_on, rule, turns_back: turns_back && answers.is_empty(), answers }])
}

fn exact(from: &str, to: &str) -> RewriteRule {
    RewriteRule::Exact { from: fully_qualified(&from.to_lowercase()), to: fully_qualified(to) }
}

fn template(directive: &Directive, origins: &[String]) -> Result<Template, CorefileError> {
    let [_class, kind, zones @ ..] = directive.arguments.as_slice() else {
        return Err(directive.wrong_arguments(directive.line, "template"));
    };
    let Some(record_type) = RecordType::from_name(kind) else {
        return Err(directive.error(directive.line, format!("invalid RR class {kind}")));
    };
    let mut template = Template {
        record_type,
        zones: zones_or(zones, origins),
        matches: Vec::new(),
        answers: Vec::new(),
        authority: Vec::new(),
        additional: Vec::new(),
        rcode: Rcode::NoError,
        fallthrough: Fallthrough::default(),
    };
    for line in &directive.block {
        let rest: Vec<String> = line[1..].iter().map(|token| token.text.clone()).collect();
        match line[0].text.as_str() {
            "match" => {
                for text in rest {
                    let pattern = Regex::new(&text).map_err(|_| {
                        directive.error(line[0].line, format!("could not parse regex: {text}"))
                    })?;
                    template.matches.push(pattern);
                }
            }
            "answer" => template.answers.extend(rest),
            "authority" => template.authority.extend(rest),
            "additional" => template.additional.extend(rest),
            "rcode" => {
                template.rcode = match rest.first().map(String::as_str) {
                    Some("NXDOMAIN") => Rcode::NameError,
                    Some("SERVFAIL") => Rcode::ServerFailure,
                    Some("REFUSED") => Rcode::Refused,
                    Some("NOTIMP") => Rcode::NotImplemented,
                    Some("FORMERR") => Rcode::FormatError,
                    _ => Rcode::NoError,
                };
            }
            "fallthrough" => template.fallthrough = fallthrough(line),
            "ederror" | "upstream" => {}
            _ => return Err(directive.wrong_arguments(line[0].line, &line[0].text)),
        }
    }
    Ok(template)
}

fn hosts(directive: &Directive, origins: &[String]) -> Result<Hosts, CorefileError> {
    let mut words = directive.arguments.as_slice();
    if words.first().is_some_and(|first| first.contains('/')) {
        words = &words[1..];
    }
    let mut hosts = Hosts {
        zones: zones_or(words, origins),
        entries: Vec::new(),
        fallthrough: Fallthrough::default(),
        ttl: 3600,
        reverse: true,
    };
    for line in &directive.block {
        let rest: Vec<&str> = line[1..].iter().map(|token| token.text.as_str()).collect();
        match line[0].text.as_str() {
            "fallthrough" => hosts.fallthrough = fallthrough(line),
            "no_reverse" => hosts.reverse = false,
            "ttl" => hosts.ttl = rest.first().and_then(|ttl| ttl.parse().ok()).unwrap_or(hosts.ttl),
            "reload" => {}
            address => match address.parse() {
                Ok(address) => hosts.entries.extend(
                    rest.iter().map(|name| (address, fully_qualified(&name.to_lowercase()))),
                ),
                Err(_) => return Err(directive.unknown_property(&line[0])),
            },
        }
    }
    Ok(hosts)
}

fn kubernetes(directive: &Directive, origins: &[String]) -> Result<Kubernetes, CorefileError> {
    let mut plugin = Kubernetes {
        zones: zones_or(&directive.arguments, origins),
        pods: PodRecords::Disabled,
        fallthrough: Fallthrough::default(),
        ttl: 5,
        namespaces: Vec::new(),
        endpoint_pod_names: false,
        ignore_empty_service: false,
        zonal: false,
        multicluster: Vec::new(),
        no_endpoints: false,
    };
    for line in &directive.block {
        let rest: Vec<&str> = line[1..].iter().map(|token| token.text.as_str()).collect();
        match (line[0].text.as_str(), rest.as_slice()) {
            ("pods", ["disabled"]) => plugin.pods = PodRecords::Disabled,
            ("pods", ["insecure"]) => plugin.pods = PodRecords::Insecure,
            ("pods", ["verified"]) => plugin.pods = PodRecords::Verified,
            ("pods", [other]) => {
                return Err(directive.error(
                    line[0].line,
                    format!("wrong value for pods: {other},  must be one of: disabled, verified, insecure"),
                ));
            }
            ("fallthrough", _) => plugin.fallthrough = fallthrough(line),
            ("ttl", [ttl]) => match ttl.parse() {
                Ok(ttl) if ttl <= 3600 => plugin.ttl = ttl,
                _ => {
                    return Err(directive
                        .error(line[0].line, format!("ttl must be in range [0, 3600]: {ttl}")));
                }
            },
            ("namespaces", names) if !names.is_empty() => {
                plugin.namespaces = names.iter().map(|name| (*name).to_owned()).collect();
            }
            ("endpoint_pod_names", []) => plugin.endpoint_pod_names = true,
            ("noendpoints", []) => plugin.no_endpoints = true,
            ("ignore", ["empty_service"]) => plugin.ignore_empty_service = true,
            ("zonal", []) => plugin.zonal = true,
            ("multicluster", zones) if !zones.is_empty() => {
                plugin.multicluster = zones.iter().flat_map(|zone| normalize(zone)).collect();
            }
            (
                "endpoint"
                | "tls"
                | "kubeconfig"
                | "labels"
                | "namespace_labels"
                | "upstream"
                | "apiserver_qps"
                | "apiserver_burst"
                | "apiserver_max_inflight"
                | "startup_timeout",
                _,
            ) => {}
            (
                "pods" | "ttl" | "namespaces" | "endpoint_pod_names" | "noendpoints" | "ignore"
                | "zonal" | "multicluster",
                _,
            ) => return Err(directive.wrong_arguments(line[0].line, &line[0].text)),
            _ => return Err(directive.unknown_property(&line[0])),
        }
    }
    Ok(plugin)
}

fn forward(directive: &Directive) -> Result<Forward, CorefileError> {
    let [from, targets @ ..] = directive.arguments.as_slice() else {
        return Err(directive.wrong_arguments(directive.line, "forward"));
    };
    if targets.is_empty() {
        return Err(directive.wrong_arguments(directive.line, from));
    }
    let from = normalize(from).into_iter().next().unwrap_or_else(|| ".".to_owned());
    let mut plugin = Forward { from, except: Vec::new(), to: Vec::new() };
    for target in targets {
        let bare = target.strip_prefix("dns://").or_else(|| target.strip_prefix("tls://"));
        let bare = bare.unwrap_or(target);
        let bare = bare.split_once('%').map_or(bare, |(address, _)| address);
        plugin.to.push(if bare.starts_with('/') {
            Target::ResolvConf
        } else if let Ok(address) = bare.parse::<IpAddr>() {
            Target::Server(SocketAddr::new(address, 53))
        } else if let Ok(server) = bare.parse::<SocketAddr>() {
            Target::Server(server)
        } else {
            return Err(CorefileError(format!(
                "plugin/forward: not an IP address or file: {target:?}"
            )));
        });
    }
    let known: BTreeMap<&str, usize> = [
        ("max_fails", 1),
        ("max_connect_attempts", 1),
        ("max_idle_conns", 1),
        ("expire", 1),
        ("max_age", 1),
        ("health_check", 1),
        ("force_tcp", 0),
        ("prefer_udp", 0),
        ("tls", 0),
        ("tls_servername", 1),
        ("policy", 1),
        ("max_concurrent", 1),
        ("next", 1),
        ("failfast_all_unhealthy_upstreams", 0),
        ("failover", 1),
    ]
    .into();
    for line in &directive.block {
        match line[0].text.as_str() {
            "except" => {
                plugin.except.extend(line[1..].iter().flat_map(|zone| normalize(&zone.text)))
            }
            name => match known.get(name) {
                Some(least) if line.len() > *least => {}
                Some(_) => return Err(directive.wrong_arguments(line[0].line, name)),
                None => return Err(directive.unknown_property(&line[0])),
            },
        }
    }
    Ok(plugin)
}

/// The address of a reverse name, `5.1.244.10.in-addr.arpa.`, if it is a whole one.
pub fn address_of_reverse(name: &str) -> Option<IpAddr> {
    let name = name.to_ascii_lowercase();
    if let Some(labels) = name.strip_suffix(".in-addr.arpa.") {
        let octets: Vec<u8> =
            labels.split('.').rev().map(|o| o.parse().ok()).collect::<Option<_>>()?;
        let octets: [u8; 4] = octets.try_into().ok()?;
        return Some(Ipv4Addr::from(octets).into());
    }
    let nibbles: Vec<u8> = name
        .strip_suffix(".ip6.arpa.")?
        .split('.')
        .rev()
        .map(|digit| u8::from_str_radix(digit, 16).ok().filter(|n| *n < 16))
        .collect::<Option<_>>()?;
    let bytes: Vec<u8> = nibbles.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    Some(std::net::Ipv6Addr::from(bytes).into())
}

/// The reverse name of an address.
pub fn reverse_of_address(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(address) => {
            let mut name = String::new();
            for byte in address.octets().iter().rev() {
                name.push_str(&format!("{:x}.{:x}.", byte & 15, byte >> 4));
            }
            name + "ip6.arpa."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_kubeadm_writes() {
        let corefile = Corefile::parse(DEFAULT_COREFILE).expect("kubeadm's file is right");
        let [server] = corefile.servers.as_slice() else { panic!("one block") };
        assert_eq!(server.zones, [Zone { origin: ".".into(), port: 53 }]);
        let names: Vec<&str> = server
            .chain
            .iter()
            .map(|plugin| match plugin {
                Plugin::LoadBalance => "loadbalance",
                Plugin::Cache(_) => "cache",
                Plugin::Kubernetes(_) => "kubernetes",
                Plugin::Loop => "loop",
                Plugin::Forward(_) => "forward",
                _ => "other",
            })
            .collect();
        assert_eq!(names, ["loadbalance", "cache", "kubernetes", "loop", "forward"]);
        let Plugin::Kubernetes(kubernetes) = &server.chain[2] else { panic!("third") };
        assert_eq!(kubernetes.ttl, 30);
        assert!(kubernetes.fallthrough.lets_through("5.1.244.10.in-addr.arpa."));
        assert!(!kubernetes.fallthrough.lets_through("web.cluster.local."));
    }

    #[test]
    fn refuses_in_the_words_of_coredns() {
        let error = |text: &str| Corefile::parse(text).expect_err("it is wrong").to_string();
        let misspelt = DEFAULT_COREFILE.replace("    forward", "    forwad");
        assert_eq!(
            error(&misspelt),
            "/etc/coredns/Corefile:13 - Error during parsing: Unknown directive 'forwad'"
        );
        assert_eq!(
            error(".:53 {\n  errors\n"),
            "/etc/coredns/Corefile:2 - Error during parsing: Unexpected EOF"
        );
        assert_eq!(
            error(".:53 {\n  kubernetes {\n    podz insecure\n  }\n}"),
            "plugin/kubernetes: /etc/coredns/Corefile:3 - Error during parsing: unknown property 'podz'"
        );
    }

    #[test]
    fn chooses_the_longest_zone() {
        let text = ".:53 {\n whoami\n}\nexample.org {\n erratic\n}\n";
        let corefile = Corefile::parse(text).expect("it is right");
        let chosen = corefile.server_for("www.example.org.", 53).expect("two blocks fit");
        assert!(chosen.has("erratic"));
        assert!(corefile.server_for("example.com.", 53).expect("the root fits").has("whoami"));
        assert!(corefile.server_for("example.com.", 5353).is_none());
    }

    #[test]
    fn turns_addresses_into_names_and_back() {
        for text in ["10.96.0.10", "1234:abcd::1"] {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(address_of_reverse(&reverse_of_address(address)), Some(address));
        }
        assert_eq!(address_of_reverse("96.10.in-addr.arpa."), None);
    }
}
