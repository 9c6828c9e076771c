//! The rule that a request fits, by the precedence of `httproute_types.go`, and where it sends it.

use std::time::Duration;

use k8s_openapi::api::core::v1::Service;
use manifest::gateway::{
    HTTPBackendRef, HTTPPathMatch, HTTPRoute, HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule,
};
use manifest::{FieldPath, Kind, ObjectRef};
use regex_lite::Regex;
use trace::FieldRef;

use super::attach::{ListenerOf, attachment, covers, is_granted};
use super::{cors, filter};
use crate::backend::ServicePort;
use crate::directory::Directory;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The port it came to.
    pub port: i32,
    /// The host, without a port.
    pub host: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// `GET`.
    pub method: &'a str,
    /// The other headers.
    pub headers: &'a [(String, String)],
    /// Whether through TLS.
    pub tls: bool,
}

impl Asked<'_> {
    fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(","))
    }
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Routed {
    /// To Pods.
    Forward(Box<Forward>),
    /// Back to the client, who is to ask elsewhere.
    Redirect {
        /// The status.
        status: u16,
        /// Where to.
        location: String,
        /// The rule that decided.
        field: FieldRef,
    },
    /// The gateway answers a browser's question about other origins by itself.
    Preflight {
        /// Headers of the answer.
        headers: Vec<(String, String)>,
        /// The rule that decided.
        field: FieldRef,
    },
    /// No listener takes it.
    NoListener,
    /// No rule fits.
    NoRoute,
}

/// A request on its way to a backend.
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// The rule that decided.
    pub field: FieldRef,
    /// The rule in words: `shop.example.com/cart`.
    pub rule: String,
    /// The path prefix that matched.
    pub prefix: String,
    /// Where to, with weights; one is chosen by chance.
    pub backends: Vec<Backend>,
    /// Services that get a copy.
    pub mirrors: Vec<ServicePort>,
    /// Path and query as the backend gets them.
    pub target: String,
    /// The host as the backend gets it.
    pub host: String,
    /// The other headers as the backend gets them.
    pub headers: Vec<(String, String)>,
    /// What to do to the response's headers: the rule's filters.
    pub response: Vec<HTTPRouteFilter>,
    /// Headers that tell a browser who may read the answer.
    pub cors: Vec<(String, String)>,
    /// How long the gateway waits for the answer.
    pub timeouts: Timeouts,
}

/// How long a proxy waits before it answers 504 itself; for ever where nothing is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timeouts {
    /// For the whole request.
    pub request: Option<Duration>,
    /// For one try of a backend.
    pub backend: Option<Duration>,
}

impl Timeouts {
    fn of(rule: &HTTPRouteRule) -> Self {
        let timeouts = rule.timeouts.as_ref();
        let read = |text: Option<&String>| duration(text?).filter(|wait| !wait.is_zero());
        Self {
            request: read(timeouts.and_then(|timeouts| timeouts.request.as_ref())),
            backend: read(timeouts.and_then(|timeouts| timeouts.backend_request.as_ref())),
        }
    }

    /// Whether an answer that takes this long comes too late.
    pub fn exceeded_by(&self, wait: Duration) -> bool {
        [self.request, self.backend].into_iter().flatten().any(|limit| wait > limit)
    }
}

/// A duration of GEP-2257: `1h30m`, `500ms`; `0s` means none at all.
pub fn duration(text: &str) -> Option<Duration> {
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];
        let (unit, milliseconds) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        total += Duration::from_millis(number.checked_mul(milliseconds)?);
        rest = &rest[unit.len()..];
    }
    (!text.is_empty()).then_some(total)
}

/// One backend of a rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Backend {
    /// Its share.
    pub weight: u32,
    /// Where, or why it cannot be: then requests for it are answered 500.
    pub to: Result<ServicePort, &'static str>,
    /// Its own filters.
    pub filters: Vec<HTTPRouteFilter>,
}

impl Forward {
    /// Applies a backend's own filters, once it is chosen.
    pub fn apply(&mut self, filters: &[HTTPRouteFilter]) {
        let namespace = self.field.object.namespace.clone();
        let prefix = self.prefix.clone();
        for one in filters {
            filter::request(one, self, &prefix, &namespace);
        }
    }

    /// The backend that gets this request: by weight, with a number of chance.
    pub fn choose(&self, chance: u64) -> Option<&Backend> {
        let total: u64 = self.backends.iter().map(|backend| u64::from(backend.weight)).sum();
        if total == 0 {
            return None;
        }
        let mut left = chance % total;
        self.backends.iter().find(|backend| {
            let weight = u64::from(backend.weight);
            let hit = left < weight;
            left = left.saturating_sub(weight);
            hit
        })
    }
}

