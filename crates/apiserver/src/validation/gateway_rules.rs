//! The rules of Gateway API's custom resources that are written in CEL, in their order, outer before inner.
//!
//! Models the `x-kubernetes-validations` of `config/crd/standard`.

use manifest::FieldPath;
use manifest::gateway::{
    BackendObjectReference, Gateway, HTTPBackendRef, HTTPPathMatch, HTTPPathModifier, HTTPRoute,
    HTTPRouteFilter, HTTPRouteMatch, HTTPRouteRule, Listener, ParentReference,
};

use super::Causes;

/// Refuses what does not hold, in the words of the rule.
fn rule(causes: &mut Causes, path: &FieldPath, holds: bool, message: &str) {
    if !holds {
        causes.push(path, format!("Invalid value: {message}"));
    }
}

pub(super) fn gateway(causes: &mut Causes, gateway: &Gateway) {
    let path = FieldPath::of("spec");
    let listeners = &gateway.spec.listeners;
    self::listeners(causes, &path.child("listeners"), listeners);
    let addresses = gateway.spec.addresses.as_deref().unwrap_or_default();
    for kind in ["IPAddress", "Hostname"] {
        let unique = addresses.iter().enumerate().all(|(index, address)| {
            address.r#type.as_deref() != Some(kind)
                || address.value.is_none()
                || !addresses[..index].contains(address)
        });
        rule(causes, &path.child("addresses"), unique, &format!("{kind} values must be unique"));
    }
}

fn listeners(causes: &mut Causes, path: &FieldPath, listeners: &[Listener]) {
    let protocol = |listener: &Listener, of: &[&str]| of.contains(&listener.protocol.as_str());
    rule(
        causes,
        path,
        listeners.iter().all(|l| !protocol(l, &["HTTP", "TCP", "UDP"]) || l.tls.is_none()),
        "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
    );
    let mode = |listener: &Listener| listener.tls.as_ref().and_then(|tls| tls.mode.clone());
    rule(
        causes,
        path,
        listeners.iter().all(|listener| {
            listener.protocol != "HTTPS"
                || mode(listener).is_none_or(|mode| mode.is_empty() || mode == "Terminate")
        }),
        "tls mode must be Terminate for protocol HTTPS",
    );
    rule(
        causes,
        path,
        listeners.iter().all(|listener| {
            listener.protocol != "TLS"
                || listener
                    .tls
                    .as_ref()
                    .is_some_and(|tls| tls.mode.as_deref().is_some_and(|mode| !mode.is_empty()))
        }),
        "tls mode must be set for protocol TLS",
    );
    rule(
        causes,
        path,
        listeners.iter().all(|listener| {
            !protocol(listener, &["TCP", "UDP"])
                || listener.hostname.as_deref().unwrap_or_default().is_empty()
        }),
        "hostname must not be specified for protocols ['TCP', 'UDP']",
    );
    let once = |same: fn(&Listener, &Listener) -> bool| {
        listeners.iter().all(|one| listeners.iter().filter(|two| same(one, two)).count() == 1)
    };
    rule(
        causes,
        path,
        once(|one, two| one.name == two.name),
        "Listener name must be unique within the Gateway",
    );
    rule(
        causes,
        path,
        once(|one, two| {
            one.port == two.port && one.protocol == two.protocol && one.hostname == two.hostname
        }),
        "Combination of port, protocol and hostname must be unique for each listener",
    );
    for (index, listener) in listeners.iter().enumerate() {
        let Some(tls) = &listener.tls else { continue };
        let certified = tls.certificate_refs.as_ref().is_some_and(|list| !list.is_empty())
            || tls.options.as_ref().is_some_and(|options| !options.is_empty());
        rule(
            causes,
            &path.index(index).child("tls"),
            tls.mode.as_deref() != Some("Terminate") || certified,
            "certificateRefs or options must be specified when mode is Terminate",
        );
    }
}

pub(super) fn http_route(causes: &mut Causes, route: &HTTPRoute) {
    let path = FieldPath::of("spec");
    parents(
        causes,
        &path.child("parentRefs"),
        route.spec.parent_refs.as_deref().unwrap_or_default(),
    );
    let rules = route.spec.rules.as_deref().unwrap_or_default();
    let rules_path = path.child("rules");
    let matches = |rule: &HTTPRouteRule| rule.matches.as_ref().map_or(0, Vec::len);
    rule(
        causes,
        &rules_path,
        rules.iter().map(matches).sum::<usize>() <= 128,
        "While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128",
    );
    let unnamed_twice = |name: &Option<String>| {
        name.is_some() && rules.iter().filter(|rule| rule.name == *name).count() > 1
    };
    rule(
        causes,
        &rules_path,
        !rules.iter().any(|rule| unnamed_twice(&rule.name)),
        "Rule name must be unique within the route",
    );
    for (index, route_rule) in rules.iter().enumerate() {
        self::route_rule(causes, &rules_path.index(index), route_rule);
    }
}

