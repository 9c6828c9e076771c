//! The network layer: addresses, hop limit, and what the packet carries.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::{FiveTuple, Icmp, Protocol, Sctp, Tcp, Udp};

/// An IPv4 or IPv6 packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packet {
    /// Who sent it, as this hop sees it.
    pub source: IpAddr,
    /// Where it goes, as this hop sees it.
    pub destination: IpAddr,
    /// Routers it may still cross: `ttl` in IPv4, hop limit in IPv6.
    pub ttl: u8,
    /// The IPv4 identification field.
    pub identification: u16,
    /// The IPv4 flag that forbids fragmenting.
    pub dont_fragment: bool,
    /// What it carries.
    pub transport: Transport,
}

/// What an IP packet carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// A TCP segment.
    Tcp(Tcp),
    /// A UDP datagram.
    Udp(Udp),
    /// An SCTP packet.
    Sctp(Sctp),
    /// A control message.
    Icmp(Icmp),
    /// A whole packet inside (IPIP, protocol 4).
    IpInIp(Box<Packet>),
}

impl Packet {
    /// The protocol of what it carries.
    pub fn protocol(&self) -> Protocol {
        match &self.transport {
            Transport::Tcp(_) => Protocol::Tcp,
            Transport::Udp(_) => Protocol::Udp,
            Transport::Sctp(_) => Protocol::Sctp,
            Transport::Icmp(_) => Protocol::Icmp,
            Transport::IpInIp(_) => Protocol::IpInIp,
        }
    }

    /// Source and destination ports, zero where the protocol has none.
    pub fn ports(&self) -> (u16, u16) {
        match &self.transport {
            Transport::Tcp(tcp) => (tcp.source_port, tcp.destination_port),
            Transport::Udp(udp) => (udp.source_port, udp.destination_port),
            Transport::Sctp(sctp) => (sctp.source_port, sctp.destination_port),
            Transport::Icmp(_) | Transport::IpInIp(_) => (0, 0),
        }
    }

    /// Rewrites the source port, where the protocol has one.
    pub fn set_source_port(&mut self, port: u16) {
        match &mut self.transport {
            Transport::Tcp(tcp) => tcp.source_port = port,
            Transport::Udp(udp) => udp.source_port = port,
            Transport::Sctp(sctp) => sctp.source_port = port,
            Transport::Icmp(_) | Transport::IpInIp(_) => {}
        }
    }

    /// Rewrites the destination port, where the protocol has one.
    pub fn set_destination_port(&mut self, port: u16) {
        match &mut self.transport {
            Transport::Tcp(tcp) => tcp.destination_port = port,
            Transport::Udp(udp) => udp.destination_port = port,
            Transport::Sctp(sctp) => sctp.destination_port = port,
            Transport::Icmp(_) | Transport::IpInIp(_) => {}
        }
    }

    /// The tuple by which conntrack and rules know this packet.
    pub fn five_tuple(&self) -> FiveTuple {
        let (source_port, destination_port) = self.ports();
        FiveTuple {
            protocol: self.protocol(),
            source: self.source,
            source_port,
            destination: self.destination,
            destination_port,
        }
    }
}
