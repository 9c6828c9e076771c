//! A frame as the one line that `tcpdump -nS` prints of it.
//!
//! Models tcpdump 4.99: `print-tcp.c`, `print-udp.c`, `print-domain.c`, `print-icmp.c`, `print-arp.c`.
//! Sequence numbers are absolute, as with `-S`, since a line here may stand alone.

use std::fmt::Write;
use std::net::IpAddr;

use crate::{
    Arp, Datagram, Frame, FrameBody, Icmp, Packet, Payload, Protocol, SctpChunk, Tcp, Time,
    Transport, Udp, Unreachable, dns,
};

/// The Linux VXLAN port, which tcpdump takes for OTV.
const OTV_PORT: u16 = 8472;

/// Where tcpdump looks for HTTP.
const HTTP_PORTS: [u16; 3] = [80, 3128, 8080];

/// What ICMPv4 writes before its payload.
const ICMP_HEADER: usize = 8;

impl Frame {
    /// The frame's line, without the time.
    pub fn tcpdump(&self) -> String {
        let mut line = String::new();
        match &self.body {
            FrameBody::Ip(packet) => {
                line.push_str(if packet.source.is_ipv4() { "IP " } else { "IP6 " });
                packet_line(packet, &mut line);
            }
            FrameBody::Arp(arp) => arp_line(arp, &mut line),
        }
        line
    }
}

impl Time {
    /// The time of day as tcpdump prints it: `09:00:12.034567`, in UTC.
    pub fn clock(self) -> String {
        let day = self.unix_seconds() % 86_400;
        let (hours, minutes, seconds) = (day / 3_600, day / 60 % 60, day % 60);
        format!("{hours:02}:{minutes:02}:{seconds:02}.{:06}", self.subsecond_micros())
    }
}

fn add(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("writing to a string succeeds");
}

fn packet_line(packet: &Packet, line: &mut String) {
    let (source, destination) = (packet.source, packet.destination);
    let (from, to) = packet.ports();
    let has_ports = !matches!(packet.protocol(), Protocol::Icmp | Protocol::IpInIp);
    if has_ports {
        add(line, format_args!("{source}.{from} > {destination}.{to}: "));
    } else {
        add(line, format_args!("{source} > {destination}: "));
    }
    match &packet.transport {
        Transport::Tcp(tcp) => tcp_line(tcp, line),
        Transport::Udp(udp) => udp_line(udp, line),
        Transport::Sctp(sctp) => add(line, format_args!("sctp (1) [{}]", chunk_name(sctp.chunk))),
        Transport::Icmp(icmp) if source.is_ipv4() => {
            let length = packet.length().saturating_sub(20);
            icmp_line(icmp, length, line);
        }
        Transport::Icmp(icmp) => icmpv6_line(icmp, packet.length().saturating_sub(40), line),
        Transport::IpInIp(inner) => {
            line.push_str(if inner.source.is_ipv4() { "IP " } else { "IP6 " });
            packet_line(inner, line);
        }
    }
}

fn tcp_line(tcp: &Tcp, line: &mut String) {
    let flags = tcp.flags;
    line.push_str("Flags [");
    for (set, letter) in
        [(flags.fin, 'F'), (flags.syn, 'S'), (flags.rst, 'R'), (flags.psh, 'P'), (flags.ack, '.')]
    {
        if set {
            line.push(letter);
        }
    }
    line.push(']');
    let length = tcp.payload.bytes().len();
    if length > 0 {
        let end = tcp.sequence.wrapping_add(length as u32);
        add(line, format_args!(", seq {}:{end}", tcp.sequence));
    } else if flags.syn || flags.fin || flags.rst {
        add(line, format_args!(", seq {}", tcp.sequence));
    }
    if flags.ack {
        add(line, format_args!(", ack {}", tcp.acknowledgement));
    }
    add(line, format_args!(", win {}, length {length}", tcp.window));
    let is_http =
        HTTP_PORTS.iter().any(|port| [tcp.source_port, tcp.destination_port].contains(port));
    match &tcp.payload {
        Payload::HttpRequest(request) if is_http => {
            add(line, format_args!(": HTTP: {} {} HTTP/1.1", request.method, request.target));
        }
        Payload::HttpResponse(response) if is_http => {
            add(line, format_args!(": HTTP: HTTP/1.1 {} {}", response.status, response.reason));
        }
        Payload::Dns(message) => {
            line.push(' ');
            dns_line(message, length.saturating_sub(2), line);
        }
        Payload::HttpRequest(_)
        | Payload::HttpResponse(_)
        | Payload::Empty
        | Payload::Tls(_)
        | Payload::Bytes(_) => {}
    }
}