fn parents(causes: &mut Causes, path: &FieldPath, parents: &[ParentReference]) {
    let namespace = |parent: &ParentReference| parent.namespace.clone().unwrap_or_default();
    let section = |parent: &ParentReference| parent.section_name.clone().unwrap_or_default();
    let same = |one: &ParentReference, two: &ParentReference| {
        one.group == two.group
            && one.kind == two.kind
            && one.name == two.name
            && namespace(one) == namespace(two)
    };
    rule(
        causes,
        path,
        parents.iter().all(|one| {
            parents
                .iter()
                .all(|two| !same(one, two) || section(one).is_empty() == section(two).is_empty())
        }),
        "sectionName must be specified when parentRefs includes 2 or more references to the same parent",
    );
    rule(
        causes,
        path,
        parents.iter().all(|one| {
            parents.iter().filter(|two| same(one, two) && section(one) == section(two)).count() == 1
        }),
        "sectionName must be unique when parentRefs includes 2 or more references to the same parent",
    );
}

fn route_rule(causes: &mut Causes, path: &FieldPath, route_rule: &HTTPRouteRule) {
    let filters = route_rule.filters.as_deref().unwrap_or_default();
    let backends = route_rule.backend_refs.as_deref().unwrap_or_default();
    let matches = route_rule.matches.as_deref().unwrap_or_default();
    rule(
        causes,
        path,
        backends.is_empty() || !filters.iter().any(|filter| filter.request_redirect.is_some()),
        "RequestRedirect filter must not be used together with backendRefs",
    );
    let one_prefix = matches!(matches, [HTTPRouteMatch { path: Some(path), .. }]
        if path.r#type.as_deref() == Some("PathPrefix"));
    let redirects = |filters: &[HTTPRouteFilter]| {
        exactly_one(filters, |filter| {
            replaces_prefix(
                filter.request_redirect.as_ref().and_then(|redirect| redirect.path.as_ref()),
            )
        })
    };
    let rewrites = |filters: &[HTTPRouteFilter]| {
        exactly_one(filters, |filter| {
            replaces_prefix(filter.url_rewrite.as_ref().and_then(|rewrite| rewrite.path.as_ref()))
        })
    };
    let of_backend = |backend: &HTTPBackendRef, test: &dyn Fn(&[HTTPRouteFilter]) -> bool| {
        test(backend.filters.as_deref().unwrap_or_default())
    };
    for (used, message) in [
        (
            redirects(filters),
            "When using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
        ),
        (
            rewrites(filters),
            "When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
        ),
        (
            exactly_one(backends, |backend| of_backend(backend, &redirects)),
            "Within backendRefs, when using RequestRedirect filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
        ),
        (
            exactly_one(backends, |backend| of_backend(backend, &rewrites)),
            "Within backendRefs, When using URLRewrite filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified",
        ),
    ] {
        rule(causes, path, !used || one_prefix, message);
    }
    for (index, backend) in backends.iter().enumerate() {
        self::backend(causes, &path.child("backendRefs").index(index), backend);
    }
    self::filters(causes, &path.child("filters"), filters);
    for (index, condition) in matches.iter().enumerate() {
        if let Some(matched) = &condition.path {
            path_match(causes, &path.child("matches").index(index).child("path"), matched);
        }
    }
    if let Some(timeouts) = &route_rule.timeouts {
        let milliseconds = |text: &Option<String>| text.as_deref().and_then(duration);
        let (request, backend) =
            (milliseconds(&timeouts.request), milliseconds(&timeouts.backend_request));
        rule(
            causes,
            &path.child("timeouts"),
            !matches!((request, backend), (Some(request), Some(backend)) if request > 0 && backend > request),
            "backendRequest timeout cannot be longer than request timeout",
        );
    }
}

fn exactly_one<T>(items: &[T], test: impl Fn(&T) -> bool) -> bool {
    items.iter().filter(|item| test(item)).count() == 1
}

fn replaces_prefix(modifier: Option<&HTTPPathModifier>) -> bool {
    modifier.is_some_and(|modifier| {
        modifier.r#type == "ReplacePrefixMatch" && modifier.replace_prefix_match.is_some()
    })
}

fn path_match(causes: &mut Causes, path: &FieldPath, matched: &HTTPPathMatch) {
    if matched.r#type.as_deref() == Some("RegularExpression") {
        return;
    }
    let value = matched.value.as_deref().unwrap_or("/");
    let types = "when type one of ['Exact', 'PathPrefix']";
    rule(
        causes,
        path,
        value.starts_with('/'),
        &format!("value must be an absolute path and start with '/' {types}"),
    );
    for part in ["//", "/./", "/../", "%2f", "%2F", "#"] {
        rule(causes, path, !value.contains(part), &format!("must not contain '{part}' {types}"));
    }
    for end in ["/..", "/."] {
        rule(causes, path, !value.ends_with(end), &format!("must not end with '{end}' {types}"));
    }
    rule(
        causes,
        path,
        is_http_path(value),
        "must only contain valid characters (matching ^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
    );
}

fn is_http_path(value: &str) -> bool {
    let mut bytes = value.bytes();
    while let Some(byte) = bytes.next() {
        let allowed = if byte == b'%' {
            (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit()))
        } else {
            byte.is_ascii_alphanumeric() || b"-/._~!$&'()*+,;=:@".contains(&byte)
        };
        if !allowed {
            return false;
        }
    }
    !value.is_empty()
}

