//! What names, labels, ports and addresses may look like, each with its sentence.
//!
//! Models `k8s.io/apimachinery/pkg/util/validation/{validation,ip}.go` and `content/`. Each function
//! returns the sentences about a text, none if it is well formed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const SUBDOMAIN_UNDERSCORE: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*')";
const WILDCARD: &str = "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const QUALIFIED: &str = "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
const HEADER_NAME: &str = "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')";

/// A DNS-1123 label: `my-name`.
pub(crate) fn dns1123_label(text: &str) -> Vec<String> {
    let mut messages = too_long(text, 63);
    if !is_label(text) {
        if is_subdomain(text) {
            // The usual mistake deserves the shorter sentence.
            messages.push("must not contain dots".into());
        } else {
            messages.push(LABEL.into());
        }
    }
    messages
}

/// A DNS-1123 subdomain: `example.com`.
pub(crate) fn dns1123_subdomain(text: &str) -> Vec<String> {
    let mut messages = too_long(text, 253);
    if !is_subdomain(text) {
        messages.push(SUBDOMAIN.into());
    }
    messages
}

/// A DNS-1123 subdomain in which underscores are allowed.
pub(crate) fn dns1123_subdomain_with_underscore(text: &str) -> Vec<String> {
    let mut messages = too_long(text, 253);
    let label = |label: &str| {
        is_bounded(label, is_lower, |byte| is_lower(byte) || byte == b'-' || byte == b'_')
    };
    if !text.split('.').all(label) {
        messages.push(SUBDOMAIN_UNDERSCORE.into());
    }
    messages
}

/// A subdomain with `*.` in front.
pub(crate) fn wildcard_dns1123_subdomain(text: &str) -> Vec<String> {
    let mut messages = too_long(text, 253);
    if !text.strip_prefix("*.").is_some_and(is_subdomain) {
        messages.push(WILDCARD.into());
    }
    messages
}

/// A qualified name: `example.com/my.name`.
pub(crate) fn qualified_name(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                messages.push("prefix part must be non-empty".into());
            } else {
                messages.extend(
                    dns1123_subdomain(prefix)
                        .into_iter()
                        .map(|message| format!("prefix part {message}")),
                );
            }
            *name
        }
        _ => return vec![QUALIFIED.into()],
    };
    if name.is_empty() {
        messages.push("name part must be non-empty".into());
    } else if name.len() > 63 {
        messages.push("name part must be no more than 63 bytes".into());
    }
    if !is_name_part(name) {
        messages.push(NAME_PART.into());
    }
    messages
}

/// The value of a label.
pub(crate) fn label_value(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > 63 {
        messages.push("must be no more than 63 bytes".into());
    }
    if !text.is_empty() && !is_name_part(text) {
        messages.push(LABEL_VALUE.into());
    }
    messages
}

/// The key of a ConfigMap or Secret, which is a file's name.
pub(crate) fn config_map_key(text: &str) -> Vec<String> {
    let mut messages = too_long(text, 253);
    if text.is_empty()
        || !text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        messages.push(CONFIG_KEY.into());
    }
    messages.extend(path_traversal(text));
    messages
}

fn path_traversal(text: &str) -> Option<String> {
    match text {
        "." => Some("must not be '.'".into()),
        ".." => Some("must not be '..'".into()),
        text if text.starts_with("..") => Some("must not start with '..'".into()),
        _ => None,
    }
}

/// The name of an environment variable, as v1.34 and later allow it.
pub(crate) fn environment_variable(text: &str) -> Vec<String> {
    if text.is_empty() {
        return vec!["environment variable name must be non-empty".into()];
    }
    let mut messages = Vec::new();
    if !text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=') {
        messages.push(
            "a valid environment variable name must consist only of printable ASCII characters other than '='"
                .into(),
        );
    }
    messages
}

/// The name of an HTTP header.
pub(crate) fn http_header_name(text: &str) -> Vec<String> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        Vec::new()
    } else {
        vec![HEADER_NAME.into()]
    }
}

/// The number of a port.
pub(crate) fn port_number(number: i64) -> Vec<String> {
    if (1..=65535).contains(&number) {
        Vec::new()
    } else {
        vec!["must be between 1 and 65535, inclusive".into()]
    }
}

