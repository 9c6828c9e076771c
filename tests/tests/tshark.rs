//! Packets written as a capture and read back by a real decoder: every kind, and every journey of
//! the suite.
//!
//! Runs where `tshark` is installed; `cargo xtask test` installs it where it can.

#![cfg(not(target_arch = "wasm32"))]

use std::net::IpAddr;
use std::process::Command;

use packet::pcap::{Captured, pcapng};
use packet::{
    Arp, Datagram, Ethernet, Frame, FrameBody, Icmp, Mac, Packet, Payload, Sctp, SctpChunk, Tcp,
    TcpFlags, Time, Transport, Udp, Unreachable, dns, http, tls,
};

const CLIENT: Mac = Mac([0x0a, 0x58, 10, 244, 2, 5]);
const GATEWAY: Mac = Mac([0x0a, 0x58, 10, 244, 2, 1]);

fn frame(source: &str, destination: &str, transport: Transport) -> Frame {
    let address = |text: &str| -> IpAddr { text.parse().expect("a literal address") };
    Frame {
        ethernet: Some(Ethernet { source: CLIENT, destination: GATEWAY }),
        body: FrameBody::Ip(Packet {
            source: address(source),
            destination: address(destination),
            ttl: 64,
            identification: 1,
            dont_fragment: true,
            transport,
        }),
    }
}

fn tcp(payload: Payload, flags: TcpFlags) -> Transport {
    let (source_port, destination_port) = match &payload {
        Payload::Tls(_) => (48443, 443),
        Payload::Dns(_) => (48053, 53),
        _ => (48580, 80),
    };
    Transport::Tcp(Tcp {
        source_port,
        destination_port,
        sequence: 1,
        acknowledgement: u32::from(flags.ack),
        flags,
        window: 64240,
        payload,
    })
}

fn dns_answer() -> dns::Message {
    let name = "web-service.default.svc.cluster.local.".to_owned();
    let record = |data| dns::Record { name: name.clone(), ttl: 30, data };
    dns::Message {
        id: 7,
        response: true,
        authoritative: true,
        truncated: false,
        recursion_available: false,
        rcode: dns::Rcode::NoError,
        question: dns::Question { name: name.clone(), record_type: dns::RecordType::A },
        answers: vec![
            record(dns::RecordData::A([10, 96, 15, 20].into())),
            record(dns::RecordData::Srv {
                priority: 0,
                weight: 100,
                port: 80,
                target: name.clone(),
            }),
            record(dns::RecordData::Txt(vec!["1.1.0".into()])),
        ],
        authority: Vec::new(),
        additional: Vec::new(),
    }
}

