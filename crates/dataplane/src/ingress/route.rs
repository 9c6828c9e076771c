//! The Ingress rule that a request fits, and the Service it names.
//!
//! Models the matching of `k8s.io/api/networking/v1/types.go` (hosts, path types, precedence) and,
//! where the specification leaves a choice, ingress-nginx' (`internal/ingress/controller`):
//! the most precise host decides first, an older Ingress wins a tie.

use std::cmp::Reverse;

use apiserver::Snapshot;
use k8s_openapi::api::core::v1::Secret;
use k8s_openapi::api::networking::v1::{Ingress, IngressBackend, IngressClass};
use manifest::{FieldPath, Kind, ObjectRef};
use regex_lite::Regex;
use trace::FieldRef;

use super::Custom;
use crate::backend::{PortName, ServicePort};
use crate::directory::Directory;

/// The annotation that named a class before there was a field.
const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
/// The annotation that makes a class the one of Ingresses that name none.
const DEFAULT_CLASS_ANNOTATION: &str = "ingressclass.kubernetes.io/is-default-class";
/// The controller of the classes that Traefik serves while none is set for it.
const TRAEFIK: &str = "traefik.io/ingress-controller";
/// Prefix of ingress-nginx' own annotations.
const NGINX: &str = "nginx.ingress.kubernetes.io/";

/// A controller's own ways.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Flavour {
    /// What the specification says, and no more.
    #[default]
    Plain,
    Nginx,
    Traefik,
    HaProxy,
    Kong,
    /// AWS Load Balancer Controller.
    Aws,
}

/// A controller: the class it serves, and its ways.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Controller {
    /// The IngressClass' name; of Traefik empty if none is set for it.
    pub class: String,
    /// Its ways.
    pub flavour: Flavour,
    /// The only Ingress it was made for, if it was made for one.
    pub only: Option<ObjectRef>,
}

impl Controller {
    /// What a product is as a controller of a class.
    pub fn of(class: &str, product: &str) -> Self {
        let flavour = match product {
            "nginx" => Flavour::Nginx,
            "traefik" => Flavour::Traefik,
            "haproxy" => Flavour::HaProxy,
            "kong" => Flavour::Kong,
            "alb" => Flavour::Aws,
            _ => Flavour::Plain,
        };
        Self { class: class.to_owned(), flavour, only: None }
    }

    /// Whether it serves an Ingress.
    pub fn serves(&self, snapshot: &Snapshot, ingress: &Ingress) -> bool {
        if let Some(only) = &self.only {
            let leader = snapshot.find::<Ingress>(&only.namespace, &only.name);
            let shared = leader.and_then(super::group_name);
            return *only == reference_of(ingress)
                || shared.is_some() && super::group_name(ingress) == shared;
        }
        let named = ingress.spec.as_ref().and_then(|spec| spec.ingress_class_name.as_deref());
        let annotated = annotation(ingress, CLASS_ANNOTATION);
        if self.flavour == Flavour::Traefik && self.class.is_empty() {
            return match (named, annotated) {
                (Some(class), _) => snapshot
                    .find::<IngressClass>("", class)
                    .and_then(|class| class.spec.as_ref()?.controller.as_deref())
                    .is_some_and(|controller| controller == TRAEFIK),
                (None, annotated) => matches!(annotated, None | Some("" | "traefik")),
            };
        }
        match named.or(annotated) {
            Some(class) => class == self.class,
            None => snapshot.find::<IngressClass>("", &self.class).is_some_and(|class| {
                let annotations = class.metadata.annotations.as_ref();
                annotations.and_then(|all| all.get(DEFAULT_CLASS_ANNOTATION)).map(String::as_str)
                    == Some("true")
            }),
        }
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The host, without a port.
    pub host: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// Whether through TLS.
    pub tls: bool,
}

/// Where a request goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Routed {
    /// To a Service.
    Backend {
        /// The Service.
        to: ServicePort,
        /// The path or default backend that decided.
        field: FieldRef,
        /// The rule as a controller would log it: `shop.example.com/cart`.
        rule: String,
        /// Path and query as the Service gets them.
        target: String,
        /// Whether it is a default backend.
        by_default: bool,
    },
    /// Back to the client, who is to ask elsewhere.
    Redirect {
        /// The status.
        status: u16,
        /// Where to.
        location: String,
        /// What decided.
        field: FieldRef,
    },
    /// The load balancer answers by itself.
    Fixed {
        /// The status.
        status: u16,
        /// The type of the body.
        content_type: String,
        /// The body.
        body: String,
        /// What decided.
        field: FieldRef,
    },
    /// Nowhere: no rule fits.
    NoRule,
}

