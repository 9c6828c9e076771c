//! TCP connections: the handshake, segments both ways, the end; and how long silence is borne.
//!
//! Segments that only acknowledge are left out where the next one carries the acknowledgement, as
//! delayed acknowledgements do, so that what is left reads like a conversation.

use std::net::IpAddr;
use std::time::Duration;

use packet::{Datagram, Payload, Protocol, Sctp, SctpChunk, Tcp, TcpFlags, Time, Transport};
use trace::{Direction, Evidence, Outcome, Place, Purpose, RejectReason};

use super::flight::{Arrival, Fate, Run, Sending, THINKING, datagram, refusal};
use super::{resolve, unresolved};

/// When Linux sends the first segment again, in seconds after it: linear at first
/// (`tcp_syn_linear_timeouts`), then twice as long each time.
const SYN_AT: [u64; 11] = [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67];
/// When Linux gives a connection up that nobody answers.
const SYN_PATIENCE: Duration = Duration::from_millis(135_112);
/// When Linux sends data again that nobody acknowledges, in milliseconds after it: the shortest
/// timeout, then twice as long each time.
const DATA_AT: [u64; 6] = [0, 200, 600, 1_400, 3_000, 6_200];
/// The window that Linux offers at first.
const WINDOW: u16 = 64240;

/// A connection that was made.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    exchange: usize,
    client: Place,
    /// Where it ends, and the addresses as the server sees them.
    arrival: Arrival,
    /// The connection that a load balancer made for this one; it hands on whatever is said.
    onward: Option<Box<Connection>>,
    /// The port the client sends from.
    source_port: u16,
    server: (IpAddr, u16),
    client_next: u32,
    server_next: u32,
    /// The present moment on the side that heard last.
    pub at: Time,
}

/// What came of trying to connect.
pub(super) enum Connected {
    /// It was made.
    Open(Box<Connection>),
    /// It was refused.
    Failed(Outcome, Time),
}

/// Flags of a segment that carries data.
pub(super) const PUSH: TcpFlags =
    TcpFlags { syn: false, ack: true, fin: false, rst: false, psh: true };
const ACK: TcpFlags = TcpFlags { syn: false, ack: true, fin: false, rst: false, psh: false };
const FIN: TcpFlags = TcpFlags { syn: false, ack: true, fin: true, rst: false, psh: false };
const SYN: TcpFlags = TcpFlags { syn: true, ack: false, fin: false, rst: false, psh: false };
const SYN_ACK: TcpFlags = TcpFlags { syn: true, ack: true, fin: false, rst: false, psh: false };

/// Connects to an address, trying for `patience` or as long as the kernel does.
pub(super) fn connect(
    run: &mut Run<'_>,
    exchange: usize,
    client: &Place,
    server: (IpAddr, u16),
    now: Time,
    patience: Option<Duration>,
    why: Vec<Evidence>,
) -> Connected {
    let source_port = run.plane.network.next_port(client);
    let patience = patience.unwrap_or(SYN_PATIENCE).min(SYN_PATIENCE);
    let client_start = initial_sequence(run);
    for (attempt, after) in SYN_AT.iter().enumerate() {
        let after = Duration::from_secs(*after);
        let at = now + after;
        if after >= patience || run.is_over(at) {
            break;
        }
        let syn = Tcp {
            source_port,
            destination_port: server.1,
            sequence: client_start,
            acknowledgement: 0,
            flags: SYN,
            window: WINDOW,
            payload: Payload::Empty,
        };
        let Some(packet) = run.packet(client, server.0, Transport::Tcp(syn)) else {
            return Connected::Failed(Outcome::Unreachable, now);
        };
        let attempt = u32::try_from(attempt).unwrap_or_default();
        let fate = run.send(Sending {
            exchange,
            direction: Direction::Request,
            attempt,
            from: client,
            packet,
            at,
            evidence: why.clone(),
        });
        let arrival = match fate {
            Fate::Delivered(arrival) => arrival,
            Fate::Refused { at, reason } => return Connected::Failed(refusal(reason), at),
            Fate::Lost => continue,
        };
        let mut connection = Connection {
            exchange,
            client: client.clone(),
            at: arrival.at,
            arrival: *arrival,
            onward: None,
            source_port,
            server,
            client_next: client_start.wrapping_add(1),
            server_next: initial_sequence(run),
        };
        let heard =
            connection.segment(run, Direction::Reply, SYN_ACK, Payload::Empty, attempt, vec![]);
        if !heard {
            continue;
        }
        connection.server_next = connection.server_next.wrapping_add(1);
        if connection.segment(run, Direction::Request, ACK, Payload::Empty, 0, vec![]) {
            // The client may speak the moment it has acknowledged; the server's clock is behind.
            return Connected::Open(Box::new(connection));
        }
    }
    Connected::Failed(Outcome::TimedOut, now + patience)
}

