//! Ethernet: hardware addresses, and the frame that carries a packet over one link.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Arp, Packet};

/// A hardware address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The broadcast address.
    pub const BROADCAST: Mac = Mac([0xff; 6]);
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The link-layer header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ethernet {
    /// Who put the frame on this link.
    pub source: Mac,
    /// Who takes it off.
    pub destination: Mac,
}

/// What a device handles: a packet, with a link-layer header where the device has one.
///
/// `ethernet` is absent inside the IP stack and on layer-3 tunnels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The link-layer header.
    pub ethernet: Option<Ethernet>,
    /// What it carries.
    pub body: FrameBody,
}

/// What a frame carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FrameBody {
    /// An IPv4 or IPv6 packet.
    Ip(Packet),
    /// An address resolution message.
    Arp(Arp),
}

impl Frame {
    /// A packet without a link-layer header.
    pub fn bare(packet: Packet) -> Self {
        Self { ethernet: None, body: FrameBody::Ip(packet) }
    }

    /// The IP packet, unless it is an ARP frame.
    pub fn packet(&self) -> Option<&Packet> {
        match &self.body {
            FrameBody::Ip(packet) => Some(packet),
            FrameBody::Arp(_) => None,
        }
    }

    /// The IP packet to change, unless it is an ARP frame.
    pub fn packet_mut(&mut self) -> Option<&mut Packet> {
        match &mut self.body {
            FrameBody::Ip(packet) => Some(packet),
            FrameBody::Arp(_) => None,
        }
    }
}