/// A certificate for a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The Secret it comes from; none for the controller's own fake one.
    pub secret: Option<ObjectRef>,
    /// The hosts the Ingress lists with it.
    pub hosts: Vec<String>,
}

/// Finds the rule for a request.
pub fn route(directory: &Directory, controller: &Controller, asked: &Asked<'_>) -> Routed {
    let host = asked.host.to_ascii_lowercase();
    let ingresses = served(directory, controller, &host);
    let (path, query) = match asked.target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (asked.target, None),
    };
    let best = ingresses
        .iter()
        .flat_map(|ingress| rules(ingress))
        .filter_map(|(_, host_of_rule, _)| precision(host_of_rule, &host))
        .max();
    let on_host: Vec<Rule<'_>> = ingresses
        .iter()
        .enumerate()
        .flat_map(|(age, ingress)| {
            rules(ingress)
                .map(move |(number, of_rule, paths)| (age, *ingress, number, of_rule, paths))
        })
        .filter(|(_, _, _, of_rule, _)| match controller.flavour {
            Flavour::Aws => precision(of_rule, &host).is_some(),
            _ => best.is_some() && precision(of_rule, &host) == best,
        })
        .flat_map(|(age, ingress, number, of_rule, paths)| {
            paths.iter().enumerate().map(move |(position, path)| Rule {
                age,
                number,
                ingress,
                host: of_rule,
                field: FieldPath::of("spec.rules")
                    .index(number)
                    .child("http.paths")
                    .index(position),
                path: path.path.as_deref().unwrap_or("/"),
                path_type: &path.path_type,
                backend: &path.backend,
            })
        })
        .collect();
    let fitting =
        on_host.iter().filter_map(|rule| rule.fits(path).map(|fit| (fit, Reverse(rule.age), rule)));
    let chosen = if controller.flavour == Flavour::Aws {
        // Its rules are asked in the order they are written, each one's longest path first.
        let mut fitting: Vec<_> = fitting.collect();
        fitting.sort_by_key(|(fit, _, rule)| (rule.age, rule.number, Reverse(*fit)));
        fitting.into_iter().map(|(_, _, rule)| rule).next()
    } else {
        fitting.max_by_key(|(fit, age, _)| (*fit, *age)).map(|(_, _, rule)| rule)
    };
    if let Some(rule) = chosen {
        if let Some(redirect) = redirect(controller, rule.ingress, &rule.field, asked, &host) {
            return redirect;
        }
        if controller.flavour == Flavour::Aws
            && let Some(routed) = custom(rule, asked)
        {
            return routed;
        }
        let namespace = rule.ingress.metadata.namespace.as_deref().unwrap_or_default();
        let Some(to) = service_port(namespace, rule.backend) else { return Routed::NoRule };
        let target = match rewritten(controller, rule, path) {
            Some(path) => match query {
                Some(query) => format!("{path}?{query}"),
                None => path,
            },
            None => asked.target.to_owned(),
        };
        let field = FieldRef::new(reference_of(rule.ingress), rule.field.clone());
        let rule = format!("{}{}", rule.host, rule.path);
        return Routed::Backend { to, field, rule, target, by_default: false };
    }
    // An Ingress with rules for this host speaks for it; one without rules speaks for every host.
    let speaking = ingresses.iter().filter(|ingress| {
        let mut own = rules(ingress).peekable();
        own.peek().is_none() || own.any(|(_, of_rule, _)| precision(of_rule, &host).is_some())
    });
    for ingress in speaking {
        let backend = ingress.spec.as_ref().and_then(|spec| spec.default_backend.as_ref());
        let namespace = ingress.metadata.namespace.as_deref().unwrap_or_default();
        if let Some(to) = backend.and_then(|backend| service_port(namespace, backend)) {
            let field = FieldRef::new(reference_of(ingress), FieldPath::of("spec.defaultBackend"));
            return Routed::Backend {
                to,
                field,
                rule: "the default backend".into(),
                target: asked.target.to_owned(),
                by_default: true,
            };
        }
    }
    Routed::NoRule
}

/// The certificate that a controller shows for a host.
pub fn certificate(directory: &Directory, controller: &Controller, host: &str) -> Certificate {
    let host = host.to_ascii_lowercase();
    let snapshot = directory.snapshot();
    let mut best: Option<(Precision, Certificate)> = None;
    for ingress in served(directory, controller, &host) {
        let namespace = ingress.metadata.namespace.as_deref().unwrap_or_default();
        for tls in ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten()) {
            let hosts = tls.hosts.clone().unwrap_or_default();
            let fit = hosts.iter().filter_map(|listed| precision(listed, &host)).max();
            let secret = tls
                .secret_name
                .as_deref()
                .filter(|name| snapshot.find::<Secret>(namespace, name).is_some());
            let secret = secret.map(|name| ObjectRef::new(Kind::Secret, namespace, name));
            if let (Some(fit), Some(secret)) = (fit, secret)
                && best.as_ref().is_none_or(|(known, _)| fit > *known)
            {
                best = Some((fit, Certificate { secret: Some(secret), hosts }));
            }
        }
    }
    best.map_or(Certificate { secret: None, hosts: Vec::new() }, |(_, found)| found)
}

