//! A frame as the bytes on the wire, with lengths and checksums that a decoder accepts.
//!
//! Headers are written by `etherparse`; the messages inside are written by the sibling modules.

mod dns;
mod extents;
mod http;
mod sctp;
mod tls;

pub use extents::Extent;

use std::net::IpAddr;

use etherparse::{
    ArpHardwareId, ArpOperation, ArpPacket, EtherType, Ethernet2Header, IcmpEchoHeader,
    Icmpv4Header, Icmpv4Type, Icmpv6Header, Icmpv6Type, IpNumber, Ipv4Header, Ipv6Header,
    TcpHeader, UdpHeader, icmpv4, icmpv6,
};

use crate::{
    Arp, Datagram, Ethernet, Frame, FrameBody, Icmp, Mac, Packet, Payload, Protocol, Tcp,
    Transport, Udp, Unreachable,
};

impl Frame {
    /// The frame's bytes; one without a link-layer header is written with hardware addresses of
    /// zero, as a capture on the loopback device shows it.
    pub fn bytes(&self) -> Vec<u8> {
        let nobody = Mac([0; 6]);
        let ethernet = self.ethernet.unwrap_or(Ethernet { source: nobody, destination: nobody });
        let (ether_type, body) = match &self.body {
            FrameBody::Ip(packet) if packet.source.is_ipv4() => (EtherType::IPV4, packet.bytes()),
            FrameBody::Ip(packet) => (EtherType::IPV6, packet.bytes()),
            FrameBody::Arp(arp) => (EtherType::ARP, arp_bytes(arp)),
        };
        let header = Ethernet2Header {
            source: ethernet.source.0,
            destination: ethernet.destination.0,
            ether_type,
        };
        [header.to_bytes().as_slice(), &body].concat()
    }
}

impl Packet {
    /// The packet's bytes, from the IP header on.
    pub fn bytes(&self) -> Vec<u8> {
        let (source, destination) = (self.source, self.destination);
        let body = match &self.transport {
            Transport::Tcp(tcp) => tcp_bytes(tcp, source, destination),
            Transport::Udp(udp) => udp_bytes(udp, source, destination),
            Transport::Sctp(sctp) => sctp::bytes(sctp),
            Transport::Icmp(icmp) => icmp_bytes(icmp, source, destination),
            Transport::IpInIp(inner) => inner.bytes(),
        };
        let protocol = match self.protocol() {
            Protocol::Tcp => IpNumber::TCP,
            Protocol::Udp => IpNumber::UDP,
            Protocol::Sctp => IpNumber::SCTP,
            Protocol::Icmp if source.is_ipv4() => IpNumber::ICMP,
            Protocol::Icmp => IpNumber::IPV6_ICMP,
            Protocol::IpInIp => IpNumber::IPV4,
        };
        let header = match (source, destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                let mut header = Ipv4Header {
                    total_len: (Ipv4Header::MIN_LEN + body.len()).min(usize::from(u16::MAX)) as u16,
                    identification: self.identification,
                    dont_fragment: self.dont_fragment,
                    time_to_live: self.ttl,
                    protocol,
                    source: source.octets(),
                    destination: destination.octets(),
                    ..Default::default()
                };
                header.header_checksum = header.calc_header_checksum();
                header.to_bytes().to_vec()
            }
            (source, destination) => Ipv6Header {
                payload_length: body.len().min(usize::from(u16::MAX)) as u16,
                next_header: protocol,
                hop_limit: self.ttl,
                source: v6(source),
                destination: v6(destination),
                ..Default::default()
            }
            .to_bytes()
            .to_vec(),
        };
        [header, body].concat()
    }

    /// The packet's length in bytes, from the IP header on: what an MTU limits.
    pub fn length(&self) -> usize {
        self.bytes().len()
    }
}

impl crate::dns::Message {
    /// The message's bytes, as a datagram carries them.
    pub fn bytes(&self) -> Vec<u8> {
        dns::message(self)
    }
}

impl Payload {
    /// The bytes that a TCP segment carries; their number is what sequence numbers count.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Payload::Empty => Vec::new(),
            Payload::HttpRequest(request) => http::request(request),
            Payload::HttpResponse(response) => http::response(response),
            Payload::Tls(record) => tls::record(record),
            Payload::Dns(message) => {
                let message = dns::message(message);
                let length = message.len().min(usize::from(u16::MAX)) as u16;
                [length.to_be_bytes().as_slice(), &message].concat()
            }
            Payload::Bytes(bytes) => bytes.clone(),
        }
    }
}

