//! A frame as the stack of headers that a capture shows, and what changed between two of them.
//!
//! This is the one list of header fields: the inspector, `--json` and the trace's own check that a
//! translation changed something all read it.

use serde::{Deserialize, Serialize};

use crate::{
    Arp, Datagram, Frame, FrameBody, Icmp, Packet, Payload, Sctp, Tcp, Transport, Udp, Unreachable,
    dns, http, tls,
};

/// One header: `IPv4` with its fields.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layer {
    /// `Ethernet`, `IPv4`, `VXLAN`, `TCP`, `DNS`, `HTTP` …
    pub protocol: String,
    /// What it is in a few words: `SYN`, `A? web-service.default.svc.cluster.local.`, `200 OK`.
    pub summary: String,
    /// Its fields in wire order.
    pub fields: Vec<Field>,
}

/// One header field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// `source`, `destination`, `ttl` …
    pub name: String,
    /// Its value, as tools print it.
    pub value: String,
}

/// One field that differs between two frames.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The header it is in.
    pub protocol: String,
    /// The field.
    pub field: String,
    /// Its value before.
    pub before: String,
    /// Its value after.
    pub after: String,
}

impl Layer {
    fn new(protocol: &str, summary: impl Into<String>) -> Self {
        Self { protocol: protocol.into(), summary: summary.into(), fields: Vec::new() }
    }

    fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.fields.push(Field { name: name.into(), value: value.to_string() });
        self
    }
}

impl Frame {
    /// The headers from the outside in.
    pub fn layers(&self) -> Vec<Layer> {
        let mut layers = Vec::new();
        frame_layers(self, &mut layers);
        layers
    }

    /// The fields that differ from an earlier frame, comparing headers from the inside out, so
    /// that a header put around or taken off counts as no change of the ones inside.
    pub fn changes_since(&self, earlier: &Frame) -> Vec<FieldChange> {
        let (before, after) = (earlier.layers(), self.layers());
        let mut changes = Vec::new();
        for (old, new) in before.iter().rev().zip(after.iter().rev()) {
            if old.protocol != new.protocol {
                break;
            }
            let mut of_layer: Vec<FieldChange> = old
                .fields
                .iter()
                .zip(&new.fields)
                .filter(|(old, new)| old.name == new.name && old.value != new.value)
                .map(|(old_field, new_field)| FieldChange {
                    protocol: new.protocol.clone(),
                    field: new_field.name.clone(),
                    before: old_field.value.clone(),
                    after: new_field.value.clone(),
                })
                .collect();
            of_layer.append(&mut changes);
            changes = of_layer;
        }
        changes
    }
}

fn frame_layers(frame: &Frame, layers: &mut Vec<Layer>) {
    if let Some(ethernet) = &frame.ethernet {
        layers.push(
            Layer::new("Ethernet", format!("to {}", ethernet.destination))
                .with("destination", ethernet.destination)
                .with("source", ethernet.source),
        );
    }
    match &frame.body {
        FrameBody::Ip(packet) => packet_layers(packet, layers),
        FrameBody::Arp(arp) => layers.push(arp_layer(arp)),
    }
}

fn arp_layer(arp: &Arp) -> Layer {
    let summary = if arp.reply {
        format!("{} is at {}", arp.sender, arp.sender_mac)
    } else {
        format!("who has {}? tell {}", arp.target, arp.sender)
    };
    Layer::new("ARP", summary)
        .with("sender mac", arp.sender_mac)
        .with("sender", arp.sender)
        .with("target mac", arp.target_mac)
        .with("target", arp.target)
}

fn packet_layers(packet: &Packet, layers: &mut Vec<Layer>) {
    let (version, ttl) =
        if packet.source.is_ipv4() { ("IPv4", "ttl") } else { ("IPv6", "hop limit") };
    layers.push(
        Layer::new(version, format!("{ttl} {}", packet.ttl))
            .with("ttl", packet.ttl)
            .with("protocol", packet.protocol())
            .with("source", packet.source)
            .with("destination", packet.destination),
    );
    match &packet.transport {
        Transport::Tcp(tcp) => tcp_layers(tcp, layers),
        Transport::Udp(udp) => udp_layers(udp, layers),
        Transport::Sctp(sctp) => layers.push(sctp_layer(sctp)),
        Transport::Icmp(icmp) => icmp_layers(icmp, layers),
        Transport::IpInIp(inner) => packet_layers(inner, layers),
    }
}

