//! Cross-origin resource sharing: which pages may read an answer, told in response headers.

use manifest::gateway::HTTPCors;

use super::route::Asked;

/// How long a browser may keep a preflight's answer, in seconds.
const MAX_AGE: i32 = 5;

/// Headers of the answer to a preflight; none if the origin is not let in.
pub(super) fn preflight(cors: &HTTPCors, asked: &Asked<'_>) -> Vec<(String, String)> {
    let mut headers = actual(cors, asked);
    if headers.is_empty() {
        return headers;
    }
    // With credentials a wildcard means itself only, so what was asked for is repeated instead.
    let list = |listed: &Option<Vec<String>>, asked_for: Option<String>| {
        let listed = listed.as_deref().unwrap_or_default();
        if listed.iter().any(|one| one == "*") {
            asked_for.or(Some("*".to_owned()))
        } else {
            (!listed.is_empty()).then(|| listed.join(", "))
        }
    };
    let methods = list(&cors.allow_methods, asked.header("access-control-request-method"));
    let names = list(&cors.allow_headers, asked.header("access-control-request-headers"));
    headers.extend(methods.map(|value| ("access-control-allow-methods".to_owned(), value)));
    headers.extend(names.map(|value| ("access-control-allow-headers".to_owned(), value)));
    let age = cors.max_age.unwrap_or(MAX_AGE).to_string();
    headers.push(("access-control-max-age".to_owned(), age));
    headers
}

/// Headers of the answer to a request; none if the origin is not let in.
pub(super) fn actual(cors: &HTTPCors, asked: &Asked<'_>) -> Vec<(String, String)> {
    let Some(origin) = asked.header("origin") else { return Vec::new() };
    let mut allowed = cors.allow_origins.iter().flatten();
    if !allowed.any(|pattern| lets_in(pattern, &origin)) {
        return Vec::new();
    }
    let mut headers = vec![("access-control-allow-origin".to_owned(), origin)];
    if cors.allow_credentials == Some(true) {
        headers.push(("access-control-allow-credentials".to_owned(), "true".to_owned()));
    }
    if let Some(exposed) = cors.expose_headers.as_ref().filter(|names| !names.is_empty()) {
        headers.push(("access-control-expose-headers".to_owned(), exposed.join(", ")));
    }
    headers
}

fn lets_in(pattern: &str, origin: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern.eq_ignore_ascii_case(origin),
        Some((before, after)) => {
            origin.len() > before.len() + after.len()
                && origin.starts_with(before)
                && origin.ends_with(after)
        }
    }
}