fn v6(address: IpAddr) -> [u8; 16] {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
        IpAddr::V6(address) => address.octets(),
    }
}

fn arp_bytes(arp: &Arp) -> Vec<u8> {
    let operation = if arp.reply { ArpOperation::REPLY } else { ArpOperation::REQUEST };
    let (sender, target) = (arp.sender.octets(), arp.target.octets());
    ArpPacket::new(
        ArpHardwareId::ETHERNET,
        EtherType::IPV4,
        operation,
        &arp.sender_mac.0,
        &sender,
        &arp.target_mac.0,
        &target,
    )
    .map(|packet| packet.to_bytes().to_vec())
    .unwrap_or_default()
}

fn tcp_bytes(tcp: &Tcp, source: IpAddr, destination: IpAddr) -> Vec<u8> {
    let mut header = TcpHeader {
        source_port: tcp.source_port,
        destination_port: tcp.destination_port,
        sequence_number: tcp.sequence,
        acknowledgment_number: tcp.acknowledgement,
        syn: tcp.flags.syn,
        ack: tcp.flags.ack,
        fin: tcp.flags.fin,
        rst: tcp.flags.rst,
        psh: tcp.flags.psh,
        window_size: tcp.window,
        ..Default::default()
    };
    let payload = tcp.payload.bytes();
    header.checksum = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            header.calc_checksum_ipv4_raw(source.octets(), destination.octets(), &payload)
        }
        _ => header.calc_checksum_ipv6_raw(v6(source), v6(destination), &payload),
    }
    .unwrap_or_default();
    [header.to_bytes().as_slice(), &payload].concat()
}

fn udp_bytes(udp: &Udp, source: IpAddr, destination: IpAddr) -> Vec<u8> {
    let payload = match &udp.payload {
        Datagram::Dns(message) => dns::message(message),
        Datagram::Vxlan { vni, frame } => {
            let [_, high, middle, low] = vni.to_be_bytes();
            [&[0x08, 0, 0, 0, high, middle, low, 0], frame.bytes().as_slice()].concat()
        }
        Datagram::Bytes(bytes) => bytes.clone(),
    };
    let mut header = UdpHeader {
        source_port: udp.source_port,
        destination_port: udp.destination_port,
        length: (UdpHeader::LEN + payload.len()).min(usize::from(u16::MAX)) as u16,
        checksum: 0,
    };
    header.checksum = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            header.calc_checksum_ipv4_raw(source.octets(), destination.octets(), &payload)
        }
        _ => header.calc_checksum_ipv6_raw(v6(source), v6(destination), &payload),
    }
    .unwrap_or_default();
    [header.to_bytes().as_slice(), &payload].concat()
}

/// What `ping` sends after its header.
const ECHO_DATA: [u8; 56] = [0x2a; 56];

/// An ICMP error carries at least this much of the packet it is about: its header and 8 bytes.
const QUOTED: usize = 28;

fn icmp_bytes(icmp: &Icmp, source: IpAddr, destination: IpAddr) -> Vec<u8> {
    let payload = match icmp {
        Icmp::EchoRequest { .. } | Icmp::EchoReply { .. } => ECHO_DATA.to_vec(),
        Icmp::Unreachable { about, .. } | Icmp::TimeExceeded { about } => {
            let mut quoted = about.bytes();
            if source.is_ipv4() {
                quoted.truncate(QUOTED);
            }
            quoted
        }
    };
    if source.is_ipv4() {
        let header = Icmpv4Header::with_checksum(icmpv4_type(icmp), &payload);
        [header.to_bytes().as_slice(), &payload].concat()
    } else {
        let kind = icmpv6_type(icmp);
        let header = Icmpv6Header::with_checksum(kind, v6(source), v6(destination), &payload);
        header.map(|header| [header.to_bytes().as_slice(), &payload].concat()).unwrap_or_default()
    }
}