impl Connection {
    /// Where the process is that answers, and the addresses as it sees them.
    pub fn end(&self) -> &Arrival {
        self.onward.as_ref().map_or(&self.arrival, |onward| onward.end())
    }

    /// From now on, what is said goes on through another connection.
    pub fn relay(&mut self, onward: Connection) {
        self.at = onward.at;
        self.onward = Some(Box::new(onward));
    }

    /// Says something; false if it did not arrive.
    pub fn say(
        &mut self,
        run: &mut Run<'_>,
        direction: Direction,
        payload: Payload,
        evidence: Vec<Evidence>,
    ) -> bool {
        let Some(mut onward) = self.onward.take() else {
            return self.say_here(run, direction, payload, evidence);
        };
        let arrived = match direction {
            Direction::Request => {
                let here = self.say_here(run, direction, payload.clone(), evidence);
                onward.at = self.at;
                here && onward.say(run, direction, payload, Vec::new())
            }
            Direction::Reply => {
                onward.at = self.at;
                let there = onward.say(run, direction, payload.clone(), evidence);
                self.at = onward.at;
                there && self.say_here(run, direction, payload, Vec::new())
            }
        };
        self.at = self.at.max(onward.at);
        self.onward = Some(onward);
        arrived
    }

    fn say_here(
        &mut self,
        run: &mut Run<'_>,
        direction: Direction,
        payload: Payload,
        evidence: Vec<Evidence>,
    ) -> bool {
        let length = u32::try_from(payload.bytes().len()).unwrap_or(u32::MAX);
        let arrived = self.insist(run, direction, &payload, &evidence);
        match direction {
            Direction::Request => self.client_next = self.client_next.wrapping_add(length),
            Direction::Reply => self.server_next = self.server_next.wrapping_add(length),
        }
        arrived
    }

    /// Sends a segment with data until it arrives, as often as anybody would watch: at once in smaller
    /// pieces if a router asks for them, else when the kernel's timer runs out.
    fn insist(
        &mut self,
        run: &mut Run<'_>,
        direction: Direction,
        payload: &Payload,
        evidence: &[Evidence],
    ) -> bool {
        let first = self.at;
        let mut attempt = 0;
        for after in DATA_AT {
            self.at = self.at.max(first + Duration::from_millis(after));
            if attempt > 0 && run.is_over(self.at) {
                break;
            }
            let mut send = |connection: &mut Self, attempt| {
                let (payload, why) = (payload.clone(), evidence.to_vec());
                connection.send_segment(run, direction, PUSH, payload, attempt, why)
            };
            let mut fate = send(self, attempt);
            if let Fate::Refused { at, reason: RejectReason::FragmentationNeeded { .. } } = fate {
                attempt += 1;
                self.at = at;
                fate = send(self, attempt);
            }
            match fate {
                Fate::Delivered(arrival) => {
                    self.at = arrival.at;
                    return true;
                }
                Fate::Refused { at, .. } => {
                    self.at = at;
                    return false;
                }
                Fate::Lost => attempt += 1,
            }
        }
        self.at = first;
        false
    }

    /// Both sides take their leave, the client first.
    pub fn close(&mut self, run: &mut Run<'_>) {
        if let Some(mut onward) = self.onward.take() {
            onward.at = self.at;
            onward.close(run);
        }
        if !self.segment(run, Direction::Request, FIN, Payload::Empty, 0, vec![]) {
            return;
        }
        self.client_next = self.client_next.wrapping_add(1);
        if self.segment(run, Direction::Reply, FIN, Payload::Empty, 0, vec![]) {
            self.server_next = self.server_next.wrapping_add(1);
            self.segment(run, Direction::Request, ACK, Payload::Empty, 0, vec![]);
        }
    }

    /// The server takes its leave without an answer.
    pub fn hang_up(&mut self, run: &mut Run<'_>) {
        if let Some(mut onward) = self.onward.take() {
            onward.at = self.at;
            onward.hang_up(run);
        }
        if self.segment(run, Direction::Reply, FIN, Payload::Empty, 0, vec![]) {
            self.server_next = self.server_next.wrapping_add(1);
            self.segment(run, Direction::Request, FIN, Payload::Empty, 0, vec![]);
        }
    }

    fn segment(
        &mut self,
        run: &mut Run<'_>,
        direction: Direction,
        flags: TcpFlags,
        payload: Payload,
        attempt: u32,
        evidence: Vec<Evidence>,
    ) -> bool {
        match self.send_segment(run, direction, flags, payload, attempt, evidence) {
            Fate::Delivered(arrival) => {
                self.at = arrival.at;
                true
            }
            Fate::Refused { at, .. } => {
                self.at = at;
                false
            }
            Fate::Lost => false,
        }
    }

