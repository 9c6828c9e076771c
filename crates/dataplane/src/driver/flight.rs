//! One packet after the other: sending, hearing what became of it, and the kernel's own answers.

use std::net::IpAddr;
use std::time::Duration;

use packet::{Datagram, Payload};
use packet::{Icmp, Packet, Protocol, Tcp, TcpFlags, Time, Transport, Udp, Unreachable};
use trace::{
    Direction, Evidence, Exchange, Flight, Outcome, Place, Purpose, RejectReason, Verdict,
};

use super::Request;
use crate::DataPlane;
use crate::processes::Processes;

/// How long a process takes to answer.
pub(super) const THINKING: Duration = Duration::from_micros(250);
/// How many controllers and forwarders may stand behind one another.
const DEEPEST_CAUSE: usize = 8;

/// What became of a packet, as far as its sender can know.
#[derive(Clone, Debug)]
pub(super) enum Fate {
    /// A process took it.
    Delivered(Box<Arrival>),
    /// It was refused, and the sender was told.
    Refused { at: Time, reason: RejectReason },
    /// Nobody was told anything.
    Lost,
}

/// A packet that arrived.
#[derive(Clone, Debug)]
pub(super) struct Arrival {
    /// Where.
    pub place: Place,
    /// As the receiver sees it.
    pub packet: Packet,
    /// When.
    pub at: Time,
}

impl Arrival {
    /// The packet's transport turned round: who answers, from which socket, to which.
    pub fn answer(&self, transport: Transport) -> Packet {
        let mut answer = Packet { transport, ..self.packet.clone() };
        (answer.source, answer.destination) = (self.packet.destination, self.packet.source);
        answer.ttl = 64;
        answer
    }
}

/// One packet to send.
pub(super) struct Sending<'a> {
    pub exchange: usize,
    pub direction: Direction,
    pub attempt: u32,
    pub from: &'a Place,
    pub packet: Packet,
    pub at: Time,
    pub evidence: Vec<Evidence>,
}

/// A request under way: what it has sent so far.
pub(super) struct Run<'a> {
    pub plane: &'a mut DataPlane,
    pub request: &'a Request,
    pub processes: Processes,
    started: Time,
    exchanges: Vec<Exchange>,
    packets: Vec<Flight>,
}

impl<'a> Run<'a> {
    pub fn new(plane: &'a mut DataPlane, request: &'a Request, now: Time) -> Self {
        let processes = plane.processes.clone();
        Self { plane, request, processes, started: now, exchanges: Vec::new(), packets: Vec::new() }
    }

    /// When the asker gives up.
    pub fn deadline(&self) -> Option<Time> {
        self.request.timeout.map(|timeout| self.started + timeout)
    }

    /// Whether the asker has given up by then.
    pub fn is_over(&self, at: Time) -> bool {
        self.deadline().is_some_and(|deadline| at >= deadline)
    }

    /// What an asker says that gave up before it had this outcome.
    pub fn overdue(&self, outcome: Outcome) -> Outcome {
        let was_resolving =
            self.exchanges.iter().all(|exchange| matches!(exchange.purpose, Purpose::Resolve(_)));
        match outcome {
            Outcome::Unresolved { name, .. } if was_resolving => {
                Outcome::Unresolved { name, rcode: None, timed_out: true }
            }
            _ => Outcome::TimedOut,
        }
    }

    pub fn finish(self) -> (Vec<Exchange>, Vec<Flight>) {
        (self.exchanges, self.packets)
    }

    /// Begins an exchange.
    pub fn begin(
        &mut self,
        cause: Option<usize>,
        purpose: Purpose,
        client: &Place,
        server: (IpAddr, u16),
        protocol: Protocol,
    ) -> usize {
        self.exchanges.push(Exchange {
            cause,
            purpose,
            client: client.clone(),
            server_address: server.0,
            server_port: server.1,
            protocol,
        });
        self.exchanges.len() - 1
    }

    /// Whether so many exchanges have caused one another that this must be a loop.
    pub fn is_too_deep(&self, cause: usize) -> bool {
        let mut depth = 0;
        let mut at = Some(cause);
        while let Some(exchange) = at {
            depth += 1;
            at = self.exchanges[exchange].cause;
        }
        depth > DEEPEST_CAUSE
    }

    /// A fresh packet from `from` to `destination`; none if `from` has no address of that family.
    pub fn packet(
        &mut self,
        from: &Place,
        destination: IpAddr,
        transport: Transport,
    ) -> Option<Packet> {
        let source = if destination.is_loopback() {
            destination
        } else {
            self.plane.network.source_address(from, destination)?
        };
        Some(Packet {
            source,
            destination,
            ttl: 64,
            identification: self.plane.network.next_identification(),
            dont_fragment: true,
            transport,
        })
    }