/// Finds the rule for a request that came to one of these listeners.
pub fn route(directory: &Directory, listeners: &[ListenerOf<'_>], asked: &Asked<'_>) -> Routed {
    let protocol = if asked.tls { "HTTPS" } else { "HTTP" };
    let taking = listeners.iter().filter(|candidate| {
        let listener = candidate.listener;
        listener.port == asked.port
            && listener.protocol == protocol
            && listener.hostname.as_deref().is_none_or(|name| covers(name, asked.host))
    });
    // The most precise listener takes the request, and the routes of the others do not see it.
    let listener = taking.max_by_key(|candidate| {
        precision(candidate.listener.hostname.as_deref().unwrap_or_default(), asked.host)
    });
    let Some(listener) = listener else { return Routed::NoListener };
    let snapshot = directory.snapshot();
    let mut best: Option<(Rank<'_>, Candidate<'_>)> = None;
    let about = directory.about_host(Kind::HTTPRoute, asked.host);
    let routes =
        about.into_iter().filter_map(|it| snapshot.find::<HTTPRoute>(&it.namespace, &it.name));
    for route in routes {
        let names = attachment(snapshot, listener, route);
        let host = names
            .iter()
            .filter(|name| covers(name, asked.host))
            .map(|name| precision(name, asked.host))
            .max();
        let Some(host) = host else { continue };
        for (number, rule) in route.spec.rules.iter().flatten().enumerate() {
            let everything = [HTTPRouteMatch::default()];
            let matches = match rule.matches.as_deref() {
                None | Some([]) => &everything[..],
                Some(matches) => matches,
            };
            for one in matches.iter().filter(|one| fits(one, asked)) {
                let rank = Rank::of(host, one, route, number);
                if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                    let path = one.path.clone().unwrap_or_default();
                    best = Some((rank, Candidate { route, number, rule, path }));
                }
            }
        }
    }
    match best {
        Some((_, candidate)) => carry_out(directory, &candidate, asked),
        None => Routed::NoRoute,
    }
}

/// How precisely a host name names a host: a whole name before a wildcard, longer before shorter.
type HostPrecision = (bool, usize);

fn precision(name: &str, host: &str) -> HostPrecision {
    (!name.is_empty() && name.eq_ignore_ascii_case(host), if name == "*" { 0 } else { name.len() })
}

/// The precedence of a match; greater wins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Rank<'a> {
    host: HostPrecision,
    exact: bool,
    path: usize,
    method: bool,
    headers: usize,
    parameters: usize,
    older: std::cmp::Reverse<Option<String>>,
    name: std::cmp::Reverse<(&'a str, &'a str)>,
    rule: std::cmp::Reverse<usize>,
}

impl<'a> Rank<'a> {
    fn of(host: HostPrecision, one: &HTTPRouteMatch, route: &'a HTTPRoute, rule: usize) -> Self {
        let (kind, value) = path_of(one.path.as_ref());
        let created = route.metadata.creation_timestamp.as_ref();
        Self {
            host,
            exact: kind == "Exact",
            path: value.trim_end_matches('/').len(),
            method: one.method.is_some(),
            headers: one.headers.as_ref().map_or(0, Vec::len),
            parameters: one.query_params.as_ref().map_or(0, Vec::len),
            older: std::cmp::Reverse(created.map(|created| created.0.to_string())),
            name: std::cmp::Reverse((
                route.metadata.namespace.as_deref().unwrap_or_default(),
                route.metadata.name.as_deref().unwrap_or_default(),
            )),
            rule: std::cmp::Reverse(rule),
        }
    }
}

/// A rule that fits.
struct Candidate<'a> {
    route: &'a HTTPRoute,
    number: usize,
    rule: &'a HTTPRouteRule,
    path: HTTPPathMatch,
}

