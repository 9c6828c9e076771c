//! Records as zone files write them: `web.example.org. 60 IN A 192.0.2.7`, RFC 1035 §5.

use packet::dns::{Record, RecordData, RecordType};

use super::corefile::fully_qualified;

/// Reads one record; the time to live is `default_ttl` where none is written.
pub fn record(text: &str, default_ttl: u32) -> Option<Record> {
    let mut words = text.split_whitespace().peekable();
    let name = fully_qualified(words.next()?);
    let mut ttl = default_ttl;
    if let Some(written) = words.peek().and_then(|word| word.parse().ok()) {
        ttl = written;
        words.next();
    }
    if words.peek().is_some_and(|word| word.eq_ignore_ascii_case("IN")) {
        words.next();
    }
    let record_type = RecordType::from_name(words.next()?)?;
    let rest: Vec<&str> = words.collect();
    let number = |position: usize| rest.get(position).and_then(|word| word.parse().ok());
    let name_at = |position: usize| rest.get(position).map(|word| fully_qualified(word));
    let data = match record_type {
        RecordType::A => RecordData::A(rest.first()?.parse().ok()?),
        RecordType::Aaaa => RecordData::Aaaa(rest.first()?.parse().ok()?),
        RecordType::Cname => RecordData::Cname(name_at(0)?),
        RecordType::Ns => RecordData::Ns(name_at(0)?),
        RecordType::Ptr => RecordData::Ptr(name_at(0)?),
        RecordType::Mx => {
            RecordData::Mx { preference: u16::try_from(number(0)?).ok()?, exchange: name_at(1)? }
        }
        RecordType::Soa => RecordData::Soa {
            mname: name_at(0)?,
            rname: name_at(1)?,
            serial: number(2)?,
            refresh: number(3)?,
            retry: number(4)?,
            expire: number(5)?,
            minimum: number(6)?,
        },
        RecordType::Srv => RecordData::Srv {
            priority: u16::try_from(number(0)?).ok()?,
            weight: u16::try_from(number(1)?).ok()?,
            port: u16::try_from(number(2)?).ok()?,
            target: name_at(3)?,
        },
        RecordType::Txt => {
            RecordData::Txt(rest.iter().map(|word| word.trim_matches('"').to_owned()).collect())
        }
        RecordType::Any => return None,
    };
    Some(Record { name, ttl, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_records_write() {
        for text in [
            "web.example.org. 60 IN A 192.0.2.7",
            "web.example.org. 60 IN AAAA 2001:db8::7",
            "_http._tcp.web. 30 IN SRV 0 50 80 a.web.",
            "cluster.local. 30 IN SOA ns.dns.cluster.local. hostmaster.cluster.local. 7 7200 1800 86400 30",
            "a. 5 IN TXT \"1.1.0\"",
        ] {
            assert_eq!(record(text, 1).expect(text).to_string(), text);
        }
        assert_eq!(record("a 60 IN A not-an-address", 1), None);
    }
}
