//! Who talks to whom, over what: the tuple that names a flow.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// A protocol above IP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// Transmission control, protocol 6.
    Tcp,
    /// User datagrams, protocol 17.
    Udp,
    /// Stream control transmission, protocol 132.
    Sctp,
    /// Control messages, protocol 1 (58 in IPv6).
    Icmp,
    /// IP in IP, protocol 4.
    IpInIp,
}

impl Protocol {
    /// The protocol of a Service's or policy's `protocol` field; absent means TCP.
    pub fn from_kubernetes(name: Option<&str>) -> Option<Self> {
        match name.unwrap_or("TCP") {
            "TCP" => Some(Self::Tcp),
            "UDP" => Some(Self::Udp),
            "SCTP" => Some(Self::Sctp),
            _ => None,
        }
    }

    /// `tcp`, as `iptables` and `conntrack` write it.
    pub fn lower(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
            Self::Icmp => "icmp",
            Self::IpInIp => "ipip",
        }
    }
}

/// Writes `TCP`, as Kubernetes does.
impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Sctp => "SCTP",
            Self::Icmp => "ICMP",
            Self::IpInIp => "IPIP",
        })
    }
}

/// A flow's name, in one direction; ports are zero where the protocol has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FiveTuple {
    /// The protocol.
    pub protocol: Protocol,
    /// The sender's address.
    pub source: IpAddr,
    /// The sender's port.
    pub source_port: u16,
    /// The receiver's address.
    pub destination: IpAddr,
    /// The receiver's port.
    pub destination_port: u16,
}

impl FiveTuple {
    /// The same flow seen from the other side.
    pub fn reversed(self) -> Self {
        Self {
            protocol: self.protocol,
            source: self.destination,
            source_port: self.destination_port,
            destination: self.source,
            destination_port: self.source_port,
        }
    }
}

/// Writes `TCP 10.244.1.5:48580 → 10.96.15.20:80`.
impl fmt::Display for FiveTuple {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {} → {}",
            self.protocol,
            socket(self.source, self.source_port),
            socket(self.destination, self.destination_port)
        )
    }
}

/// `address:port`, or `[address]:port` for IPv6, or the address alone for port 0.
pub fn socket(address: IpAddr, port: u16) -> String {
    match (address, port) {
        (address, 0) => address.to_string(),
        (IpAddr::V4(address), port) => format!("{address}:{port}"),
        (IpAddr::V6(address), port) => format!("[{address}]:{port}"),
    }
}