fn udp_line(udp: &Udp, line: &mut String) {
    match &udp.payload {
        Datagram::Dns(message) => dns_line(message, message.bytes().len(), line),
        Datagram::Vxlan { vni, frame } => {
            if udp.destination_port == OTV_PORT {
                add(line, format_args!("OTV, flags [I] (0x08), overlay 0, instance {vni}\n"));
            } else {
                add(line, format_args!("VXLAN, flags [I] (0x08), vni {vni}\n"));
            }
            line.push_str(&frame.tcpdump());
        }
        Datagram::Bytes(bytes) => add(line, format_args!("UDP, length {}", bytes.len())),
    }
}

fn dns_line(message: &dns::Message, length: usize, line: &mut String) {
    let (id, question) = (message.id, &message.question);
    if !message.response {
        let (kind, name) = (question.record_type, question.name.trim_end_matches('.'));
        return add(line, format_args!("{id}+ {kind}? {name}. ({length})"));
    }
    let code = match message.rcode {
        dns::Rcode::NoError => "",
        dns::Rcode::FormatError => " FormErr",
        dns::Rcode::ServerFailure => " ServFail",
        dns::Rcode::NameError => " NXDomain",
        dns::Rcode::NotImplemented => " NotImp",
        dns::Rcode::Refused => " Refused",
    };
    let authoritative = if message.authoritative { "*" } else { "" };
    let recursion = if message.recursion_available { "" } else { "-" };
    let cut = if message.truncated { "|" } else { "" };
    let counts = [&message.answers, &message.authority, &message.additional].map(Vec::len);
    let [answers, authority, additional] = counts;
    add(
        line,
        format_args!(
            "{id}{code}{authoritative}{recursion}{cut} {answers}/{authority}/{additional}"
        ),
    );
    for (position, record) in message.answers.iter().enumerate() {
        let comma = if position == 0 { "" } else { "," };
        add(line, format_args!("{comma} {} {}", record.data.record_type(), record.data));
    }
    add(line, format_args!(" ({length})"));
}

fn icmp_line(icmp: &Icmp, length: usize, line: &mut String) {
    line.push_str("ICMP ");
    match icmp {
        Icmp::EchoRequest { identifier, sequence } => {
            add(line, format_args!("echo request, id {identifier}, seq {sequence}"));
        }
        Icmp::EchoReply { identifier, sequence } => {
            add(line, format_args!("echo reply, id {identifier}, seq {sequence}"));
        }
        Icmp::Unreachable { code, about } => {
            let to = about.destination;
            match code {
                Unreachable::Network => add(line, format_args!("net {to} unreachable")),
                Unreachable::Host => add(line, format_args!("host {to} unreachable")),
                Unreachable::Port => {
                    let (protocol, port) = (about.protocol().lower(), about.ports().1);
                    add(line, format_args!("{to} {protocol} port {port} unreachable"));
                }
                Unreachable::FragmentationNeeded { mtu } => {
                    add(line, format_args!("{to} unreachable - need to frag (mtu {mtu})"));
                }
                Unreachable::AdministrativelyProhibited => {
                    add(line, format_args!("host {to} unreachable - admin prohibited filter"));
                }
            }
        }
        Icmp::TimeExceeded { .. } => line.push_str("time exceeded in-transit"),
    }
    add(line, format_args!(", length {}", length.max(ICMP_HEADER)));
}

