//! DNS messages on the wire, RFC 1035 §4, without name compression.

use crate::dns::{Message, Rcode, Record, RecordData, RecordType};

/// The longest label of a name, in bytes.
const MAXIMUM_LABEL: usize = 63;

/// The class of every record: the internet.
const CLASS_IN: u16 = 1;

/// A message's bytes.
pub(super) fn message(message: &Message) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend(message.id.to_be_bytes());
    bytes.extend(flags(message).to_be_bytes());
    let sections = [&message.answers, &message.authority, &message.additional];
    bytes.extend(1u16.to_be_bytes());
    for section in sections {
        bytes.extend((section.len() as u16).to_be_bytes());
    }
    name(&message.question.name, &mut bytes);
    bytes.extend(type_number(message.question.record_type).to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    for section in sections {
        for entry in section {
            record(entry, &mut bytes);
        }
    }
    bytes
}

/// How many bytes a record takes.
pub(super) fn record_length(entry: &Record) -> usize {
    let mut bytes = Vec::new();
    record(entry, &mut bytes);
    bytes.len()
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
        | recursion_desired
        | u16::from(message.recursion_available) << 7
        | rcode
}

fn name(text: &str, bytes: &mut Vec<u8>) {
    for label in text.split('.').filter(|label| !label.is_empty()) {
        let label = &label.as_bytes()[..label.len().min(MAXIMUM_LABEL)];
        bytes.push(label.len() as u8);
        bytes.extend(label);
    }
    bytes.push(0);
}

fn record(record: &Record, bytes: &mut Vec<u8>) {
    name(&record.name, bytes);
    bytes.extend(type_number(record.data.record_type()).to_be_bytes());
    bytes.extend(CLASS_IN.to_be_bytes());
    bytes.extend(record.ttl.to_be_bytes());
    let data = data(&record.data);
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
}

fn data(data: &RecordData) -> Vec<u8> {
    let mut bytes = Vec::new();
    match data {
        RecordData::A(address) => bytes.extend(address.octets()),
        RecordData::Aaaa(address) => bytes.extend(address.octets()),
        RecordData::Cname(target) | RecordData::Ns(target) | RecordData::Ptr(target) => {
            name(target, &mut bytes);
        }
        RecordData::Mx { preference, exchange } => {
            bytes.extend(preference.to_be_bytes());
            name(exchange, &mut bytes);
        }
        RecordData::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
            name(mname, &mut bytes);
            name(rname, &mut bytes);
            for number in [serial, refresh, retry, expire, minimum] {
                bytes.extend(number.to_be_bytes());
            }
        }
        RecordData::Srv { priority, weight, port, target } => {
            for number in [priority, weight, port] {
                bytes.extend(number.to_be_bytes());
            }
            name(target, &mut bytes);
        }
        RecordData::Txt(strings) => {
            for string in strings {
                let string = &string.as_bytes()[..string.len().min(usize::from(u8::MAX))];
                bytes.push(string.len() as u8);
                bytes.extend(string);
            }
        }
    }
    bytes
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
