//! Typed packets and their bytes, five-tuples and virtual time.
//!
//! Packets are not bytes here: fields carry what a kernel or a learner would read. `layers` turns
//! a frame into the stack of headers a capture shows. Nothing in this crate decides where a packet
//! goes; that is `dataplane`.

mod arp;
mod bytes;
mod ethernet;
mod five_tuple;
mod ip;
mod layers;
mod tcpdump;
mod time;
mod transport;

pub mod dns;
pub mod http;
pub mod pcap;
pub mod tls;

pub use arp::Arp;
pub use bytes::Extent;
pub use ethernet::{Ethernet, Frame, FrameBody, Mac};
pub use five_tuple::{FiveTuple, Protocol, socket};
pub use ip::{Packet, Transport};
pub use layers::{Field, FieldChange, Layer};
pub use time::{EPOCH_UNIX_SECONDS, Time};
pub use transport::{Datagram, Icmp, Payload, Sctp, SctpChunk, Tcp, TcpFlags, Udp, Unreachable};