fn icmpv4_type(icmp: &Icmp) -> Icmpv4Type {
    use icmpv4::{DestUnreachableHeader as Header, TimeExceededCode};
    match icmp {
        Icmp::EchoRequest { identifier, sequence } => {
            Icmpv4Type::EchoRequest(IcmpEchoHeader { id: *identifier, seq: *sequence })
        }
        Icmp::EchoReply { identifier, sequence } => {
            Icmpv4Type::EchoReply(IcmpEchoHeader { id: *identifier, seq: *sequence })
        }
        Icmp::Unreachable { code, .. } => Icmpv4Type::DestinationUnreachable(match code {
            Unreachable::Network => Header::Network,
            Unreachable::Host => Header::Host,
            Unreachable::Port => Header::Port,
            Unreachable::FragmentationNeeded { mtu } => {
                Header::FragmentationNeeded { next_hop_mtu: *mtu }
            }
            Unreachable::AdministrativelyProhibited => Header::FilterProhibited,
        }),
        Icmp::TimeExceeded { .. } => {
            Icmpv4Type::TimeExceeded(TimeExceededCode::TtlExceededInTransit)
        }
    }
}

fn icmpv6_type(icmp: &Icmp) -> Icmpv6Type {
    use icmpv6::{DestUnreachableCode as Code, TimeExceededCode};
    match icmp {
        Icmp::EchoRequest { identifier, sequence } => {
            Icmpv6Type::EchoRequest(IcmpEchoHeader { id: *identifier, seq: *sequence })
        }
        Icmp::EchoReply { identifier, sequence } => {
            Icmpv6Type::EchoReply(IcmpEchoHeader { id: *identifier, seq: *sequence })
        }
        Icmp::Unreachable { code, .. } => match code {
            Unreachable::Network => Icmpv6Type::DestinationUnreachable(Code::NoRoute),
            Unreachable::Host => Icmpv6Type::DestinationUnreachable(Code::Address),
            Unreachable::Port => Icmpv6Type::DestinationUnreachable(Code::Port),
            Unreachable::FragmentationNeeded { mtu } => {
                Icmpv6Type::PacketTooBig { mtu: u32::from(*mtu) }
            }
            Unreachable::AdministrativelyProhibited => {
                Icmpv6Type::DestinationUnreachable(Code::Prohibited)
            }
        },
        Icmp::TimeExceeded { .. } => Icmpv6Type::TimeExceeded(TimeExceededCode::HopLimitExceeded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TcpFlags;
    use etherparse::{SlicedPacket, TransportSlice};

    fn segment(payload: Payload) -> Frame {
        Frame::bare(Packet {
            source: [10, 244, 2, 5].into(),
            destination: [10, 244, 1, 10].into(),
            ttl: 64,
            identification: 7,
            dont_fragment: true,
            transport: Transport::Tcp(Tcp {
                source_port: 48580,
                destination_port: 8080,
                sequence: 1,
                acknowledgement: 1,
                flags: TcpFlags { ack: true, psh: true, ..Default::default() },
                window: 502,
                payload,
            }),
        })
    }

    #[test]
    fn a_decoder_reads_back_what_was_written() {
        let bytes = segment(Payload::Bytes(b"hello".to_vec())).bytes();
        let sliced = SlicedPacket::from_ethernet(&bytes).expect("it is well-formed");
        let Some(TransportSlice::Tcp(tcp)) = sliced.transport else { panic!("it carries TCP") };
        assert_eq!((tcp.source_port(), tcp.destination_port()), (48580, 8080));
        assert_eq!(tcp.payload(), b"hello");
        let checksum = tcp.calc_checksum_ipv4([10, 244, 2, 5], [10, 244, 1, 10]);
        assert_eq!(checksum.ok(), Some(tcp.checksum()));
    }

    #[test]
    fn vxlan_adds_fifty_bytes_to_the_inner_packet() {
        let inner = segment(Payload::Empty);
        let length = inner.packet().expect("it carries IP").length();
        let outer = Packet {
            source: [192, 168, 1, 11].into(),
            destination: [192, 168, 1, 10].into(),
            ttl: 64,
            identification: 1,
            dont_fragment: false,
            transport: Transport::Udp(Udp {
                source_port: 50123,
                destination_port: 8472,
                payload: Datagram::Vxlan { vni: 1, frame: Box::new(inner) },
            }),
        };
        assert_eq!(outer.length(), length + 50);
    }
}
