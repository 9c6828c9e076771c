//! The forms of text that the schemas ask for, and their regular expressions as the schemas have
//! them.

/// A form of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// `web`, `web.example.com`.
    Subdomain,
    /// `web.example.com`, `*.example.com`.
    Hostname,
    /// A group: nothing, or a subdomain.
    Group,
    /// `HTTPRoute`.
    Kind,
    /// `shop-1`.
    Label,
    /// `example.com/gateway-controller`.
    Controller,
    /// `X-Request-Id`.
    HeaderName,
    /// `1h30m`.
    Duration,
    /// `HTTP`, `example.com/proto`.
    Protocol,
}

impl Pattern {
    /// The regular expression, as the API server's sentence quotes it.
    pub fn text(self) -> &'static str {
        match self {
            Pattern::Subdomain => {
                r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
            }
            Pattern::Hostname => {
                r"^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
            }
            Pattern::Group => {
                r"^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"
            }
            Pattern::Kind => r"^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
            Pattern::Label => r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
            Pattern::Controller => {
                r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9\/\-._~%!$&'()*+,;=:]+$"
            }
            Pattern::HeaderName => r"^[A-Za-z0-9!#$%&'*+\-.^_\x60|~]+$",
            Pattern::Duration => r"^([0-9]{1,5}(h|m|s|ms)){1,4}$",
            Pattern::Protocol => {
                r"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9]+$"
            }
        }
    }

    /// Whether a text has the form.
    pub fn matches(self, text: &str) -> bool {
        match self {
            Pattern::Subdomain => subdomain(text),
            Pattern::Hostname => subdomain(text.strip_prefix("*.").unwrap_or(text)),
            Pattern::Group => text.is_empty() || subdomain(text),
            Pattern::Kind => {
                text.starts_with(|c: char| c.is_ascii_alphabetic())
                    && word(text, |b| b.is_ascii_alphanumeric())
            }
            Pattern::Label => word(text, lower),
            Pattern::Controller => text.split_once('/').is_some_and(|(domain, path)| {
                let allowed =
                    |b: u8| b.is_ascii_alphanumeric() || b"/-._~%!$&'()*+,;=:".contains(&b);
                subdomain(domain) && !path.is_empty() && path.bytes().all(allowed)
            }),
            Pattern::HeaderName => {
                let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
                !text.is_empty() && text.bytes().all(allowed)
            }
            Pattern::Duration => duration(text),
            Pattern::Protocol => {
                word(text, |b| b.is_ascii_alphanumeric())
                    || text.rsplit_once('/').is_some_and(|(domain, name)| {
                        // The expression is not anchored in front: the end of the domain is enough.
                        domain.bytes().last().is_some_and(lower)
                            && !name.is_empty()
                            && name.bytes().all(|b| b.is_ascii_alphanumeric())
                    })
            }
        }
    }
}

fn subdomain(text: &str) -> bool {
    text.split('.').all(|label| word(label, lower))
}

/// Letters, with dashes between them.
fn word(text: &str, letter: fn(u8) -> bool) -> bool {
    let bytes = text.as_bytes();
    let ends = bytes
        .first()
        .zip(bytes.last())
        .is_some_and(|(first, last)| letter(*first) && letter(*last));
    ends && bytes.iter().all(|b| letter(*b) || *b == b'-')
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn duration(text: &str) -> bool {
    let mut rest = text;
    let mut parts = 0;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit = &rest[digits..];
        let length = if unit.starts_with("ms") {
            2
        } else if unit.starts_with(['h', 'm', 's']) {
            1
        } else {
            return false;
        };
        parts += 1;
        if !(1..=5).contains(&digits) || parts > 4 {
            return false;
        }
        rest = &unit[length..];
    }
    parts > 0
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn forms_are_what_their_expressions_say() {
        for (pattern, good, bad) in [
            (Pattern::Hostname, &["a.b", "*.a.b"][..], &["*", "A.b", "a..b", "*.*.b", ""][..]),
            (Pattern::Kind, &["HTTPRoute", "A-1"], &["1a", "a-", ""]),
            (Pattern::Controller, &["example.com/x/y"], &["example.com", "{X}", "a/"]),
            (
                Pattern::Duration,
                &["10s", "1h30m", "500ms"],
                &["", "10", "1d", "123456s", "1s1s1s1s1s"],
            ),
            (Pattern::Protocol, &["HTTP", "example.com/proto"], &["", "-a", "a/"]),
            (Pattern::HeaderName, &["X-Id"], &["", "a b", "a:"]),
        ] {
            for text in good {
                assert!(pattern.matches(text), "{pattern:?} {text}");
            }
            for text in bad {
                assert!(!pattern.matches(text), "{pattern:?} {text}");
            }
        }
    }
}
