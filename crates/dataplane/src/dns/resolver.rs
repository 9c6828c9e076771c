//! The resolver in a Pod: its resolv.conf, the names it tries, and when it gives up.
//!
//! Models `pkg/kubelet/network/dns/dns.go` for the file, glibc's `res_search`, musl's
//! `name_from_dns_search`, and the `nslookup` of BusyBox and of BIND for the walk. It sends nothing:
//! the driver asks for the next query, sends it, and tells what came of it.

use std::net::IpAddr;
use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use packet::dns::{Rcode, RecordType};
use serde::{Deserialize, Serialize};

/// As many nameservers as the resolvers read.
const MOST_NAMESERVERS: usize = 3;
/// As many search domains as the kubelet writes.
const MOST_SEARCH_DOMAINS: usize = 32;

/// Whose resolver asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Flavour {
    /// The GNU C library: Debian, Ubuntu and most images.
    #[default]
    Glibc,
    /// The C library of Alpine.
    Musl,
    /// `nslookup` of BusyBox 1.37: no search list for names with a dot, and every suffix is asked.
    Busybox,
    /// `nslookup` of BIND: A first, and AAAA of the name that had an answer.
    Bind,
    /// `dig`: one question, no search list.
    Dig,
}

/// What is in `/etc/resolv.conf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResolvConf {
    /// The servers, in order.
    pub nameservers: Vec<IpAddr>,
    /// The search list.
    pub search: Vec<String>,
    /// Options, as `ndots:5`.
    pub options: Vec<(String, Option<String>)>,
}

/// What the kubelet writes into the Pods' files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeletDns {
    /// `clusterDNS`.
    pub nameservers: Vec<IpAddr>,
    /// `clusterDomain`.
    pub domain: String,
    /// The node's own file.
    pub node: ResolvConf,
}

impl ResolvConf {
    /// The file in a Pod, by its `dnsPolicy` and `dnsConfig`.
    pub fn of_pod(pod: &Pod, kubelet: &KubeletDns) -> Self {
        let spec = pod.spec.as_ref();
        let namespace = pod.metadata.namespace.as_deref().unwrap_or("default");
        let policy = spec.and_then(|spec| spec.dns_policy.as_deref()).unwrap_or("ClusterFirst");
        let on_host = spec.and_then(|spec| spec.host_network).unwrap_or(false);
        let mut conf = match (policy, on_host) {
            ("None", _) => {
                Self { nameservers: Vec::new(), search: Vec::new(), options: Vec::new() }
            }
            ("Default", _) | ("ClusterFirst", true) => kubelet.node.clone(),
            _ => {
                let domain = &kubelet.domain;
                let mut search = vec![format!("{namespace}.svc.{domain}"), format!("svc.{domain}")];
                search.push(domain.clone());
                search.extend(kubelet.node.search.iter().cloned());
                Self {
                    nameservers: kubelet.nameservers.clone(),
                    search,
                    options: vec![("ndots".into(), Some("5".into()))],
                }
            }
        };
        if let Some(config) = spec.and_then(|spec| spec.dns_config.as_ref()) {
            let added =
                config.nameservers.iter().flatten().filter_map(|a| a.parse::<IpAddr>().ok());
            conf.nameservers.extend(added);
            conf.search.extend(config.searches.iter().flatten().cloned());
            for option in config.options.iter().flatten() {
                let name = option.name.clone().unwrap_or_default();
                match conf.options.iter_mut().find(|(known, _)| *known == name) {
                    Some(known) => known.1 = option.value.clone(),
                    None => conf.options.push((name, option.value.clone())),
                }
            }
        }
        let mut seen = Vec::new();
        conf.nameservers.retain(|address| {
            let fresh = !seen.contains(address);
            seen.push(*address);
            fresh
        });
        conf.nameservers.truncate(MOST_NAMESERVERS);
        let mut seen = Vec::new();
        conf.search.retain(|domain| {
            let fresh = !seen.contains(domain);
            seen.push(domain.clone());
            fresh
        });
        conf.search.truncate(MOST_SEARCH_DOMAINS);
        conf
    }

    /// How many dots make a name be tried as it is first.
    pub fn ndots(&self) -> usize {
        self.number("ndots").unwrap_or(1).min(15)
    }

    /// How often a server is asked.
    pub fn attempts(&self) -> usize {
        self.number("attempts").unwrap_or(2).clamp(1, 5)
    }

