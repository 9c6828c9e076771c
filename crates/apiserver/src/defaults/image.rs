//! The pull policy that follows from an image's name.
//!
//! Models `pkg/util/parsers` and the grammar of `distribution/reference`.

/// `Always` for `:latest`, written or implied; `IfNotPresent` for any other tag, for a digest, and for a
/// name that is no image reference at all.
pub(super) fn pull_policy(image: &str) -> &'static str {
    if implied_tag(image) == Some("latest") { "Always" } else { "IfNotPresent" }
}

/// The tag of a well-formed reference: `latest` if neither tag nor digest is written.
fn implied_tag(image: &str) -> Option<&str> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let after_slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let (name, tag) = match rest[after_slash..].find(':') {
        Some(colon) => (&rest[..after_slash + colon], Some(&rest[after_slash + colon + 1..])),
        None => (rest, None),
    };
    let path = match name.split_once('/') {
        Some((domain, path)) if is_domain(domain) => path,
        _ => name,
    };
    let well_formed = path.split('/').all(is_path_component)
        && tag.is_none_or(is_tag)
        && digest.is_none_or(|digest| digest.contains(':'))
        && !(name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
    if !well_formed {
        return None;
    }
    match (tag, digest) {
        (Some(tag), _) => Some(tag),
        (None, Some(_)) => None,
        (None, None) => Some("latest"),
    }
}

fn is_domain(text: &str) -> bool {
    text.contains(['.', ':'])
        || text == "localhost"
        || text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`
fn is_path_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    let (Some(&first), Some(&last)) = (bytes.first(), bytes.last()) else { return false };
    alphanumeric(first)
        && alphanumeric(last)
        && bytes.split(|&byte| alphanumeric(byte)).all(|separator| {
            matches!(separator, b"" | b"." | b"_" | b"__")
                || separator.iter().all(|&byte| byte == b'-')
        })
}

/// `\w[\w.-]{0,127}`
fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latest_is_always_pulled() {
        for image in ["nginx", "nginx:latest", "ghcr.io/a/b", "localhost:5000/x", "a/b/c_d:latest"]
        {
            assert_eq!(pull_policy(image), "Always", "{image}");
        }
        for image in
            ["nginx:1.25", "ghcr.io:443/a/b:v1", "nginx@sha256:00", "Nginx", "", "a b", "x:"]
        {
            assert_eq!(pull_policy(image), "IfNotPresent", "{image}");
        }
    }
}
