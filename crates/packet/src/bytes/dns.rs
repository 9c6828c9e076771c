//! DNS messages on the wire, RFC 1035 §4. Names are compressed only where a message would not fit into
//! a plain datagram otherwise, as CoreDNS does.

use std::collections::BTreeMap;

use crate::dns::{Message, Rcode, Record, RecordData, RecordType};

/// The longest label of a name, in bytes.
const MAXIMUM_LABEL: usize = 63;

/// The bits that make two bytes a pointer to a name written before.
const POINTER: u16 = 0xc000;

/// A pointer reaches no further than this.
const LAST_POINTED: usize = 0x3fff;

/// The class of every record: the internet.
const CLASS_IN: u16 = 1;

/// The longest message in a datagram, unless the asker says that it takes more (EDNS).
const PLAIN_DATAGRAM: usize = 512;

/// A message's bytes.
pub(super) fn message(message: &Message) -> Vec<u8> {
    encoded(message).0
}

/// A message's bytes, and from where to where each of its records reaches.
pub(super) fn encoded(message: &Message) -> (Vec<u8>, Vec<(usize, usize)>) {
    let plain = write(message, None);
    if plain.0.len() <= PLAIN_DATAGRAM { plain } else { write(message, Some(BTreeMap::new())) }
}

/// Where names that were written begin, by what is left of them from there; none leaves every name whole.
type Seen = Option<BTreeMap<String, usize>>;

fn write(message: &Message, mut seen: Seen) -> (Vec<u8>, Vec<(usize, usize)>) {
    let mut bytes = Vec::new();
    bytes.extend(message.id.to_be_bytes());
    bytes.extend(flags(message).to_be_bytes());
    let sections = [&message.answers, &message.authority, &message.additional];
    bytes.extend(1u16.to_be_bytes());
    for section in sections {
        bytes.extend((section.len() as u16).to_be_bytes());
    }
    name(&message.question.name, &mut bytes, &mut seen);
    bytes.extend(type_number(message.question.record_type).to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    let mut records = Vec::new();
    for entry in sections.into_iter().flatten() {
        let start = bytes.len();
        record(entry, &mut bytes, &mut seen);
        records.push((start, bytes.len()));
    }
    (bytes, records)
}

fn flags(message: &Message) -> u16 {
    let rcode = match message.rcode {
        Rcode::NoError => 0,
        Rcode::FormatError => 1,
        Rcode::ServerFailure => 2,
        Rcode::NameError => 3,
        Rcode::NotImplemented => 4,
        Rcode::Refused => 5,
    };
    let recursion_desired = 1 << 8;
    u16::from(message.response) << 15
        | u16::from(message.authoritative) << 10
        | u16::from(message.truncated) << 9
        | recursion_desired
        | u16::from(message.recursion_available) << 7
        | rcode
}

fn name(text: &str, bytes: &mut Vec<u8>, seen: &mut Seen) {
    let mut rest = text.trim_end_matches('.');
    while !rest.is_empty() {
        if let Some(seen) = seen {
            if let Some(at) = seen.get(rest) {
                bytes.extend((POINTER | *at as u16).to_be_bytes());
                return;
            }
            if bytes.len() < LAST_POINTED {
                seen.insert(rest.to_owned(), bytes.len());
            }
        }
        let (label, after) = rest.split_once('.').unwrap_or((rest, ""));
        rest = after;
        let label = &label.as_bytes()[..label.len().min(MAXIMUM_LABEL)];
        bytes.push(label.len() as u8);
        bytes.extend(label);
    }
    bytes.push(0);
}

fn record(record: &Record, bytes: &mut Vec<u8>, seen: &mut Seen) {
    name(&record.name, bytes, seen);
    bytes.extend(type_number(record.data.record_type()).to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    bytes.extend(record.ttl.to_be_bytes());
    let at = bytes.len();
    bytes.extend([0, 0]);
    data(&record.data, bytes, seen);
    let length = (bytes.len() - at - 2) as u16;
    bytes[at..at + 2].copy_from_slice(&length.to_be_bytes());
}

fn data(data: &RecordData, bytes: &mut Vec<u8>, seen: &mut Seen) {
    match data {
        RecordData::A(address) => bytes.extend(address.octets()),
        RecordData::Aaaa(address) => bytes.extend(address.octets()),
        RecordData::Cname(target) | RecordData::Ns(target) | RecordData::Ptr(target) => {
            name(target, bytes, seen);
        }
        RecordData::Mx { preference, exchange } => {
            bytes.extend(preference.to_be_bytes());
            name(exchange, bytes, seen);
        }
        RecordData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
            name(mname, bytes, seen);
            name(rname, bytes, seen);
            for number in [serial, refresh, retry, expire, minimum] {
                bytes.extend(number.to_be_bytes());
            }
        }
        RecordData::Srv { priority, weight, port, target } => {
            for number in [priority, weight, port] {
                bytes.extend(number.to_be_bytes());
            }
            // RFC 2782 wants a target's name whole.
            name(target, bytes, &mut None);
        }
        RecordData::Txt(strings) => {
            for string in strings {
                let string = &string.as_bytes()[..string.len().min(usize::from(u8::MAX))];
                bytes.push(string.len() as u8);
                bytes.extend(string);
            }
        }
    }
}

fn type_number(record_type: RecordType) -> u16 {
    match record_type {
        RecordType::A => 1,
        RecordType::Ns => 2,
        RecordType::Cname => 5,
        RecordType::Soa => 6,
        RecordType::Ptr => 12,
        RecordType::Mx => 15,
        RecordType::Txt => 16,
        RecordType::Aaaa => 28,
        RecordType::Srv => 33,
        RecordType::Any => 255,
    }
}
