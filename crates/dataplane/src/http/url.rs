//! URLs as curl and browsers read them, as far as requests to a cluster need.

use std::fmt;

/// An `http` or `https` URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    /// Whether it is `https`.
    pub tls: bool,
    /// The host, a name or an address, without brackets.
    pub host: String,
    /// The port, by the scheme unless written.
    pub port: u16,
    /// Path and query, beginning with `/`.
    pub target: String,
}

impl Url {
    /// Reads a URL; without a scheme it is `http`, as curl guesses.
    ///
    /// # Errors
    /// A sentence saying what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let (tls, rest) = match text.split_once("://") {
            Some((scheme, rest)) => match scheme.to_ascii_lowercase().as_str() {
                "http" => (false, rest),
                "https" => (true, rest),
                other => {
                    return Err(format!(
                        "protocol `{other}` is not simulated; use `http` or `https`"
                    ));
                }
            },
            None => (false, text),
        };
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let target = target.split('#').next().unwrap_or_default();
        let target = if target.starts_with('/') { target.to_owned() } else { format!("/{target}") };
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = match authority.strip_prefix('[') {
            Some(inside) => {
                let (host, after) =
                    inside.split_once(']').ok_or("the address has no closing bracket")?;
                (host, after.strip_prefix(':'))
            }
            None => match authority.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (authority, None),
            },
        };
        if host.is_empty() {
            return Err("the URL names no host".to_owned());
        }
        if host.contains(char::is_whitespace) {
            return Err(format!("`{host}` is no host name"));
        }
        let port = match port {
            None | Some("") => {
                if tls {
                    443
                } else {
                    80
                }
            }
            Some(port) => port.parse().map_err(|_| format!("`{port}` is no port number"))?,
        };
        Ok(Self { tls, host: host.to_ascii_lowercase(), port, target })
    }

    /// The `Host` header: with the port where it is not the scheme's own.
    pub fn authority(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        if self.port == if self.tls { 443 } else { 80 } {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_people_type() {
        let url = |text| Url::parse(text).map(|url| url.to_string());
        assert_eq!(url("web-service").as_deref(), Ok("http://web-service/"));
        assert_eq!(url("http://web:8080/a?b=c").as_deref(), Ok("http://web:8080/a?b=c"));
        assert_eq!(url("https://Shop.example.com:443").as_deref(), Ok("https://shop.example.com/"));
        assert_eq!(url("http://[fd00::1]:80/").as_deref(), Ok("http://[fd00::1]/"));
        assert!(url("ftp://x").is_err());
        assert!(url("http://:80").is_err());
        assert!(url("http://web:http").is_err());
    }
}