    /// How long one answer is waited for.
    pub fn timeout(&self) -> Duration {
        Duration::from_secs(self.number("timeout").unwrap_or(5).clamp(1, 30) as u64)
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        if !self.search.is_empty() {
            text.push_str(&format!("search {}\n", self.search.join(" ")));
        }
        for nameserver in &self.nameservers {
            text.push_str(&format!("nameserver {nameserver}\n"));
        }
        if !self.options.is_empty() {
            let options: Vec<String> = self
                .options
                .iter()
                .map(|(name, value)| match value {
                    Some(value) => format!("{name}:{value}"),
                    None => name.clone(),
                })
                .collect();
            text.push_str(&format!("options {}\n", options.join(" ")));
        }
        text
    }

    fn number(&self, option: &str) -> Option<usize> {
        let (_, value) = self.options.iter().find(|(name, _)| name == option)?;
        value.as_deref()?.parse().ok()
    }
}

/// The names to try for a name, in order, each with its last dot.
pub fn candidates(name: &str, conf: &ResolvConf, flavour: Flavour) -> Vec<String> {
    if let Some(bare) = name.strip_suffix('.') {
        return vec![format!("{bare}.")];
    }
    let as_it_is = format!("{name}.");
    let searched =
        || conf.search.iter().map(|domain| format!("{name}.{}.", domain.trim_end_matches('.')));
    let dots = name.matches('.').count();
    match flavour {
        Flavour::Dig => vec![as_it_is],
        Flavour::Busybox if dots > 0 || conf.search.is_empty() => vec![as_it_is],
        Flavour::Busybox => searched().collect(),
        Flavour::Musl if dots >= conf.ndots() => vec![as_it_is],
        Flavour::Glibc | Flavour::Bind if dots >= conf.ndots() => {
            std::iter::once(as_it_is).chain(searched()).collect()
        }
        Flavour::Musl | Flavour::Glibc | Flavour::Bind => {
            searched().chain(std::iter::once(as_it_is)).collect()
        }
    }
}

/// What came of one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// A server answered; whether with records of the wanted type.
    Answer(Rcode, bool),
    /// The server's address was refused.
    Refused,
    /// Nothing, until every attempt was used up.
    Silence,
}

/// What the resolver does after a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has what it wants.
    Done,
    /// It tries the next candidate.
    Continue,
    /// It tries the name as it is and then gives up.
    LastAsItIs,
    /// It gives up.
    GiveUp,
}

/// What a resolver does after it heard these answers to one candidate.
pub fn next(flavour: Flavour, heard: &[Heard]) -> Next {
    let any = |wanted: fn(&Heard) -> bool| heard.iter().any(wanted);
    let found = any(|heard| matches!(heard, Heard::Answer(Rcode::NoError, true)));
    let no_data = any(|heard| matches!(heard, Heard::Answer(Rcode::NoError, false)));
    let name_error = any(|heard| matches!(heard, Heard::Answer(Rcode::NameError, _)));
    let refused = any(|heard| matches!(heard, Heard::Refused));
    let silence = any(|heard| matches!(heard, Heard::Silence | Heard::Refused));
    match flavour {
        Flavour::Busybox if silence => Next::GiveUp,
        Flavour::Busybox => Next::Continue,
        _ if found => Next::Done,
        Flavour::Dig => Next::GiveUp,
        Flavour::Glibc if refused => Next::GiveUp,
        Flavour::Glibc if silence => Next::LastAsItIs,
        Flavour::Glibc => Next::Continue,
        // musl goes on only where the name does not exist: an empty answer ends the walk.
        Flavour::Musl if name_error && !no_data && !silence => Next::Continue,
        Flavour::Musl => Next::GiveUp,
        Flavour::Bind if name_error || no_data => Next::Continue,
        Flavour::Bind => Next::GiveUp,
    }
}

/// The types a resolver asks for, and whether it asks for them at once.
pub fn record_types(flavour: Flavour, wanted: Option<RecordType>) -> (Vec<RecordType>, bool) {
    match (flavour, wanted) {
        (_, Some(record_type)) => (vec![record_type], false),
        (Flavour::Dig, None) => (vec![RecordType::A], false),
        (Flavour::Bind, None) => (vec![RecordType::A, RecordType::Aaaa], false),
        (Flavour::Glibc | Flavour::Musl | Flavour::Busybox, None) => {
            (vec![RecordType::A, RecordType::Aaaa], true)
        }
    }
}

/// One query in a resolver's schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// When, counted from the first.
    pub after: Duration,
    /// Which server.
    pub server: IpAddr,
    /// Which attempt at it, from 0.
    pub attempt: u32,
}