fn icmpv6_line(icmp: &Icmp, length: usize, line: &mut String) {
    line.push_str("ICMP6, ");
    match icmp {
        Icmp::EchoRequest { identifier, sequence } => {
            add(line, format_args!("echo request, id {identifier}, seq {sequence}"));
        }
        Icmp::EchoReply { identifier, sequence } => {
            add(line, format_args!("echo reply, id {identifier}, seq {sequence}"));
        }
        Icmp::Unreachable { code, about } => {
            let to: IpAddr = about.destination;
            match code {
                Unreachable::Network => {
                    add(line, format_args!("destination unreachable, unreachable route {to}"));
                }
                Unreachable::Host => {
                    add(line, format_args!("destination unreachable, unreachable address {to}"));
                }
                Unreachable::Port => {
                    let (protocol, port) = (about.protocol().lower(), about.ports().1);
                    let what = "destination unreachable, unreachable port";
                    add(line, format_args!("{what}, {to} {protocol} port {port}"));
                }
                Unreachable::FragmentationNeeded { mtu } => {
                    add(line, format_args!("packet too big, mtu {mtu}"));
                }
                Unreachable::AdministrativelyProhibited => {
                    let what = "destination unreachable, unreachable prohibited";
                    add(line, format_args!("{what} {to}"));
                }
            }
        }
        Icmp::TimeExceeded { about } => {
            add(line, format_args!("time exceeded in-transit for {}", about.destination));
        }
    }
    add(line, format_args!(", length {length}"));
}

fn arp_line(arp: &Arp, line: &mut String) {
    if arp.reply {
        add(line, format_args!("ARP, Reply {} is-at {}, length 28", arp.sender, arp.sender_mac));
    } else {
        add(
            line,
            format_args!("ARP, Request who-has {} tell {}, length 28", arp.target, arp.sender),
        );
    }
}

fn chunk_name(chunk: SctpChunk) -> &'static str {
    match chunk {
        SctpChunk::Init => "INIT",
        SctpChunk::InitAck => "INIT ACK",
        SctpChunk::CookieEcho => "COOKIE ECHO",
        SctpChunk::CookieAck => "COOKIE ACK",
        SctpChunk::Data => "DATA",
        SctpChunk::Abort => "ABORT",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TcpFlags;

    fn packet(transport: Transport) -> Packet {
        Packet {
            source: [10, 244, 2, 5].into(),
            destination: [10, 96, 15, 20].into(),
            ttl: 64,
            identification: 1,
            dont_fragment: true,
            transport,
        }
    }

    fn syn() -> Packet {
        packet(Transport::Tcp(Tcp {
            source_port: 48580,
            destination_port: 80,
            sequence: 1000,
            acknowledgement: 0,
            flags: TcpFlags { syn: true, ..Default::default() },
            window: 64240,
            payload: Payload::Empty,
        }))
    }

    #[test]
    fn a_segment_shows_flags_numbers_and_length() {
        assert_eq!(
            Frame::bare(syn()).tcpdump(),
            "IP 10.244.2.5.48580 > 10.96.15.20.80: Flags [S], seq 1000, win 64240, length 0"
        );
    }

    #[test]
    fn a_tunnel_shows_the_packet_inside_on_a_line_of_its_own() {
        let outer = packet(Transport::Udp(Udp {
            source_port: 50123,
            destination_port: OTV_PORT,
            payload: Datagram::Vxlan { vni: 1, frame: Box::new(Frame::bare(syn())) },
        }));
        let line = Frame::bare(outer).tcpdump();
        let (envelope, inside) = line.split_once('\n').expect("there are two lines");
        assert!(envelope.ends_with(": OTV, flags [I] (0x08), overlay 0, instance 1"), "{envelope}");
        assert!(inside.starts_with("IP 10.244.2.5.48580 > "), "{inside}");
    }

    #[test]
    fn a_refusal_names_the_port_and_its_length_on_the_wire() {
        let error = packet(Transport::Icmp(Icmp::Unreachable {
            code: Unreachable::Port,
            about: Box::new(syn()),
        }));
        assert_eq!(
            Frame::bare(error).tcpdump(),
            "IP 10.244.2.5 > 10.96.15.20: ICMP 10.96.15.20 tcp port 80 unreachable, length 36"
        );
    }

    #[test]
    fn the_clock_shows_the_time_of_day() {
        assert_eq!(Time(12_034_567).clock(), "09:00:12.034567");
    }
}
