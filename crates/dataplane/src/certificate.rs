//! Certificates as Secrets hold them: who they name, who signed them, how long they hold.
//!
//! Reads the fields of an X.509 certificate (RFC 5280) that a client looks at: subject, subject
//! alternative names, issuer, validity. Signatures and keys are not checked; who signed a certificate
//! is believed.

/// The issuers that the simulated machines trust, by organisation: public authorities, and the one
/// that signed the certificates of the examples.
const TRUSTED: [&str; 8] = [
    "Amazon",
    "DigiCert Inc",
    "GlobalSign nv-sa",
    "Google Trust Services",
    "Let's Encrypt",
    "Podhop",
    "Sectigo Limited",
    "ZeroSSL",
];

/// `commonName`, `organizationName` and `subjectAltName` as object identifiers.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];
const SUBJECT_ALTERNATIVE_NAME: &[u8] = &[0x55, 0x1d, 0x11];

/// Tags of the encoding.
const SEQUENCE: u8 = 0x30;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;

/// What a server shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The subject's common name.
    pub common_name: String,
    /// The host names it is for.
    pub names: Vec<String>,
    /// The issuer's common name.
    pub issuer: String,
    /// Whether a client trusts it, but for the name: none if it does.
    pub distrust: Option<Distrust>,
    /// From when to when it holds, in seconds of Unix time.
    pub validity: (u64, u64),
}

/// Why nobody vouches for a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distrust {
    /// It was signed with its own key.
    SelfSigned,
    /// The client does not know who signed it.
    UnknownIssuer,
}

impl Certificate {
    /// A certificate that a server made for itself and nobody vouches for.
    pub fn own(common_name: &str, names: Vec<String>) -> Self {
        Self {
            common_name: common_name.to_owned(),
            names,
            issuer: common_name.to_owned(),
            distrust: Some(Distrust::SelfSigned),
            validity: (0, u64::MAX),
        }
    }

    /// A certificate that a public authority signed.
    pub fn public(host: &str, issuer: &str) -> Self {
        Self {
            common_name: host.to_owned(),
            names: vec![host.to_owned()],
            issuer: issuer.to_owned(),
            distrust: None,
            validity: (0, u64::MAX),
        }
    }

    /// Reads the first certificate of a PEM text; none if there is none that can be read.
    pub fn read(pem: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(pem).ok()?;
        let (_, rest) = text.split_once("-----BEGIN CERTIFICATE-----")?;
        let (body, _) = rest.split_once("-----END CERTIFICATE-----")?;
        parse(&decode(body)?)
    }

    /// Whether it is for a host.
    pub fn covers(&self, host: &str) -> bool {
        self.names.iter().any(|name| match name.strip_prefix("*.") {
            Some(parent) => {
                host.split_once('.').is_some_and(|(_, rest)| rest.eq_ignore_ascii_case(parent))
            }
            None => name.eq_ignore_ascii_case(host),
        })
    }

    /// Why a client would not go on, in curl's words; none if it would.
    pub fn objection(&self, host: &str, now: u64) -> Option<String> {
        let (from, until) = self.validity;
        let problem = match self.distrust {
            Some(Distrust::SelfSigned) => "self-signed certificate",
            Some(Distrust::UnknownIssuer) => "unable to get local issuer certificate",
            None if now < from => "certificate is not yet valid",
            None if now > until => "certificate has expired",
            None if self.covers(host) => return None,
            None => {
                return Some(format!(
                    "SSL: no alternative certificate subject name matches target host name '{host}'"
                ));
            }
        };
        Some(format!("SSL certificate problem: {problem}"))
    }
}

/// One value of the encoding: its tag, and what is in it.
struct Value<'a> {
    tag: u8,
    content: &'a [u8],
}

/// Reads the values that stand one after the other.
struct Reader<'a>(&'a [u8]);

impl<'a> Iterator for Reader<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let (&tag, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = if first < 0x80 {
            (usize::from(first), rest)
        } else {
            let count = usize::from(first & 0x7f);
            if count > 4 || count > rest.len() {
                return None;
            }
            let (bytes, rest) = rest.split_at(count);
            let length = bytes.iter().fold(0usize, |sum, byte| sum << 8 | usize::from(*byte));
            (length, rest)
        };
        if length > rest.len() {
            return None;
        }
        let (content, rest) = rest.split_at(length);
        self.0 = rest;
        Some(Value { tag, content })
    }
}