fn backend(causes: &mut Causes, path: &FieldPath, backend: &HTTPBackendRef) {
    needs_port(causes, path, backend.group.as_deref(), backend.kind.as_deref(), backend.port);
    let filters = backend.filters.as_deref().unwrap_or_default();
    self::filters(causes, &path.child("filters"), filters);
}

fn needs_port(
    causes: &mut Causes,
    path: &FieldPath,
    group: Option<&str>,
    kind: Option<&str>,
    port: Option<i32>,
) {
    let service = group.unwrap_or_default().is_empty() && kind.unwrap_or("Service") == "Service";
    rule(causes, path, !service || port.is_some(), "Must have port for Service reference");
}

fn filters(causes: &mut Causes, path: &FieldPath, filters: &[HTTPRouteFilter]) {
    let count = |kind: &str| filters.iter().filter(|filter| filter.r#type == kind).count();
    rule(
        causes,
        path,
        count("RequestRedirect") == 0 || count("URLRewrite") == 0,
        "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    );
    for kind in ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"]
    {
        rule(causes, path, count(kind) <= 1, &format!("{kind} filter cannot be repeated"));
    }
    for (index, filter) in filters.iter().enumerate() {
        self::filter(causes, &path.index(index), filter);
    }
}

fn filter(causes: &mut Causes, path: &FieldPath, filter: &HTTPRouteFilter) {
    for (field, kind, present) in [
        (
            "requestHeaderModifier",
            "RequestHeaderModifier",
            filter.request_header_modifier.is_some(),
        ),
        (
            "responseHeaderModifier",
            "ResponseHeaderModifier",
            filter.response_header_modifier.is_some(),
        ),
        ("requestMirror", "RequestMirror", filter.request_mirror.is_some()),
        ("requestRedirect", "RequestRedirect", filter.request_redirect.is_some()),
        ("urlRewrite", "URLRewrite", filter.url_rewrite.is_some()),
        ("cors", "CORS", filter.cors.is_some()),
        ("extensionRef", "ExtensionRef", filter.extension_ref.is_some()),
    ] {
        let named = filter.r#type == kind;
        rule(
            causes,
            path,
            !present || named,
            &format!("filter.{field} must be nil if the filter.type is not {kind}"),
        );
        rule(
            causes,
            path,
            present || !named,
            &format!("filter.{field} must be specified for {kind} filter.type"),
        );
    }
    if let Some(mirror) = &filter.request_mirror {
        let path = path.child("requestMirror");
        rule(
            causes,
            &path,
            mirror.percent.is_none() || mirror.fraction.is_none(),
            "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
        );
        let BackendObjectReference { group, kind, port, .. } = &mirror.backend_ref;
        needs_port(causes, &path.child("backendRef"), group.as_deref(), kind.as_deref(), *port);
        if let Some(fraction) = &mirror.fraction {
            rule(
                causes,
                &path.child("fraction"),
                fraction.numerator <= fraction.denominator.unwrap_or(100),
                "numerator must be less than or equal to denominator",
            );
        }
    }
    if let Some(redirect) = &filter.request_redirect {
        path_modifier(causes, &path.child("requestRedirect.path"), redirect.path.as_ref());
    }
    if let Some(rewrite) = &filter.url_rewrite {
        path_modifier(causes, &path.child("urlRewrite.path"), rewrite.path.as_ref());
    }
    if let Some(origins) = filter.cors.as_ref().and_then(|cors| cors.allow_origins.as_ref()) {
        rule(
            causes,
            &path.child("cors.allowOrigins"),
            origins.len() < 2 || !origins.iter().any(|origin| origin == "*"),
            "AllowOrigins cannot contain '*' alongside other origins",
        );
    }
}

fn path_modifier(causes: &mut Causes, path: &FieldPath, modifier: Option<&HTTPPathModifier>) {
    let Some(modifier) = modifier else { return };
    for (field, kind, present) in [
        ("replaceFullPath", "ReplaceFullPath", modifier.replace_full_path.is_some()),
        ("replacePrefixMatch", "ReplacePrefixMatch", modifier.replace_prefix_match.is_some()),
    ] {
        let named = modifier.r#type == kind;
        rule(
            causes,
            path,
            present || !named,
            &format!("{field} must be specified when type is set to '{kind}'"),
        );
        rule(
            causes,
            path,
            !present || named,
            &format!("type must be '{kind}' when {field} is set"),
        );
    }
}

/// A duration of Gateway API in milliseconds: up to four numbers, each with its unit.
fn duration(text: &str) -> Option<u64> {
    let mut rest = text;
    let mut total = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let number: u64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let (unit, milliseconds) = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
            .into_iter()
            .find(|(unit, _)| rest.starts_with(unit))?;
        total += number * milliseconds;
        rest = &rest[unit.len()..];
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_add_up() {
        assert_eq!(duration("1h30m"), Some(5_400_000));
        assert_eq!(duration("10ms"), Some(10));
        assert_eq!(duration("1.5s"), None);
    }
}