    /// Sends a packet and follows it; a refusal travels back as a packet of its own.
    pub fn send(&mut self, sending: Sending<'_>) -> Fate {
        let Sending { exchange, direction, attempt, from, packet, at, evidence } = sending;
        let network = &mut self.plane.network;
        let destination = packet.destination;
        let trace = network.transmit(from, packet, at, evidence, &self.processes);
        let verdict = trace.verdict();
        let ended = trace.ended();
        let place = trace.hops().last().expect("a trace has a hop").place().clone();
        let packet = trace.last_frame().packet().cloned();
        self.packets.push(Flight { exchange, direction, attempt, trace });
        let Some(packet) = packet else { return Fate::Lost };
        match verdict {
            Verdict::Delivered => Fate::Delivered(Box::new(Arrival { place, packet, at: ended })),
            Verdict::Dropped(_) => Fate::Lost,
            Verdict::Rejected(reason) => {
                let namespace = self.plane.network.namespace_of(from);
                if place == namespace && reason != RejectReason::PortClosed {
                    return Fate::Refused { at: ended, reason };
                }
                let arrival = Arrival { place, packet, at: ended };
                let direction = match direction {
                    Direction::Request => Direction::Reply,
                    Direction::Reply => Direction::Request,
                };
                let fate = self.refuse(exchange, direction, attempt, &arrival, reason);
                if let (&Fate::Refused { at, .. }, RejectReason::FragmentationNeeded { mtu }) =
                    (&fate, reason)
                {
                    self.plane.network.learn_path_mtu(from, destination, mtu, at);
                }
                fate
            }
        }
    }

    /// The kernel that refused a packet tells its sender: RST for TCP to a closed port, else ICMP.
    fn refuse(
        &mut self,
        exchange: usize,
        direction: Direction,
        attempt: u32,
        arrival: &Arrival,
        reason: RejectReason,
    ) -> Fate {
        let about = &arrival.packet;
        let answer = match (&about.transport, reason) {
            (Transport::Tcp(tcp), RejectReason::PortClosed) => {
                arrival.answer(Transport::Tcp(Tcp {
                    source_port: tcp.destination_port,
                    destination_port: tcp.source_port,
                    sequence: 0,
                    acknowledgement: tcp.sequence.wrapping_add(1),
                    flags: TcpFlags { rst: true, ack: true, ..TcpFlags::default() },
                    window: 0,
                    payload: Payload::Empty,
                }))
            }
            _ => {
                let code = match reason {
                    RejectReason::NoEndpoints | RejectReason::PortClosed => Unreachable::Port,
                    RejectReason::NetworkUnreachable => Unreachable::Network,
                    RejectReason::HostUnreachable => Unreachable::Host,
                    RejectReason::FragmentationNeeded { mtu } => {
                        Unreachable::FragmentationNeeded { mtu }
                    }
                    RejectReason::AdministrativelyProhibited => {
                        Unreachable::AdministrativelyProhibited
                    }
                };
                let icmp = Icmp::Unreachable { code, about: Box::new(about.clone()) };
                let mut answer = arrival.answer(Transport::Icmp(icmp));
                if let Place::Node(_) = arrival.place
                    && let Some(own) =
                        self.plane.network.source_address(&arrival.place, about.source)
                {
                    answer.source = own;
                }
                answer.dont_fragment = false;
                answer
            }
        };
        let mut answer = answer;
        answer.identification = self.plane.network.next_identification();
        let network = &mut self.plane.network;
        let trace =
            network.transmit(&arrival.place, answer, arrival.at, Vec::new(), &self.processes);
        let (verdict, at) = (trace.verdict(), trace.ended());
        self.packets.push(Flight { exchange, direction, attempt, trace });
        match verdict {
            Verdict::Delivered => Fate::Refused { at, reason },
            Verdict::Dropped(_) | Verdict::Rejected(_) => Fate::Lost,
        }
    }

    /// Adds a packet whose path was drawn by hand.
    pub fn record(&mut self, flight: Flight) {
        self.packets.push(flight);
    }
}

/// What an asker says of a refusal.
pub(super) fn refusal(reason: RejectReason) -> Outcome {
    match reason {
        RejectReason::NoEndpoints | RejectReason::PortClosed => Outcome::Refused,
        RejectReason::NetworkUnreachable
        | RejectReason::HostUnreachable
        | RejectReason::FragmentationNeeded { .. }
        | RejectReason::AdministrativelyProhibited => Outcome::Unreachable,
    }
}

/// A UDP datagram.
pub(super) fn datagram(source_port: u16, destination_port: u16, payload: Datagram) -> Transport {
    Transport::Udp(Udp { source_port, destination_port, payload })
}