/// How precisely a rule's host names a request's: exactly, by one label's wildcard, or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    AnyHost,
    Wildcard,
    Exact,
}

fn precision(of_rule: &str, host: &str) -> Option<Precision> {
    let of_rule = of_rule.to_ascii_lowercase();
    if of_rule.is_empty() {
        return Some(Precision::AnyHost);
    }
    if of_rule == host {
        return Some(Precision::Exact);
    }
    let parent = of_rule.strip_prefix("*.")?;
    let (first, rest) = host.split_once('.')?;
    (!first.is_empty() && rest == parent).then_some(Precision::Wildcard)
}

/// A path of a rule, with what its precedence depends on.
struct Rule<'a> {
    age: usize,
    number: usize,
    ingress: &'a Ingress,
    host: &'a str,
    field: FieldPath,
    path: &'a str,
    path_type: &'a str,
    backend: &'a IngressBackend,
}

impl Rule<'_> {
    /// Whether a path fits, and how well: longer first, `Exact` before `Prefix` of the same length.
    fn fits(&self, path: &str) -> Option<(usize, bool)> {
        if self.is_regex() {
            let pattern = Regex::new(&format!("(?i)^{}", self.path)).ok()?;
            return pattern.is_match(path).then_some((self.path.len(), false));
        }
        let bare = self.path.trim_end_matches('/');
        match self.path_type {
            "Exact" => (path == self.path).then_some((usize::MAX, true)),
            _ => (path == bare
                || path.starts_with(&format!("{bare}/"))
                || bare.is_empty() && path.starts_with('/'))
            .then_some((bare.len(), false)),
        }
    }

    fn is_regex(&self) -> bool {
        self.path_type == "ImplementationSpecific"
            && (annotation(self.ingress, &format!("{NGINX}use-regex")) == Some("true")
                || annotation(self.ingress, &format!("{NGINX}rewrite-target")).is_some())
    }
}

/// The Ingresses of a controller that may have to say something about a host, the oldest first.
fn served<'a>(directory: &'a Directory, controller: &Controller, host: &str) -> Vec<&'a Ingress> {
    let snapshot = directory.snapshot();
    let about = directory.about_host(Kind::Ingress, host).into_iter();
    let mut found: Vec<&Ingress> = about
        .filter_map(|it| snapshot.find::<Ingress>(&it.namespace, &it.name))
        .filter(|ingress| controller.serves(snapshot, ingress))
        .collect();
    if controller.flavour == Flavour::Aws {
        found.sort_by(|one, other| super::group_order(one).cmp(&super::group_order(other)));
        return found;
    }
    found.sort_by_key(|ingress| {
        let created = ingress.metadata.creation_timestamp.as_ref();
        created.map(|created| created.0.to_string())
    });
    found
}

type Paths<'a> = &'a [k8s_openapi::api::networking::v1::HTTPIngressPath];

fn rules<'a>(ingress: &'a Ingress) -> impl Iterator<Item = (usize, &'a str, Paths<'a>)> {
    let rules = ingress.spec.as_ref().and_then(|spec| spec.rules.as_deref()).unwrap_or_default();
    rules.iter().enumerate().map(|(number, rule)| {
        let paths = rule.http.as_ref().map(|http| http.paths.as_slice()).unwrap_or_default();
        (number, rule.host.as_deref().unwrap_or_default(), paths)
    })
}

fn service_port(namespace: &str, backend: &IngressBackend) -> Option<ServicePort> {
    let service = backend.service.as_ref()?;
    let port = service.port.as_ref()?;
    let port = match (&port.name, port.number) {
        (_, Some(number)) => PortName::Number(number),
        (Some(name), None) => PortName::Name(name.clone()),
        (None, None) => return None,
    };
    let service = ObjectRef::new(Kind::Service, namespace, service.name.as_str());
    Some(ServicePort { service, port })
}

