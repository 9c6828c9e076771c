//! A Corefile as CoreDNS reads it: server blocks, each with its plugins in the order they act.
//!
//! Models the Caddyfile parser CoreDNS carries (`coredns/caddy/caddyfile`) and the `setup.go` of
//! the plugins that answer. The order of the lines does not matter, as upstream: plugins act in the
//! order of `plugin.cfg`. Plugins that only watch or print are kept by name and do nothing.

mod names;
mod parser;
mod plugins;

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use packet::dns::{Rcode, RecordType};
use regex_lite::Regex;

pub use names::{address_of_reverse, fully_qualified, is_within, reverse_of_address};
use parser::Parser;

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
        let mut parser = Parser::new(text);
        let mut servers = Vec::new();
        while parser.has_more() {
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
}