fn parse(bytes: &[u8]) -> Option<Certificate> {
    let whole = Reader(bytes).next().filter(|value| value.tag == SEQUENCE)?;
    let signed = Reader(whole.content).next().filter(|value| value.tag == SEQUENCE)?;
    let mut fields = Reader(signed.content).peekable();
    fields.next_if(|value| value.tag == VERSION);
    let (_serial, _algorithm) = (fields.next()?, fields.next()?);
    let issuer = fields.next()?.content;
    let mut validity = Reader(fields.next()?.content);
    let validity = (seconds(&validity.next()?)?, seconds(&validity.next()?)?);
    let subject = fields.next()?.content;
    let extensions = fields.find(|value| value.tag == EXTENSIONS);
    let issued_by = attribute(issuer, ORGANIZATION).unwrap_or_default();
    let distrust = if issuer == subject {
        Some(Distrust::SelfSigned)
    } else if TRUSTED.contains(&issued_by.as_str()) {
        None
    } else {
        Some(Distrust::UnknownIssuer)
    };
    Some(Certificate {
        common_name: attribute(subject, COMMON_NAME).unwrap_or_default(),
        names: extensions.map(|value| alternative_names(value.content)).unwrap_or_default(),
        issuer: attribute(issuer, COMMON_NAME).unwrap_or(issued_by),
        distrust,
        validity,
    })
}

/// An attribute of a distinguished name.
fn attribute(name: &[u8], wanted: &[u8]) -> Option<String> {
    let sets = Reader(name).flat_map(|set| Reader(set.content));
    let mut found = sets.filter_map(|pair| {
        let mut pair = Reader(pair.content);
        let (key, value) = (pair.next()?, pair.next()?);
        (key.content == wanted).then(|| String::from_utf8_lossy(value.content).into_owned())
    });
    found.next()
}

fn alternative_names(extensions: &[u8]) -> Vec<String> {
    let list = Reader(extensions).flat_map(|list| Reader(list.content));
    let mut names = Vec::new();
    for extension in list {
        let mut parts = Reader(extension.content);
        let is_wanted = parts.next().is_some_and(|key| key.content == SUBJECT_ALTERNATIVE_NAME);
        // A critical extension has a boolean between its key and its value.
        let Some(value) = parts.last().filter(|_| is_wanted) else { continue };
        let inner = Reader(value.content).flat_map(|list| Reader(list.content));
        let hosts = inner.filter(|name| name.tag == DNS_NAME);
        names.extend(hosts.map(|name| String::from_utf8_lossy(name.content).into_owned()));
    }
    names
}

/// A moment in seconds of Unix time: `260101000000Z`, or with four digits of the year.
fn seconds(value: &Value<'_>) -> Option<u64> {
    let text = std::str::from_utf8(value.content).ok()?;
    let (year, rest) = match value.tag {
        UTC_TIME => {
            let year: u64 = text.get(..2)?.parse().ok()?;
            (if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2).and_then(|digits| digits.parse::<u64>().ok());
    let (month, day) = (part(0)?, part(2)?);
    let (hour, minute, second) = (part(4)?, part(6)?, part(8)?);
    Some(((days(year, month, day)? * 24 + hour) * 60 + minute) * 60 + second)
}

/// Days since 1 January 1970 in the Gregorian calendar.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let shifted = if month > 2 { year } else { year.checked_sub(1)? };
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day.checked_sub(1)?;
    let total = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + day_of_year;
    total.checked_sub(719_468)
}

/// Base64, with line breaks anywhere.
fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut count) = (0u32, 0);
    for character in text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'=') {
        let value = match character {
            b'A'..=b'Z' => character - b'A',
            b'a'..=b'z' => character - b'a' + 26,
            b'0'..=b'9' => character - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count & 0xff) as u8);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 22 April 2026.
    const NOW: u64 = 1_776_848_400;

    fn objection(pem: &str, host: &str) -> Option<String> {
        Certificate::read(pem.as_bytes()).expect("it can be read").objection(host, NOW)
    }

    #[test]
    fn names_issuer_and_validity_are_read() {
        let wild = include_bytes!("../tests/tls/wild.crt");
        let wild = Certificate::read(wild).expect("it can be read");
        assert_eq!(wild.common_name, "shop.example.com");
        assert_eq!(wild.names, ["example.com", "*.example.com"]);
        assert_eq!(wild.issuer, "Podhop Practice CA");
        assert_eq!(wild.validity, (1_767_225_600, 2_398_377_600));
        assert!(wild.covers("api.example.com") && !wild.covers("a.b.example.com"));
    }

    #[test]
    fn a_client_objects_as_curl_does() {
        let (shop, old, own) = (
            include_str!("../tests/tls/shop.crt"),
            include_str!("../tests/tls/old.crt"),
            include_str!("../tests/tls/self.crt"),
        );
        assert_eq!(objection(shop, "shop.example.com"), None);
        let said = |pem, host| objection(pem, host).expect("an objection");
        assert!(said(shop, "other.example.com").contains("no alternative certificate subject"));
        assert!(said(old, "shop.example.com").ends_with("certificate has expired"));
        assert!(said(own, "shop.example.com").ends_with("self-signed certificate"));
    }

    #[test]
    fn anything_else_is_no_certificate() {
        let whole = include_str!("../tests/tls/shop.crt");
        for length in 0..whole.len() {
            // Whatever is cut off, reading ends.
            let _ = Certificate::read(whole.get(..length).unwrap_or_default().as_bytes());
        }
        assert_eq!(Certificate::read(b"c2VjcmV0"), None);
        let broken = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        assert_eq!(Certificate::read(broken.as_bytes()), None);
    }
}
