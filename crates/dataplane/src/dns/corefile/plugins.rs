//! What the lines of a server block make of each plugin: the `setup.go` of those that answer.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use packet::dns::{Rcode, RecordType};
use regex_lite::Regex;

use super::names::{fully_qualified, normalize};
use super::parser::{Directive, Token};
use super::{
    Cache, CorefileError, Fallthrough, Forward, Hosts, Kubernetes, Plugin, PodRecords, Rewrite,
    RewriteRule, Target, Template,
};

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

/// The plugin a directive asks for; none for those that change no answer.
pub(super) fn plugin(
    directive: &Directive,
    origins: &[String],
) -> Result<Option<Plugin>, CorefileError> {
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