/// What is sent when while nobody answers, and when the resolver gives the name up.
pub fn schedule(flavour: Flavour, conf: &ResolvConf) -> (Vec<Turn>, Duration) {
    let timeout = conf.timeout();
    let attempts = match flavour {
        Flavour::Glibc | Flavour::Musl | Flavour::Busybox => conf.attempts(),
        Flavour::Bind | Flavour::Dig => 3,
    };
    let attempts = u32::try_from(attempts).unwrap_or(2);
    let servers = u32::try_from(conf.nameservers.len()).unwrap_or(1);
    let (interval, patience) = match flavour {
        // Both divide one timeout among the attempts; musl asks all servers at once.
        Flavour::Musl => (timeout / attempts, timeout),
        Flavour::Busybox => (timeout / attempts, timeout * servers),
        Flavour::Glibc | Flavour::Bind | Flavour::Dig => (timeout, timeout * attempts * servers),
    };
    let mut turns = Vec::new();
    for attempt in 0..attempts {
        for (number, server) in (0_u32..).zip(&conf.nameservers) {
            let after = match flavour {
                Flavour::Musl => interval * attempt,
                _ => interval * (attempt * servers + number),
            };
            turns.push(Turn { after, server: *server, attempt });
        }
    }
    (turns, patience)
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::core::v1::{PodDNSConfig, PodDNSConfigOption, PodSpec};
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

    use super::*;

    fn kubelet() -> KubeletDns {
        KubeletDns {
            nameservers: vec![[10, 96, 0, 10].into()],
            domain: "cluster.local".into(),
            node: ResolvConf {
                nameservers: vec![[192, 168, 1, 1].into()],
                search: Vec::new(),
                options: Vec::new(),
            },
        }
    }

    fn pod(spec: PodSpec) -> Pod {
        let metadata = ObjectMeta { namespace: Some("shop".into()), ..Default::default() };
        Pod { metadata, spec: Some(spec), status: None }
    }

    #[test]
    fn writes_the_file_by_policy() {
        let text = |spec| ResolvConf::of_pod(&pod(spec), &kubelet()).text();
        assert_eq!(
            text(PodSpec::default()),
            "search shop.svc.cluster.local svc.cluster.local cluster.local\n\
             nameserver 10.96.0.10\noptions ndots:5\n"
        );
        let on_host = PodSpec { host_network: Some(true), ..Default::default() };
        assert_eq!(text(on_host), "nameserver 192.168.1.1\n");
        let own = PodSpec {
            dns_policy: Some("None".into()),
            dns_config: Some(PodDNSConfig {
                nameservers: Some(vec!["1.1.1.1".into()]),
                searches: Some(vec!["example.org".into()]),
                options: Some(vec![PodDNSConfigOption {
                    name: Some("ndots".into()),
                    value: Some("2".into()),
                }]),
            }),
            ..Default::default()
        };
        assert_eq!(text(own), "search example.org\nnameserver 1.1.1.1\noptions ndots:2\n");
    }

    #[test]
    fn walks_as_each_library_does() {
        let conf = ResolvConf::of_pod(&pod(PodSpec::default()), &kubelet());
        let walk = |name, flavour| candidates(name, &conf, flavour);
        assert_eq!(
            walk("api.prod", Flavour::Glibc),
            [
                "api.prod.shop.svc.cluster.local.",
                "api.prod.svc.cluster.local.",
                "api.prod.cluster.local.",
                "api.prod."
            ]
        );
        assert_eq!(walk("api.prod", Flavour::Busybox), ["api.prod."]);
        assert_eq!(walk("web", Flavour::Busybox).len(), 3);
        assert_eq!(walk("a.b.c.d.e.f", Flavour::Musl), ["a.b.c.d.e.f."]);
        assert_eq!(walk("a.b.c.d.e.f", Flavour::Glibc)[0], "a.b.c.d.e.f.");
        assert_eq!(walk("web.", Flavour::Glibc), ["web."]);
    }

    #[test]
    fn musl_stops_at_an_empty_answer() {
        let empty = [Heard::Answer(Rcode::NoError, false)];
        assert_eq!(next(Flavour::Musl, &empty), Next::GiveUp);
        assert_eq!(next(Flavour::Glibc, &empty), Next::Continue);
        assert_eq!(next(Flavour::Glibc, &[Heard::Silence]), Next::LastAsItIs);
    }
}