fn tcp_layers(tcp: &Tcp, layers: &mut Vec<Layer>) {
    layers.push(
        Layer::new("TCP", tcp.flags.to_string())
            .with("source port", tcp.source_port)
            .with("destination port", tcp.destination_port)
            .with("sequence", tcp.sequence)
            .with("acknowledgement", tcp.acknowledgement)
            .with("flags", tcp.flags)
            .with("window", tcp.window),
    );
    payload_layers(&tcp.payload, layers);
}

fn udp_layers(udp: &Udp, layers: &mut Vec<Layer>) {
    layers.push(
        Layer::new("UDP", format!("{} → {}", udp.source_port, udp.destination_port))
            .with("source port", udp.source_port)
            .with("destination port", udp.destination_port),
    );
    match &udp.payload {
        Datagram::Dns(message) => layers.push(dns_layer(message)),
        Datagram::Vxlan { vni, frame } => {
            layers.push(Layer::new("VXLAN", format!("VNI {vni}")).with("vni", vni));
            frame_layers(frame, layers);
        }
        Datagram::Bytes(bytes) => layers.push(data_layer(bytes)),
    }
}

fn sctp_layer(sctp: &Sctp) -> Layer {
    Layer::new("SCTP", format!("{:?}", sctp.chunk))
        .with("source port", sctp.source_port)
        .with("destination port", sctp.destination_port)
        .with("chunk", format!("{:?}", sctp.chunk))
}

fn icmp_layers(icmp: &Icmp, layers: &mut Vec<Layer>) {
    match icmp {
        Icmp::EchoRequest { identifier, sequence } => layers.push(
            Layer::new("ICMP", "echo request")
                .with("identifier", identifier)
                .with("sequence", sequence),
        ),
        Icmp::EchoReply { identifier, sequence } => layers.push(
            Layer::new("ICMP", "echo reply")
                .with("identifier", identifier)
                .with("sequence", sequence),
        ),
        Icmp::Unreachable { code, about } => {
            let what = match code {
                Unreachable::Network => "network unreachable".to_owned(),
                Unreachable::Host => "host unreachable".to_owned(),
                Unreachable::Port => "port unreachable".to_owned(),
                Unreachable::FragmentationNeeded { mtu } => {
                    format!("fragmentation needed, mtu {mtu}")
                }
                Unreachable::AdministrativelyProhibited => "administratively prohibited".to_owned(),
            };
            layers.push(
                Layer::new("ICMP", what.clone())
                    .with("code", what)
                    .with("about", about.five_tuple()),
            );
        }
        Icmp::TimeExceeded { about } => {
            layers.push(Layer::new("ICMP", "time exceeded").with("about", about.five_tuple()))
        }
    }
}

fn payload_layers(payload: &Payload, layers: &mut Vec<Layer>) {
    match payload {
        Payload::Empty => {}
        Payload::HttpRequest(request) => layers.push(request_layer(request)),
        Payload::HttpResponse(response) => layers.push(response_layer(response)),
        Payload::Tls(record) => tls_layers(record, layers),
        Payload::Dns(message) => layers.push(dns_layer(message)),
        Payload::Bytes(bytes) => layers.push(data_layer(bytes)),
    }
}

fn request_layer(request: &http::Request) -> Layer {
    let layer = Layer::new("HTTP", format!("{} {}", request.method, request.target))
        .with("method", &request.method)
        .with("target", &request.target);
    request.headers.iter().fold(layer, |layer, (name, value)| layer.with(name, value))
}

fn response_layer(response: &http::Response) -> Layer {
    let layer = Layer::new("HTTP", format!("{} {}", response.status, response.reason))
        .with("status", response.status)
        .with("reason", &response.reason);
    let layer = response.headers.iter().fold(layer, |layer, (name, value)| layer.with(name, value));
    if response.body.is_empty() { layer } else { layer.with("body", response.body.trim_end()) }
}