/// ingress-nginx sends plain requests for a host with TLS elsewhere; annotations can, too.
fn redirect(
    controller: &Controller,
    ingress: &Ingress,
    field: &FieldPath,
    asked: &Asked<'_>,
    host: &str,
) -> Option<Routed> {
    if let (Flavour::Aws, false, Some((key, port))) =
        (controller.flavour, asked.tls, super::ssl_redirect(ingress))
    {
        let location = format!("https://{}:{port}{}", asked.host, asked.target);
        let path = FieldPath::of("metadata.annotations").key(key);
        let field = FieldRef::new(reference_of(ingress), path);
        return Some(Routed::Redirect { status: 301, location, field });
    }
    if controller.flavour != Flavour::Nginx {
        return None;
    }
    let set = |name: &str| annotation(ingress, &format!("{NGINX}{name}"));
    let object = reference_of(ingress);
    let by = |name: &str| {
        let key = format!("{NGINX}{name}");
        FieldRef::new(object.clone(), FieldPath::of("metadata.annotations").key(key))
    };
    if let Some(location) = set("permanent-redirect") {
        let field = by("permanent-redirect");
        return Some(Routed::Redirect { status: 301, location: location.to_owned(), field });
    }
    if let Some(location) = set("temporal-redirect") {
        let field = by("temporal-redirect");
        return Some(Routed::Redirect { status: 302, location: location.to_owned(), field });
    }
    let mut listed = ingress.spec.iter().flat_map(|spec| spec.tls.iter().flatten());
    let has_tls = listed.any(|tls| {
        let hosts = tls.hosts.as_deref().unwrap_or_default();
        hosts.is_empty() || hosts.iter().any(|listed| precision(listed, host).is_some())
    });
    let forced = set("force-ssl-redirect") == Some("true");
    if !asked.tls && (forced || has_tls && set("ssl-redirect") != Some("false")) {
        let location = format!("https://{}{}", asked.host, asked.target);
        let path = if forced { field.clone() } else { FieldPath::of("spec.tls") };
        let field = FieldRef::new(object, path);
        return Some(Routed::Redirect { status: 308, location, field });
    }
    None
}

/// What AWS Load Balancer Controller's own actions make of a request, where a backend's port says that
/// an annotation has them.
fn custom(rule: &Rule<'_>, asked: &Asked<'_>) -> Option<Routed> {
    let service = rule.backend.service.as_ref()?;
    if service.port.as_ref()?.name.as_deref() != Some("use-annotation") {
        return None;
    }
    let (key, custom) = super::action(rule.ingress, &service.name)?;
    let path = FieldPath::of("metadata.annotations").key(&key);
    let field = FieldRef::new(reference_of(rule.ingress), path);
    Some(match custom {
        Custom::Redirect { status, location } => {
            let (path, query) = asked.target.split_once('?').unwrap_or((asked.target, ""));
            let (protocol, port) = if asked.tls { ("https", "443") } else { ("http", "80") };
            let mut location = location;
            for (name, value) in [
                ("#{protocol}", protocol),
                ("#{host}", asked.host),
                ("#{port}", port),
                ("#{path}", path.trim_start_matches('/')),
                ("#{query}", query),
            ] {
                location = location.replace(name, value);
            }
            let location = location.trim_end_matches('?').to_owned();
            Routed::Redirect { status, location, field }
        }
        Custom::Fixed { status, content_type, body } => {
            Routed::Fixed { status, content_type, body, field }
        }
        Custom::Forward { service, port } => {
            let namespace = rule.ingress.metadata.namespace.as_deref().unwrap_or_default();
            let service = ObjectRef::new(Kind::Service, namespace, service.as_str());
            let port = port.parse().map_or(PortName::Name(port), PortName::Number);
            Routed::Backend {
                to: ServicePort { service, port },
                field,
                rule: format!("{}{}", rule.host, rule.path),
                target: asked.target.to_owned(),
                by_default: false,
            }
        }
    })
}

/// The path as the Service gets it, if an annotation changes it.
fn rewritten(controller: &Controller, rule: &Rule<'_>, path: &str) -> Option<String> {
    if controller.flavour != Flavour::Nginx {
        return None;
    }
    let target = annotation(rule.ingress, &format!("{NGINX}rewrite-target"))?;
    let pattern = Regex::new(&format!("(?i)^{}", rule.path)).ok()?;
    let groups = pattern.captures(path)?;
    let mut rewritten = target.to_owned();
    for number in 1..10 {
        let group = groups.get(number).map(|found| found.as_str()).unwrap_or_default();
        rewritten = rewritten.replace(&format!("${number}"), group);
    }
    Some(rewritten)
}

fn annotation<'a>(ingress: &'a Ingress, name: &str) -> Option<&'a str> {
    ingress.metadata.annotations.as_ref()?.get(name).map(String::as_str)
}

fn reference_of(ingress: &Ingress) -> ObjectRef {
    ObjectRef::new(
        Kind::Ingress,
        ingress.metadata.namespace.clone().unwrap_or_default(),
        ingress.metadata.name.clone().unwrap_or_default(),
    )
}