fn path_of(path: Option<&HTTPPathMatch>) -> (&str, &str) {
    let kind = path.and_then(|path| path.r#type.as_deref()).unwrap_or("PathPrefix");
    (kind, path.and_then(|path| path.value.as_deref()).unwrap_or("/"))
}

fn fits(one: &HTTPRouteMatch, asked: &Asked<'_>) -> bool {
    let (kind, value) = path_of(one.path.as_ref());
    let path = asked.path();
    let path_fits = match kind {
        "Exact" => path == value,
        "RegularExpression" => {
            Regex::new(&format!("^(?:{value})$")).is_ok_and(|pattern| pattern.is_match(path))
        }
        _ => {
            let bare = value.trim_end_matches('/');
            bare.is_empty() || path == bare || path.starts_with(&format!("{bare}/"))
        }
    };
    let text_fits = |kind: Option<&str>, wanted: &str, found: &str| match kind {
        Some("RegularExpression") => {
            Regex::new(&format!("^(?:{wanted})$")).is_ok_and(|pattern| pattern.is_match(found))
        }
        _ => wanted == found,
    };
    let query = asked.target.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let parameter = |name: &str| {
        query.split('&').find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (key == name).then_some(value)
        })
    };
    path_fits
        && one.method.as_deref().is_none_or(|method| method == asked.method)
        && one.headers.iter().flatten().all(|header| {
            asked
                .header(&header.name)
                .is_some_and(|found| text_fits(header.r#type.as_deref(), &header.value, &found))
        })
        && one.query_params.iter().flatten().all(|wanted| {
            parameter(&wanted.name)
                .is_some_and(|found| text_fits(wanted.r#type.as_deref(), &wanted.value, found))
        })
}

/// What the rule does to the request.
fn carry_out(directory: &Directory, candidate: &Candidate<'_>, asked: &Asked<'_>) -> Routed {
    let route = candidate.route;
    let namespace = route.metadata.namespace.as_deref().unwrap_or_default();
    let name = route.metadata.name.as_deref().unwrap_or_default();
    let field = FieldRef::new(
        ObjectRef::new(Kind::HTTPRoute, namespace, name),
        FieldPath::of("spec.rules").index(candidate.number),
    );
    let (kind, value) = path_of(Some(&candidate.path));
    let prefix = if kind == "PathPrefix" { value } else { asked.path() };
    let filters = candidate.rule.filters.as_deref().unwrap_or_default();
    let mut allowed = Vec::new();
    if let Some(cors) = filters.iter().find_map(|filter| filter.cors.as_ref()) {
        if asked.method == "OPTIONS" && asked.header("access-control-request-method").is_some() {
            return Routed::Preflight { headers: cors::preflight(cors, asked), field };
        }
        allowed = cors::actual(cors, asked);
    }
    if let Some(redirect) = filters.iter().find_map(|filter| filter.request_redirect.as_ref()) {
        let (status, location) = filter::redirect(redirect, asked, prefix);
        return Routed::Redirect { status, location, field };
    }
    let mut forward = Forward {
        field,
        rule: format!("{}{value}", asked.host),
        prefix: prefix.to_owned(),
        backends: Vec::new(),
        mirrors: Vec::new(),
        target: asked.target.to_owned(),
        host: asked.host.to_owned(),
        headers: asked.headers.to_vec(),
        response: filters.to_vec(),
        cors: allowed,
        timeouts: Timeouts::of(candidate.rule),
    };
    for one in filters {
        filter::request(one, &mut forward, prefix, namespace);
    }
    for reference in candidate.rule.backend_refs.iter().flatten() {
        let to = match refusal(directory, route, reference) {
            Some(why) => Err(why),
            None => Ok(ServicePort::number(
                reference.namespace.as_deref().unwrap_or(namespace),
                &reference.name,
                reference.port.unwrap_or_default(),
            )),
        };
        let weight = u32::try_from(reference.weight.unwrap_or(1)).unwrap_or_default();
        let filters = reference.filters.clone().unwrap_or_default();
        forward.backends.push(Backend { weight, to, filters });
    }
    // A backend's own redirect answers in its place.
    if let [only] = forward.backends.as_slice()
        && let Some(redirect) = only.filters.iter().find_map(|f| f.request_redirect.as_ref())
    {
        let (status, location) = filter::redirect(redirect, asked, prefix);
        return Routed::Redirect { status, location, field: forward.field };
    }
    Routed::Forward(Box::new(forward))
}

/// Why a reference to a backend cannot be followed: the reason its condition gives.
pub(super) fn refusal(
    directory: &Directory,
    route: &HTTPRoute,
    reference: &HTTPBackendRef,
) -> Option<&'static str> {
    let own = route.metadata.namespace.as_deref().unwrap_or_default();
    let namespace = reference.namespace.as_deref().unwrap_or(own);
    let group = reference.group.as_deref().unwrap_or_default();
    if !group.is_empty() || reference.kind.as_deref().unwrap_or("Service") != "Service" {
        return Some("InvalidKind");
    }
    if !is_granted(directory.snapshot(), own, namespace, &reference.name) {
        return Some("RefNotPermitted");
    }
    let service: Option<&Service> = directory.service(namespace, &reference.name);
    let has_port = service.is_some_and(|service| {
        let ports = service.spec.iter().flat_map(|spec| spec.ports.iter().flatten());
        ports.into_iter().any(|port| Some(port.port) == reference.port)
    });
    (!has_port).then_some("BackendNotFound")
}
