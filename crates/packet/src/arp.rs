//! Address resolution, RFC 826: who has this address on this link?

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::Mac;

/// An ARP request or reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arp {
    /// Whether this is the answer.
    pub reply: bool,
    /// The asker's (or answerer's) hardware address.
    pub sender_mac: Mac,
    /// Its IP address.
    pub sender: Ipv4Addr,
    /// The wanted hardware address, all zero in a request.
    pub target_mac: Mac,
    /// The address asked for.
    pub target: Ipv4Addr,
}
