//! Where each header and each of its fields stands in a frame's bytes.
//!
//! Runs beside `Frame::layers`: the same headers, the same fields, in the same order.

use std::ops::Range;

use super::{dns, http, tls};
use crate::{
    Datagram, Frame, FrameBody, Icmp, Packet, Payload, SctpChunk, Transport, dns as name,
    tls as seal,
};

/// The place of one header in the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The header, without what it carries; empty if it is sealed inside another.
    pub bytes: Range<usize>,
    /// Its fields, as `Layer::fields` lists them; nothing for one that has no bytes of its own.
    pub fields: Vec<Option<Range<usize>>>,
}

/// Bytes of an Ethernet header, which every capture has.
const ETHERNET: usize = 14;

impl Frame {
    /// The places of `layers()` in `bytes()`, header by header.
    pub fn extents(&self) -> Vec<Extent> {
        let mut extents = Extents(Vec::new());
        extents.frame(self, 0);
        extents.0
    }
}

struct Extents(Vec<Extent>);

impl Extents {
    fn push(&mut self, bytes: Range<usize>, fields: impl IntoIterator<Item = (usize, usize)>) {
        let start = bytes.start;
        let fields = fields.into_iter().map(|(from, to)| Some(start + from..start + to)).collect();
        self.0.push(Extent { bytes, fields });
    }

    fn frame(&mut self, frame: &Frame, at: usize) {
        if frame.ethernet.is_some() {
            self.push(at..at + ETHERNET, [(0, 6), (6, 12)]);
        }
        let at = at + ETHERNET;
        match &frame.body {
            FrameBody::Ip(packet) => self.packet(packet, at),
            FrameBody::Arp(_) => self.push(at..at + 28, [(8, 14), (14, 18), (18, 24), (24, 28)]),
        }
    }

    fn packet(&mut self, packet: &Packet, at: usize) {
        let after = if packet.source.is_ipv4() && packet.destination.is_ipv4() {
            self.push(at..at + 20, [(8, 9), (9, 10), (12, 16), (16, 20)]);
            at + 20
        } else {
            self.push(at..at + 40, [(7, 8), (6, 7), (8, 24), (24, 40)]);
            at + 40
        };
        match &packet.transport {
            Transport::Tcp(tcp) => {
                let fields = [(0, 2), (2, 4), (4, 8), (8, 12), (13, 14), (14, 16)];
                self.push(after..after + 20, fields);
                self.payload(&tcp.payload, after + 20);
            }
            Transport::Udp(udp) => {
                self.push(after..after + 8, [(0, 2), (2, 4)]);
                self.datagram(&udp.payload, after + 8);
            }
            Transport::Sctp(sctp) => {
                let length = super::sctp::bytes(sctp).len();
                debug_assert!(length > 12 || sctp.chunk == SctpChunk::Abort);
                self.push(after..after + length, [(0, 2), (2, 4), (12, length)]);
            }
            Transport::Icmp(icmp) => {
                let length = packet.length() - (after - at);
                let fields: &[(usize, usize)] = match icmp {
                    Icmp::EchoRequest { .. } | Icmp::EchoReply { .. } => &[(4, 6), (6, 8)],
                    Icmp::Unreachable { .. } => &[(1, 2), (8, length)],
                    Icmp::TimeExceeded { .. } => &[(8, length)],
                };
                self.push(after..after + length, fields.iter().copied());
            }
            Transport::IpInIp(inner) => self.packet(inner, after),
        }
    }

    fn datagram(&mut self, payload: &Datagram, at: usize) {
        match payload {
            Datagram::Dns(message) => self.message(message, at),
            Datagram::Vxlan { frame, .. } => {
                self.push(at..at + 8, [(4, 7)]);
                self.frame(frame, at + 8);
            }
            Datagram::Bytes(bytes) => self.data(bytes.len(), at),
        }
    }

    fn payload(&mut self, payload: &Payload, at: usize) {
        match payload {
            Payload::Empty => {}
            Payload::HttpRequest(request) => {
                let bytes = http::request(request);
                let method = request.method.len();
                let target = (method + 1, method + 1 + request.target.len());
                let headers = header_lines(&bytes, request.headers.len());
                self.push(at..at + bytes.len(), [(0, method), target].into_iter().chain(headers));
            }
            Payload::HttpResponse(response) => {
                let bytes = http::response(response);
                let (status, reason) = ((9, 12), (13, 13 + response.reason.len()));
                let headers = header_lines(&bytes, response.headers.len());
                let body = (bytes.len() - response.body.len(), bytes.len());
                let body = (!response.body.is_empty()).then_some(body);
                let fields = [status, reason].into_iter().chain(headers).chain(body);
                self.push(at..at + bytes.len(), fields);
            }
            Payload::Tls(record) => self.record(record, at),
            // Over TCP a message has its length before it.
            Payload::Dns(message) => self.message(message, at + 2),
            Payload::Bytes(bytes) => self.data(bytes.len(), at),
        }
    }

    fn message(&mut self, message: &name::Message, at: usize) {
        let (bytes, records) = dns::encoded(message);
        let end = records.first().map_or(bytes.len(), |(start, _)| *start);
        let code = message.response.then_some((3, 4));
        let fields = [(0, 2), (12, end)].into_iter().chain(code).chain(records);
        self.push(at..at + bytes.len(), fields);
    }