/// The name of a port.
pub(crate) fn port_name(text: &str) -> Vec<String> {
    let mut messages = Vec::new();
    if text.len() > 15 {
        messages.push("must be no more than 15 characters".into());
    }
    if !text.bytes().all(|byte| is_lower(byte) || byte == b'-') {
        messages
            .push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)".into());
    }
    if !text.bytes().any(|byte| byte.is_ascii_lowercase()) {
        messages.push("must contain at least one letter (a-z)".into());
    }
    if text.contains("--") {
        messages.push("must not contain consecutive hyphens".into());
    }
    if text.starts_with('-') || text.ends_with('-') {
        messages.push("must not begin or end with a hyphen".into());
    }
    messages
}

/// A percentage: `25%`.
pub(crate) fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or_default();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        Vec::new()
    } else {
        vec!["a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')".into()]
    }
}

/// An address, read as leniently as the API server reads it: leading zeros are dropped.
pub(crate) fn parse_ip(text: &str) -> Option<IpAddr> {
    if text.contains(':') {
        return text.parse::<Ipv6Addr>().ok().map(|address| match address.to_ipv4_mapped() {
            Some(mapped) => IpAddr::V4(mapped),
            None => IpAddr::V6(address),
        });
    }
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        *octet = part.parse::<u32>().ok().and_then(|value| u8::try_from(value).ok())?;
    }
    parts.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)))
}

/// An address in the one form that cannot be misread, which new objects must use.
pub(crate) fn ip(text: &str) -> Vec<String> {
    if parse_ip(text).is_none() {
        return vec!["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)".into()];
    }
    match text.parse::<IpAddr>() {
        Err(_) => vec!["must not have leading 0s".into()],
        Ok(IpAddr::V6(address)) if address.to_ipv4_mapped().is_some() => {
            vec!["must not be an IPv4-mapped IPv6 address".into()]
        }
        Ok(_) => Vec::new(),
    }
}

/// A network, read as leniently as the API server reads it: address and length of the prefix.
pub(crate) fn parse_cidr(text: &str) -> Option<(IpAddr, u8)> {
    let (address, prefix) = text.split_once('/')?;
    let address = parse_ip(address)?;
    if prefix.is_empty() || prefix.len() > 3 || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let prefix: u8 = prefix.parse().ok()?;
    let longest = if address.is_ipv4() && !text.contains(':') { 32 } else { 128 };
    (prefix <= longest).then_some((address, prefix))
}

/// A network in the one form that cannot be misread, which new objects must use.
pub(crate) fn cidr(text: &str) -> Vec<String> {
    let Some((_, prefix)) = parse_cidr(text) else {
        return vec!["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)".into()];
    };
    let (written, length) = text.split_once('/').unwrap_or((text, ""));
    let Ok(address) = written.parse::<IpAddr>() else {
        return vec!["must not have leading 0s in IP or prefix length".into()];
    };
    if length != prefix.to_string() {
        return vec!["must not have leading 0s in IP or prefix length".into()];
    }
    if matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some()) {
        return vec!["must not have an IPv4-mapped IPv6 address".into()];
    }
    match ipnet::IpNet::new(address, prefix) {
        Ok(network) if network.network() != address => {
            vec!["must not have bits set beyond the prefix length".into()]
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

fn too_long(text: &str, most: usize) -> Vec<String> {
    if text.len() > most {
        vec![format!("must be no more than {most} characters")]
    } else {
        Vec::new()
    }
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_bounded(text: &str, edge: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    match (bytes.first(), bytes.last()) {
        (Some(&first), Some(&last)) => {
            edge(first) && edge(last) && bytes.iter().all(|&byte| inner(byte))
        }
        _ => false,
    }
}

fn is_label(text: &str) -> bool {
    is_bounded(text, is_lower, |byte| is_lower(byte) || byte == b'-')
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn is_name_part(text: &str) -> bool {
    is_bounded(
        text,
        |byte| byte.is_ascii_alphanumeric(),
        |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses() {
        assert!(dns1123_label("my-name").is_empty());
        assert_eq!(dns1123_label("a.b"), ["must not contain dots"]);
        assert_eq!(dns1123_label("Bad").len(), 1);
        assert!(dns1123_subdomain("example.com").is_empty());
        assert!(qualified_name("example.com/My.Name_1").is_empty());
        assert_eq!(qualified_name("a/b/c").len(), 1);
        assert_eq!(port_name("UPPER_").len(), 2);
        assert_eq!(parse_ip("010.0.0.1"), Some(IpAddr::from([10, 0, 0, 1])));
        assert_eq!(parse_ip("1.2.3"), None);
        assert!(cidr("10.0.0.0/24").is_empty());
        assert_eq!(cidr("10.0.0.0").len(), 1);
    }
}
