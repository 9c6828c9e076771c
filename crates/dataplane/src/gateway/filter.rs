//! Filters: what a rule changes of a request and of its response.

use manifest::gateway::{
    HTTPHeaderModifier, HTTPPathModifier, HTTPRequestRedirect, HTTPRouteFilter,
};

use super::route::{Asked, Forward};
use crate::backend::ServicePort;

/// Applies a filter to a request.
pub(super) fn request(
    filter: &HTTPRouteFilter,
    forward: &mut Forward,
    prefix: &str,
    namespace: &str,
) {
    if let Some(modifier) = &filter.request_header_modifier {
        modify(modifier, &mut forward.headers);
    }
    if let Some(rewrite) = &filter.url_rewrite {
        if let Some(host) = &rewrite.hostname {
            forward.host = host.clone();
        }
        if let Some(path) = &rewrite.path {
            forward.target = replaced(path, &forward.target, prefix);
        }
    }
    if let Some(mirror) = &filter.request_mirror {
        let to = &mirror.backend_ref;
        let namespace = to.namespace.as_deref().unwrap_or(namespace);
        forward.mirrors.push(ServicePort::number(namespace, &to.name, to.port.unwrap_or_default()));
    }
}

/// Applies the filters about responses to a response's headers.
pub fn response(filters: &[HTTPRouteFilter], headers: &mut Vec<(String, String)>) {
    for modifier in filters.iter().filter_map(|filter| filter.response_header_modifier.as_ref()) {
        modify(modifier, headers);
    }
}

/// The answer of a redirect.
pub(super) fn redirect(
    redirect: &HTTPRequestRedirect,
    asked: &Asked<'_>,
    prefix: &str,
) -> (u16, String) {
    let own = if asked.tls { "https" } else { "http" };
    let scheme = redirect.scheme.as_deref().unwrap_or(own);
    let host = redirect.hostname.as_deref().unwrap_or(asked.host);
    let target = match &redirect.path {
        Some(path) => replaced(path, asked.target, prefix),
        None => asked.target.to_owned(),
    };
    let usual = if scheme == "https" { 443 } else { 80 };
    // Without a port the scheme decides if it is written, else the listener.
    let port = redirect.port.unwrap_or(match redirect.scheme {
        Some(_) => usual,
        None => asked.port,
    });
    let port = if port == usual { String::new() } else { format!(":{port}") };
    let status = redirect.status_code.and_then(|code| u16::try_from(code).ok()).unwrap_or(302);
    (status, format!("{scheme}://{host}{port}{target}"))
}

fn replaced(path: &HTTPPathModifier, target: &str, prefix: &str) -> String {
    let (old, query) = match target.split_once('?') {
        Some((old, query)) => (old, format!("?{query}")),
        None => (target, String::new()),
    };
    let new = match path.r#type.as_str() {
        "ReplaceFullPath" => path.replace_full_path.clone().unwrap_or_default(),
        _ => {
            let replacement = path.replace_prefix_match.as_deref().unwrap_or_default();
            let rest = old.strip_prefix(prefix.trim_end_matches('/')).unwrap_or(old);
            let joined =
                format!("{}/{}", replacement.trim_end_matches('/'), rest.trim_start_matches('/'));
            if rest.is_empty() && !replacement.is_empty() { replacement.to_owned() } else { joined }
        }
    };
    let new = if new.is_empty() { "/".to_owned() } else { new };
    new + &query
}

fn modify(modifier: &HTTPHeaderModifier, headers: &mut Vec<(String, String)>) {
    for header in modifier.set.iter().flatten() {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(&header.name));
        headers.push((header.name.clone(), header.value.clone()));
    }
    for header in modifier.add.iter().flatten() {
        match headers.iter_mut().find(|(name, _)| name.eq_ignore_ascii_case(&header.name)) {
            Some((_, value)) => *value = format!("{value},{}", header.value),
            None => headers.push((header.name.clone(), header.value.clone())),
        }
    }
    for removed in modifier.remove.iter().flatten() {
        headers.retain(|(name, _)| !name.eq_ignore_ascii_case(removed));
    }
}
