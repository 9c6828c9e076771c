//! The transport layer: TCP, UDP, SCTP and ICMP, as far as a learner can observe them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Frame, Packet, dns, http, tls};

/// A TCP segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tcp {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// Number of the first byte.
    pub sequence: u32,
    /// Number of the next byte expected.
    pub acknowledgement: u32,
    /// Control bits.
    pub flags: TcpFlags,
    /// Bytes the sender of this segment can take.
    pub window: u16,
    /// What it carries.
    pub payload: Payload,
}

/// TCP control bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct TcpFlags {
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
    pub psh: bool,
}

/// Writes `SYN, ACK`.
impl fmt::Display for TcpFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.syn, "SYN"),
            (self.fin, "FIN"),
            (self.rst, "RST"),
            (self.psh, "PSH"),
            (self.ack, "ACK"),
        ];
        let mut first = true;
        for name in names.iter().filter(|(set, _)| *set).map(|(_, name)| name) {
            if !first {
                f.write_str(", ")?;
            }
            f.write_str(name)?;
            first = false;
        }
        Ok(())
    }
}

/// What a TCP segment carries.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Payload {
    /// Nothing: a bare control segment.
    #[default]
    Empty,
    /// An HTTP request.
    HttpRequest(http::Request),
    /// An HTTP response.
    HttpResponse(http::Response),
    /// A TLS record.
    Tls(tls::Record),
    /// A DNS message (with its length before it on the wire).
    Dns(dns::Message),
    /// Anything else.
    Bytes(Vec<u8>),
}

/// A UDP datagram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Udp {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// What it carries.
    pub payload: Datagram,
}

/// What a UDP datagram carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Datagram {
    /// A DNS message.
    Dns(dns::Message),
    /// A whole frame, inside VXLAN (RFC 7348).
    Vxlan {
        /// The virtual network identifier.
        vni: u32,
        /// The inner frame.
        frame: Box<Frame>,
    },
    /// Anything else.
    Bytes(Vec<u8>),
}

/// An SCTP packet, with the one chunk that matters here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sctp {
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's port.
    pub destination_port: u16,
    /// The chunk.
    pub chunk: SctpChunk,
}

/// The kinds of SCTP chunk that set up and refuse an association.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum SctpChunk {
    Init,
    InitAck,
    CookieEcho,
    CookieAck,
    Data,
    Abort,
}

/// A control message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Icmp {
    /// `ping`.
    EchoRequest {
        /// Which ping.
        identifier: u16,
        /// Which of its requests.
        sequence: u16,
    },
    /// The answer to `ping`.
    EchoReply {
        /// Which ping.
        identifier: u16,
        /// Which of its requests.
        sequence: u16,
    },
    /// A packet could not be delivered; it comes back inside.
    Unreachable {
        /// Why.
        code: Unreachable,
        /// The packet it is about.
        about: Box<Packet>,
    },
    /// The hop limit ran out; the packet comes back inside.
    TimeExceeded {
        /// The packet it is about.
        about: Box<Packet>,
    },
}

/// Why a packet could not be delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreachable {
    /// No route to the network.
    Network,
    /// The host does not answer on its link.
    Host,
    /// Nothing listens on the port, or a rule says so.
    Port,
    /// Too big for the next link, and fragmenting was forbidden.
    FragmentationNeeded {
        /// The largest packet that fits, in bytes.
        mtu: u16,
    },
    /// A rule forbids it.
    AdministrativelyProhibited,
}