fn dns_layer(message: &dns::Message) -> Layer {
    let question = &message.question;
    let summary = match (message.response, message.rcode, message.answers.first()) {
        (false, _, _) => format!("{}? {}", question.record_type, question.name),
        (true, dns::Rcode::NoError, Some(_)) => {
            let last =
                message.answers.last().map(|record| record.data.to_string()).unwrap_or_default();
            format!("{} {last}", question.record_type)
        }
        (true, dns::Rcode::NoError, None) => "no such record".to_owned(),
        (true, rcode, _) => rcode.to_string(),
    };
    let layer = Layer::new("DNS", summary)
        .with("id", message.id)
        .with("question", format!("{} {}", question.name, question.record_type));
    if !message.response {
        return layer;
    }
    let layer = layer.with("rcode", message.rcode);
    let sections = [
        ("answer", &message.answers),
        ("authority", &message.authority),
        ("additional", &message.additional),
    ];
    sections.iter().fold(layer, |layer, (name, records)| {
        records.iter().fold(layer, |layer, record| layer.with(name, record))
    })
}

fn tls_layers(record: &tls::Record, layers: &mut Vec<Layer>) {
    match record {
        tls::Record::ClientHello { server_name } => layers.push(
            Layer::new("TLS", "client hello")
                .with("server name", server_name.as_deref().unwrap_or("none")),
        ),
        tls::Record::ServerHello { common_name, subject_names, issuer } => layers.push(
            Layer::new("TLS", "server hello, certificate")
                .with("common name", common_name)
                .with("valid for", subject_names.join(", "))
                .with("issuer", issuer),
        ),
        tls::Record::Finished => layers.push(Layer::new("TLS", "finished")),
        tls::Record::ApplicationData(inside) => {
            layers.push(Layer::new("TLS", "sealed data"));
            payload_layers(inside, layers);
        }
        tls::Record::Alert { description } => {
            layers
                .push(Layer::new("TLS", format!("alert {description}")).with("alert", description));
        }
    }
}

fn data_layer(bytes: &[u8]) -> Layer {
    Layer::new("data", format!("{} bytes", bytes.len())).with("length", bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ethernet, Mac, TcpFlags};

    fn syn() -> Frame {
        Frame::bare(Packet {
            source: [10, 244, 2, 5].into(),
            destination: [10, 96, 15, 20].into(),
            ttl: 64,
            identification: 1,
            dont_fragment: true,
            transport: Transport::Tcp(Tcp {
                source_port: 48580,
                destination_port: 80,
                sequence: 1,
                acknowledgement: 0,
                flags: TcpFlags { syn: true, ..Default::default() },
                window: 64240,
                payload: Payload::Empty,
            }),
        })
    }

    #[test]
    fn a_translation_changes_address_and_port() {
        let before = syn();
        let mut after = before.clone();
        let packet = after.packet_mut().expect("it carries IP");
        packet.destination = [10, 244, 1, 10].into();
        packet.set_destination_port(8080);
        let changes: Vec<String> = after
            .changes_since(&before)
            .iter()
            .map(|c| format!("{} {} {} → {}", c.protocol, c.field, c.before, c.after))
            .collect();
        assert_eq!(
            changes,
            ["IPv4 destination 10.96.15.20 → 10.244.1.10", "TCP destination port 80 → 8080"]
        );
    }

    #[test]
    fn wrapping_changes_no_inner_header() {
        let mut inner = syn();
        inner.ethernet = Some(Ethernet { source: Mac([1; 6]), destination: Mac([2; 6]) });
        let outer = Frame::bare(Packet {
            source: [192, 168, 1, 11].into(),
            destination: [192, 168, 1, 10].into(),
            ttl: 64,
            identification: 2,
            dont_fragment: false,
            transport: Transport::Udp(Udp {
                source_port: 51234,
                destination_port: 8472,
                payload: Datagram::Vxlan { vni: 1, frame: Box::new(inner.clone()) },
            }),
        });
        assert_eq!(outer.changes_since(&inner), []);
        let protocols: Vec<String> = outer.layers().into_iter().map(|l| l.protocol).collect();
        assert_eq!(protocols, ["IPv4", "UDP", "VXLAN", "Ethernet", "IPv4", "TCP"]);
    }
}