    fn record(&mut self, record: &seal::Record, at: usize) {
        let bytes = tls::record(record);
        let all = at..at + bytes.len();
        match record {
            seal::Record::ClientHello { server_name: Some(name) } => {
                let found = bytes.windows(name.len()).position(|part| part == name.as_bytes());
                let name = found.map(|start| at + start..at + start + name.len());
                self.0.push(Extent { bytes: all, fields: vec![name] });
            }
            seal::Record::ClientHello { server_name: None } => {
                self.0.push(Extent { bytes: all, fields: vec![None] });
            }
            // The certificate is sealed in TLS 1.3.
            seal::Record::ServerHello { .. } => {
                self.0.push(Extent { bytes: all, fields: vec![None; 3] });
            }
            seal::Record::Finished => self.push(all, []),
            seal::Record::ApplicationData(inside) => {
                let end = all.end;
                self.push(all, []);
                let first = self.0.len();
                self.payload(inside, end);
                for sealed in &mut self.0[first..] {
                    sealed.bytes = end..end;
                    sealed.fields.fill(None);
                }
            }
            seal::Record::Alert { .. } => self.push(all, [(6, 7)]),
        }
    }

    fn data(&mut self, length: usize, at: usize) {
        self.push(at..at + length, [(0, length)]);
    }
}

/// The first `count` header lines of an HTTP message, without their line ends.
fn header_lines(bytes: &[u8], count: usize) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    while let Some(length) = bytes[start..].windows(2).position(|end| end == b"\r\n") {
        lines.push((start, start + length));
        start += length + 2;
    }
    lines.into_iter().skip(1).take(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ethernet, Mac, Tcp, TcpFlags, Udp, http as web};

    fn framed(transport: Transport) -> Frame {
        let packet = Packet {
            source: [10, 244, 2, 5].into(),
            destination: [10, 96, 15, 20].into(),
            ttl: 64,
            identification: 1,
            dont_fragment: true,
            transport,
        };
        let ethernet = Some(Ethernet { source: Mac([1; 6]), destination: Mac([2; 6]) });
        Frame { ethernet, body: FrameBody::Ip(packet) }
    }

    fn request() -> Frame {
        framed(Transport::Tcp(Tcp {
            source_port: 48580,
            destination_port: 80,
            sequence: 1,
            acknowledgement: 1,
            flags: TcpFlags { ack: true, psh: true, ..Default::default() },
            window: 502,
            payload: Payload::HttpRequest(web::Request {
                method: "GET".into(),
                target: "/cart".into(),
                headers: vec![("Host".into(), "shop".into()), ("Accept".into(), "*/*".into())],
                body: String::new(),
            }),
        }))
    }

    /// The bytes of a field, by the names of its header and of itself.
    fn bytes_of(frame: &Frame, protocol: &str, field: &str) -> Vec<u8> {
        let (layers, extents) = (frame.layers(), frame.extents());
        assert_eq!(layers.len(), extents.len(), "one extent for each layer");
        for (layer, extent) in layers.iter().zip(&extents) {
            assert_eq!(
                layer.fields.len(),
                extent.fields.len(),
                "{} has its fields",
                layer.protocol
            );
        }
        let layer = layers.iter().rposition(|layer| layer.protocol == protocol).expect("a layer");
        let field = layers[layer].fields.iter().position(|it| it.name == field).expect("a field");
        let range = extents[layer].fields[field].clone().expect("it has bytes");
        frame.bytes()[range].to_vec()
    }

    #[test]
    fn fields_are_found_in_the_bytes() {
        let frame = request();
        assert_eq!(bytes_of(&frame, "Ethernet", "source"), [1; 6]);
        assert_eq!(bytes_of(&frame, "IPv4", "destination"), [10, 96, 15, 20]);
        assert_eq!(bytes_of(&frame, "TCP", "destination port"), [0, 80]);
        assert_eq!(bytes_of(&frame, "HTTP", "target"), b"/cart");
        assert_eq!(bytes_of(&frame, "HTTP", "Accept"), b"Accept: */*");
    }

    #[test]
    fn headers_in_a_tunnel_are_found_behind_the_outer_ones() {
        let payload = Datagram::Vxlan { vni: 7, frame: Box::new(request()) };
        let outer =
            framed(Transport::Udp(Udp { source_port: 50123, destination_port: 8472, payload }));
        assert_eq!(bytes_of(&outer, "VXLAN", "vni"), [0, 0, 7]);
        assert_eq!(bytes_of(&outer, "HTTP", "method"), b"GET");
    }

    #[test]
    fn records_of_a_dns_answer_are_found() {
        let record = |last| name::Record {
            name: "web.".into(),
            ttl: 30,
            data: name::RecordData::A([10, 0, 0, last].into()),
        };
        let message = name::Message {
            id: 0x1234,
            response: true,
            authoritative: true,
            truncated: false,
            recursion_available: true,
            rcode: name::Rcode::NoError,
            question: name::Question { name: "web.".into(), record_type: name::RecordType::A },
            answers: vec![record(1), record(2)],
            authority: Vec::new(),
            additional: Vec::new(),
        };
        let frame = framed(Transport::Udp(Udp {
            source_port: 53,
            destination_port: 40000,
            payload: Datagram::Dns(message),
        }));
        assert_eq!(bytes_of(&frame, "DNS", "id"), [0x12, 0x34]);
        let first = bytes_of(&frame, "DNS", "answer");
        assert_eq!(first[first.len() - 4..], [10, 0, 0, 1]);
        assert_eq!(bytes_of(&frame, "DNS", "question")[..5], *b"\x03web\0");
    }
}
