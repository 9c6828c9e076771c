//! DNS messages, RFC 1035 and RFC 2782, with the record types that cluster DNS answers.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

/// A query or an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Matches an answer to its query.
    pub id: u16,
    /// Whether this is an answer.
    pub response: bool,
    /// Whether the server owns the zone.
    pub authoritative: bool,
    /// Whether records were left out that did not fit into a datagram.
    pub truncated: bool,
    /// Whether the server would also ask others.
    pub recursion_available: bool,
    /// The result.
    pub rcode: Rcode,
    /// What is asked.
    pub question: Question,
    /// The records that answer it.
    pub answers: Vec<Record>,
    /// The zone's own record, in a negative answer.
    pub authority: Vec<Record>,
    /// Records the asker will want next.
    pub additional: Vec<Record>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Question {
    /// The fully qualified name, with its last dot.
    pub name: String,
    /// The type of record wanted.
    pub record_type: RecordType,
}

/// The result of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum Rcode {
    NoError,
    FormatError,
    ServerFailure,
    NameError,
    NotImplemented,
    Refused,
}

impl Rcode {
    /// `NXDOMAIN`, as `dig` writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::NoError => "NOERROR",
            Self::FormatError => "FORMERR",
            Self::ServerFailure => "SERVFAIL",
            Self::NameError => "NXDOMAIN",
            Self::NotImplemented => "NOTIMP",
            Self::Refused => "REFUSED",
        }
    }
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A type of record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RecordType {
    A,
    Aaaa,
    Cname,
    Mx,
    Ns,
    Ptr,
    Soa,
    Srv,
    Txt,
    Any,
}

impl RecordType {
    /// `AAAA`, as zone files write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Ns => "NS",
            Self::Ptr => "PTR",
            Self::Soa => "SOA",
            Self::Srv => "SRV",
            Self::Txt => "TXT",
            Self::Any => "ANY",
        }
    }

    /// The type of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        const ALL: [RecordType; 10] = [
            RecordType::A,
            RecordType::Aaaa,
            RecordType::Cname,
            RecordType::Mx,
            RecordType::Ns,
            RecordType::Ptr,
            RecordType::Soa,
            RecordType::Srv,
            RecordType::Txt,
            RecordType::Any,
        ];
        ALL.into_iter().find(|record_type| record_type.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A resource record.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Record {
    /// The name it belongs to, with its last dot.
    pub name: String,
    /// How long it may be kept, in seconds.
    pub ttl: u32,
    /// What it says.
    pub data: RecordData,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum RecordData {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    Cname(String),
    Mx {
        preference: u16,
        exchange: String,
    },
    Ns(String),
    Ptr(String),
    Soa {
        mname: String,
        rname: String,
        serial: u32,
        refresh: u32,
        retry: u32,
        expire: u32,
        minimum: u32,
    },
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    Txt(Vec<String>),
}

impl RecordData {
    /// The record's type.
    pub fn record_type(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::Aaaa,
            Self::Cname(_) => RecordType::Cname,
            Self::Mx { .. } => RecordType::Mx,
            Self::Ns(_) => RecordType::Ns,
            Self::Ptr(_) => RecordType::Ptr,
            Self::Soa { .. } => RecordType::Soa,
            Self::Srv { .. } => RecordType::Srv,
            Self::Txt(_) => RecordType::Txt,
        }
    }
}

/// Writes the record's data as a zone file does.
impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::A(address) => write!(f, "{address}"),
            Self::Aaaa(address) => write!(f, "{address}"),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => f.write_str(name),
            Self::Mx { preference, exchange } => write!(f, "{preference} {exchange}"),
            Self::Soa { mname, rname, serial, refresh, retry, expire, minimum } => {
                write!(f, "{mname} {rname} {serial} {refresh} {retry} {expire} {minimum}")
            }
            Self::Srv { priority, weight, port, target } => {
                write!(f, "{priority} {weight} {port} {target}")
            }
            Self::Txt(strings) => {
                let quoted: Vec<String> = strings.iter().map(|s| format!("{s:?}")).collect();
                f.write_str(&quoted.join(" "))
            }
        }
    }
}

/// Writes `web.default.svc.cluster.local. 30 IN A 10.96.15.20`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} {}", self.name, self.ttl, self.data.record_type(), self.data)
    }
}