    fn send_segment(
        &mut self,
        run: &mut Run<'_>,
        direction: Direction,
        flags: TcpFlags,
        payload: Payload,
        attempt: u32,
        evidence: Vec<Evidence>,
    ) -> Fate {
        let (from, packet) = match direction {
            Direction::Request => {
                let tcp = Tcp {
                    source_port: self.source_port,
                    destination_port: self.server.1,
                    sequence: self.client_next,
                    acknowledgement: self.server_next,
                    flags,
                    window: WINDOW,
                    payload,
                };
                let packet = run.packet(&self.client, self.server.0, Transport::Tcp(tcp));
                (self.client.clone(), packet)
            }
            Direction::Reply => {
                let (source_port, destination_port) = self.arrival.packet.ports();
                let tcp = Tcp {
                    source_port: destination_port,
                    destination_port: source_port,
                    sequence: self.server_next,
                    acknowledgement: self.client_next,
                    flags,
                    window: WINDOW,
                    payload,
                };
                let mut packet = self.arrival.answer(Transport::Tcp(tcp));
                packet.identification = run.plane.network.next_identification();
                (self.arrival.place.clone(), Some(packet))
            }
        };
        let Some(packet) = packet else { return Fate::Lost };
        run.send(Sending {
            exchange: self.exchange,
            direction,
            attempt,
            from: &from,
            packet,
            at: self.at + Duration::from_micros(20),
            evidence,
        })
    }
}

/// Whether a port is open, as `nc -z` finds out.
pub(super) fn open(
    run: &mut Run<'_>,
    (host, port): (&str, u16),
    protocol: Protocol,
    source_port: Option<u16>,
    now: Time,
) -> (Outcome, Time) {
    let (found, at) = resolve::host(run, host, now);
    let Outcome::Resolved(addresses) = found else { return (found, at) };
    let Some(address) = addresses.first() else {
        return (unresolved(Outcome::Resolved(addresses)), at);
    };
    let from = run.request.from.clone();
    let exchange = run.begin(None, Purpose::Connect, &from, (*address, port), protocol);
    match protocol {
        Protocol::Tcp => match connect(run, exchange, &from, (*address, port), at, None, vec![]) {
            Connected::Open(mut connection) => {
                let ended = connection.at;
                connection.close(run);
                (Outcome::Connected, ended)
            }
            Connected::Failed(outcome, at) => (outcome, at),
        },
        Protocol::Udp | Protocol::Sctp | Protocol::Icmp | Protocol::IpInIp => {
            let source_port = source_port.unwrap_or_else(|| run.plane.network.next_port(&from));
            run.plane.network.open_socket(&from, protocol, source_port, at);
            knock(run, exchange, (&from, source_port), (*address, port), protocol, at)
        }
    }
}

/// One datagram, or one SCTP chunk, and what comes back.
fn knock(
    run: &mut Run<'_>,
    exchange: usize,
    (from, source_port): (&Place, u16),
    (address, port): (IpAddr, u16),
    protocol: Protocol,
    now: Time,
) -> (Outcome, Time) {
    let chunk = |source_port, destination_port, chunk| {
        Transport::Sctp(Sctp { source_port, destination_port, chunk })
    };
    let transport = match protocol {
        Protocol::Sctp => chunk(source_port, port, SctpChunk::Init),
        _ => datagram(source_port, port, Datagram::Bytes(b"X".to_vec())),
    };
    let Some(packet) = run.packet(from, address, transport) else {
        return (Outcome::Unreachable, now);
    };
    let fate = run.send(Sending {
        exchange,
        direction: Direction::Request,
        attempt: 0,
        from,
        packet,
        at: now,
        evidence: Vec::new(),
    });
    let arrival = match fate {
        Fate::Delivered(arrival) => arrival,
        Fate::Refused { at, reason } => return (refusal(reason), at),
        Fate::Lost => return (Outcome::TimedOut, now + Duration::from_secs(5)),
    };
    let (client, server) = arrival.packet.ports();
    let transport = match protocol {
        Protocol::Sctp => chunk(server, client, SctpChunk::InitAck),
        _ => datagram(server, client, Datagram::Bytes(b"X".to_vec())),
    };
    let mut answer = arrival.answer(transport);
    answer.identification = run.plane.network.next_identification();
    let fate = run.send(Sending {
        exchange,
        direction: Direction::Reply,
        attempt: 0,
        from: &arrival.place,
        packet: answer,
        at: arrival.at + THINKING,
        evidence: Vec::new(),
    });
    match fate {
        Fate::Delivered(arrival) => (Outcome::Connected, arrival.at),
        Fate::Refused { .. } | Fate::Lost => (Outcome::TimedOut, now + Duration::from_secs(5)),
    }
}

fn initial_sequence(run: &mut Run<'_>) -> u32 {
    u32::try_from(run.plane.network.draw() & 0xffff_ffff).expect("thirty-two bits")
}