fn every_kind() -> Vec<Frame> {
    let syn = TcpFlags { syn: true, ..Default::default() };
    let push = TcpFlags { ack: true, psh: true, ..Default::default() };
    let request = http::Request {
        method: "GET".into(),
        target: "/".into(),
        headers: vec![("Host".into(), "web-service".into())],
        body: String::new(),
    };
    let hello = tls::Record::ClientHello { server_name: Some("shop.example.com".into()) };
    let server_hello = tls::Record::ServerHello {
        common_name: "shop.example.com".into(),
        subject_names: vec!["shop.example.com".into()],
        issuer: "Podhop test".into(),
    };
    let udp =
        |port, payload| Transport::Udp(Udp { source_port: 40000, destination_port: port, payload });
    let ping = Transport::Icmp(Icmp::EchoRequest { identifier: 1, sequence: 1 });
    let inner = frame("10.244.2.5", "10.244.1.10", tcp(Payload::Empty, syn));
    let about = Box::new(inner.packet().expect("it carries IP").clone());
    let arp = Arp {
        reply: false,
        sender_mac: CLIENT,
        sender: [10, 244, 2, 5].into(),
        target_mac: Mac([0; 6]),
        target: [10, 244, 2, 1].into(),
    };
    let mut frames = vec![
        Frame {
            ethernet: Some(Ethernet { source: CLIENT, destination: Mac::BROADCAST }),
            body: FrameBody::Arp(arp),
        },
        inner.clone(),
        frame("10.244.2.5", "10.96.15.20", tcp(Payload::HttpRequest(request.clone()), push)),
        frame("10.244.2.5", "10.96.15.20", tcp(Payload::Tls(hello), push)),
        frame("10.96.15.20", "10.244.2.5", tcp(Payload::Tls(server_hello), push)),
        frame(
            "10.244.2.5",
            "10.96.15.20",
            tcp(
                Payload::Tls(tls::Record::ApplicationData(Box::new(Payload::HttpRequest(request)))),
                push,
            ),
        ),
        frame("10.96.0.10", "10.244.2.5", udp(53, Datagram::Dns(dns_answer()))),
        frame("10.96.0.10", "10.244.2.5", tcp(Payload::Dns(dns_answer()), push)),
        frame(
            "192.168.1.11",
            "192.168.1.10",
            udp(8472, Datagram::Vxlan { vni: 1, frame: Box::new(inner) }),
        ),
        frame("10.244.2.5", "10.244.1.10", ping.clone()),
        frame("fd00::5", "fd00::10", ping),
        frame("fd00::5", "fd00::10", tcp(Payload::Empty, syn)),
        frame("192.168.1.11", "192.168.1.10", Transport::IpInIp(about.clone())),
    ];
    for code in
        [Unreachable::Port, Unreachable::Host, Unreachable::FragmentationNeeded { mtu: 1450 }]
    {
        let icmp = Icmp::Unreachable { code, about: about.clone() };
        frames.push(frame("10.244.2.1", "10.244.2.5", Transport::Icmp(icmp)));
    }
    for chunk in [
        SctpChunk::Init,
        SctpChunk::InitAck,
        SctpChunk::CookieEcho,
        SctpChunk::CookieAck,
        SctpChunk::Data,
        SctpChunk::Abort,
    ] {
        let sctp = Sctp { source_port: 3868, destination_port: 3868, chunk };
        frames.push(frame("10.244.2.5", "10.244.1.10", Transport::Sctp(sctp)));
    }
    frames
}

/// What a decoder must not find: a broken packet, a wrong checksum.
const COMPLAINTS: &str = "_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 \
    || udp.checksum.status == 0 || icmp.checksum.status == 0 || sctp.checksum.status == 0";

/// Has tshark read a capture and complain; `None` where it is not installed.
fn complaints(name: &str, capture: &[u8]) -> Option<String> {
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("tshark is not installed: skipped");
        return None;
    }
    let path = std::env::temp_dir().join(format!("podhop-{}-{name}.pcapng", std::process::id()));
    std::fs::write(&path, capture).expect("the temporary folder can be written");
    let checks = ["ip", "tcp", "udp"].map(|layer| format!("{layer}.check_checksum:TRUE"));
    let output = Command::new("tshark")
        .arg("-r")
        .arg(&path)
        .args(checks.iter().flat_map(|check| ["-o", check.as_str()]))
        .args(["-o", "sctp.checksum:TRUE", "-d", "udp.port==8472,vxlan", "-Y", COMPLAINTS, "-V"])
        .output()
        .expect("tshark runs");
    std::fs::remove_file(&path).expect("the file was written before");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn a_real_decoder_finds_nothing_wrong_with_any_kind_of_packet() {
    let captured: Vec<Captured> = every_kind()
        .into_iter()
        .enumerate()
        .map(|(n, frame)| Captured { interface: 0, at: Time(n as u64 * 1000), frame })
        .collect();
    let capture = pcapng(&["node-1 cni0".to_owned()], &captured);
    assert_eq!(complaints("kinds", &capture).unwrap_or_default(), "");
}

#[test]
fn a_real_decoder_finds_nothing_wrong_with_any_journey_of_the_suite() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/suite");
    let mut journeys = 0;
    for entry in std::fs::read_dir(folder).expect("tests/suite exists") {
        let path = entry.expect("the folder can be read").path();
        let text = std::fs::read_to_string(&path).expect("the suite's files are text");
        let report = suite::check(&text).expect("the file is well formed");
        for journey in &report.journeys {
            journeys += 1;
            let capture = journey.pcapng(|_| true);
            let Some(found) = complaints("journey", &capture) else { return };
            assert_eq!(found, "", "{}: {}", path.display(), journey.question.target);
        }
    }
    assert!(journeys > 0, "the suite makes no request");
}
