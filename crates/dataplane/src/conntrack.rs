//! The connection tracker of one node: what the kernel remembers of flows, and their translations.
//!
//! Models `net/netfilter/nf_conntrack_core.c`, `nf_conntrack_proto_tcp.c` and `nf_nat_core.c` as far
//! as `conntrack -L` shows them. A translation is decided once, for the first packet; every later
//! packet of the connection, in both directions, follows the entry and asks no rule.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use packet::{FiveTuple, Icmp, Packet, Protocol, SctpChunk, Time, Transport};

/// Where the kernel looks for a free port when a source is translated, as `nf_nat` does for ports
/// from 1024 up.
const NAT_PORTS: std::ops::RangeInclusive<u16> = 1024..=65535;

/// Expired entries are looked for once there are so many, as the kernel's garbage collector does.
const SWEEP: usize = 1024;

/// Which way a packet goes on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As the first packet went.
    Original,
    /// Back.
    Reply,
}

/// How far a connection has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// TCP: the first SYN was seen.
    SynSent,
    /// TCP: the SYN was answered.
    SynReceived,
    /// TCP and SCTP: set up.
    Established,
    /// TCP: one side has closed.
    FinWait,
    /// TCP: both sides have closed, the last acknowledgement is missing.
    LastAck,
    /// TCP: closed.
    TimeWait,
    /// TCP and SCTP: reset.
    Close,
    /// SCTP: the first chunk was seen.
    CookieWait,
    /// UDP and ICMP: no states.
    Stateless,
}

/// One connection.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The flow as its first packet came.
    pub original: FiveTuple,
    /// The flow its replies are expected to have.
    pub reply: FiveTuple,
    /// How far it has got.
    pub state: State,
    /// Whether a reply was seen.
    pub replied: bool,
    /// Whether it is established, so that the kernel does not drop it early.
    pub assured: bool,
    /// When the kernel forgets it.
    pub expires: Time,
}

impl Entry {
    /// Whether its destination was translated.
    pub fn translates_destination(&self) -> bool {
        (self.original.destination, self.original.destination_port)
            != (self.reply.source, self.reply.source_port)
    }

    /// Whether its source was translated.
    pub fn translates_source(&self) -> bool {
        (self.original.source, self.original.source_port)
            != (self.reply.destination, self.reply.destination_port)
    }

    /// The entry as `conntrack -L` prints it.
    pub fn line(&self, now: Time) -> String {
        let protocol = self.original.protocol;
        let seconds = self.expires.since(now).as_secs();
        let state = self.state_name();
        let space = if state.is_empty() { "" } else { " " };
        let unreplied = if self.replied { "" } else { " [UNREPLIED]" };
        let assured = if self.assured { " [ASSURED]" } else { "" };
        format!(
            "{:<8} {} {seconds}{space}{state} {}{unreplied} {}{assured} mark=0 use=1",
            protocol_name(protocol, self.original.source),
            protocol_number(protocol, self.original.source),
            tuple_text(&self.original, 8),
            tuple_text(&self.reply, 0),
        )
    }

    /// The state as `conntrack -L` writes it; empty where the protocol has none.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            State::SynSent => "SYN_SENT",
            State::SynReceived => "SYN_RECV",
            State::Established => "ESTABLISHED",
            State::FinWait => "FIN_WAIT",
            State::LastAck => "LAST_ACK",
            State::TimeWait => "TIME_WAIT",
            State::Close if self.original.protocol == Protocol::Sctp => "CLOSED",
            State::Close => "CLOSE",
            State::CookieWait => "COOKIE_WAIT",
            State::Stateless => "",
        }
    }

    /// When its last packet passed.
    pub fn used(&self) -> Time {
        Time(self.expires.0.saturating_sub(timeout(self) * 1_000_000))
    }

    /// The flow that a packet going this way has when it leaves the node.
    pub fn translated(&self, way: Way) -> FiveTuple {
        match way {
            Way::Original => self.reply.reversed(),
            Way::Reply => self.original.reversed(),
        }
    }
}

/// The connections of one node.
#[derive(Clone, Debug, Default)]
pub struct Conntrack {
    entries: BTreeMap<u64, Entry>,
    by_tuple: BTreeMap<FiveTuple, (u64, Way)>,
    next: u64,
    /// The number of entries at which expired ones are looked for.
    sweep_at: usize,
}

/// A connection and which way a packet goes on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// The entry's number.
    pub id: u64,
    /// Which way.
    pub way: Way,
}

impl Conntrack {
    /// The connection that a flow belongs to, unless the kernel has forgotten it.
    pub fn find(&mut self, tuple: &FiveTuple, now: Time) -> Option<Tracked> {
        let (id, way) = *self.by_tuple.get(tuple)?;
        if self.entries.get(&id).is_some_and(|entry| entry.expires <= now) {
            self.remove(id);
            return None;
        }
        Some(Tracked { id, way })
    }

    /// The connection of that number.
    pub fn entry(&self, id: u64) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// Remembers a new connection; the packet goes on as `reply` reversed.
    ///
    /// If another connection already has that reply, a free port is found for the source, as the
    /// kernel does even where no rule asks for it.
    pub fn add(
        &mut self,
        packet: &Packet,
        original: FiveTuple,
        reply: FiveTuple,
        now: Time,
    ) -> u64 {
        if self.entries.len() >= self.sweep_at {
            self.flush(|entry| entry.expires <= now);
            self.sweep_at = (self.entries.len() * 2).max(SWEEP);
        }
        let mut reply = reply;
        if self.find(&reply, now).is_some() && reply.protocol != Protocol::Icmp {
            reply.destination_port = self.free_port(reply, now);
        }
        let state = match original.protocol {
            Protocol::Tcp => State::SynSent,
            Protocol::Sctp => State::CookieWait,
            Protocol::Udp | Protocol::Icmp | Protocol::IpInIp => State::Stateless,
        };
        let id = self.next;
        self.next += 1;
        let entry = Entry { original, reply, state, replied: false, assured: false, expires: now };
        self.by_tuple.insert(original, (id, Way::Original));
        self.by_tuple.insert(reply, (id, Way::Reply));
        self.entries.insert(id, entry);
        self.advance(Tracked { id, way: Way::Original }, packet, now);
        id
    }

    /// Notes that a packet of a connection passed.
    pub fn advance(&mut self, tracked: Tracked, packet: &Packet, now: Time) {
        let Some(entry) = self.entries.get_mut(&tracked.id) else { return };
        entry.replied |= tracked.way == Way::Reply;
        match &packet.transport {
            Transport::Tcp(tcp) => {
                entry.state = next_tcp_state(entry.state, tracked.way, tcp.flags);
                entry.assured |= entry.state == State::Established;
            }
            Transport::Sctp(sctp) => match sctp.chunk {
                SctpChunk::Abort => entry.state = State::Close,
                SctpChunk::CookieAck | SctpChunk::Data => {
                    entry.state = State::Established;
                    entry.assured = true;
                }
                SctpChunk::Init | SctpChunk::InitAck | SctpChunk::CookieEcho => {}
            },
            Transport::Udp(_) => {
                // A stream is assured by a packet that follows the first reply.
                entry.assured |= entry.replied && tracked.way == Way::Original;
            }
            Transport::Icmp(_) | Transport::IpInIp(_) => {}
        }
        entry.expires = now + Duration::from_secs(timeout(entry));
    }

    /// Forgets a connection.
    pub fn remove(&mut self, id: u64) {
        if let Some(entry) = self.entries.remove(&id) {
            for tuple in [entry.original, entry.reply] {
                if self.by_tuple.get(&tuple).is_some_and(|(other, _)| *other == id) {
                    self.by_tuple.remove(&tuple);
                }
            }
        }
    }

    /// Forgets every connection for which `stale` holds; answers how many.
    pub fn flush(&mut self, stale: impl Fn(&Entry) -> bool) -> usize {
        let ids: Vec<u64> =
            self.entries.iter().filter(|(_, entry)| stale(entry)).map(|(id, _)| *id).collect();
        ids.iter().for_each(|id| self.remove(*id));
        ids.len()
    }

    /// Every connection the kernel still remembers, oldest first.
    pub fn entries(&self, now: Time) -> impl Iterator<Item = &Entry> {
        self.entries.values().filter(move |entry| entry.expires > now)
    }

    /// A port for a translated source: the packet's own if free, else the next free one.
    pub fn free_port(&mut self, reply: FiveTuple, now: Time) -> u16 {
        let wanted = reply.destination_port;
        if self.find(&reply, now).is_none() {
            return wanted;
        }
        let span = u32::from(*NAT_PORTS.end() - *NAT_PORTS.start()) + 1;
        (1..span)
            .map(|step| {
                let offset = u32::from(wanted.max(*NAT_PORTS.start()) - NAT_PORTS.start());
                NAT_PORTS.start() + ((offset + step) % span) as u16
            })
            .find(|port| {
                let candidate = FiveTuple { destination_port: *port, ..reply };
                self.find(&candidate, now).is_none()
            })
            .unwrap_or(wanted)
    }
}

/// The flow by which the tracker knows a packet, and whether the packet is an error about that flow.
///
/// A ping is known by its identifier; an error by the packet it is about, turned round.
pub fn tuple_of(packet: &Packet) -> (FiveTuple, bool) {
    let plain = packet.five_tuple();
    match &packet.transport {
        Transport::Icmp(
            Icmp::EchoRequest { identifier, .. } | Icmp::EchoReply { identifier, .. },
        ) => {
            (FiveTuple { source_port: *identifier, destination_port: *identifier, ..plain }, false)
        }
        Transport::Icmp(Icmp::Unreachable { about, .. } | Icmp::TimeExceeded { about }) => {
            (tuple_of(about).0.reversed(), true)
        }
        Transport::Tcp(_) | Transport::Udp(_) | Transport::Sctp(_) | Transport::IpInIp(_) => {
            (plain, false)
        }
    }
}

/// The packet with the addresses and ports of `tuple`; a ping keeps its identifier.
pub fn rewrite_source(packet: &mut Packet, address: IpAddr, port: u16) {
    if let Transport::Icmp(Icmp::Unreachable { about, .. } | Icmp::TimeExceeded { about }) =
        &mut packet.transport
    {
        about.destination = address;
        about.set_destination_port(port);
    }
    packet.source = address;
    packet.set_source_port(port);
}

/// As [`rewrite_source`], for the destination.
pub fn rewrite_destination(packet: &mut Packet, address: IpAddr, port: u16) {
    if let Transport::Icmp(Icmp::Unreachable { about, .. } | Icmp::TimeExceeded { about }) =
        &mut packet.transport
    {
        about.source = address;
        about.set_source_port(port);
    }
    packet.destination = address;
    packet.set_destination_port(port);
}

fn next_tcp_state(state: State, way: Way, flags: packet::TcpFlags) -> State {
    if flags.rst {
        return State::Close;
    }
    if flags.syn {
        return match (flags.ack, way) {
            (false, Way::Original) => State::SynSent,
            (true, Way::Reply) => State::SynReceived,
            _ => state,
        };
    }
    if flags.fin {
        return match state {
            State::FinWait => State::LastAck,
            State::LastAck | State::TimeWait | State::Close => state,
            _ => State::FinWait,
        };
    }
    match state {
        State::SynReceived if way == Way::Original => State::Established,
        // A connection picked up in the middle.
        State::SynSent if flags.ack => State::Established,
        State::LastAck => State::TimeWait,
        other => other,
    }
}

/// Seconds until the kernel forgets the connection, by the defaults of `net.netfilter`.
fn timeout(entry: &Entry) -> u64 {
    match (entry.original.protocol, entry.state) {
        (Protocol::Tcp, State::SynSent) => 120,
        (Protocol::Tcp, State::SynReceived) => 60,
        (Protocol::Tcp, State::Established) => 86400,
        (Protocol::Tcp, State::FinWait | State::TimeWait) => 120,
        (Protocol::Tcp, State::LastAck) => 30,
        (Protocol::Sctp, State::CookieWait) => 3,
        (Protocol::Sctp, State::Established) => 210,
        (_, State::Close) => 10,
        (Protocol::Udp, _) if entry.assured => 120,
        _ => 30,
    }
}

fn protocol_name(protocol: Protocol, address: IpAddr) -> &'static str {
    match protocol {
        Protocol::Icmp if address.is_ipv6() => "icmpv6",
        other => other.lower(),
    }
}

fn protocol_number(protocol: Protocol, address: IpAddr) -> u8 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
        Protocol::Icmp if address.is_ipv6() => 58,
        Protocol::Icmp => 1,
        Protocol::IpInIp => 4,
    }
}

fn tuple_text(tuple: &FiveTuple, icmp_type: u8) -> String {
    let addresses = format!("src={} dst={}", tuple.source, tuple.destination);
    match tuple.protocol {
        Protocol::Icmp => {
            let kind = if tuple.source.is_ipv6() { 129 - icmp_type / 8 } else { icmp_type };
            format!("{addresses} type={kind} code=0 id={}", tuple.source_port)
        }
        Protocol::IpInIp => addresses,
        Protocol::Tcp | Protocol::Udp | Protocol::Sctp => {
            format!("{addresses} sport={} dport={}", tuple.source_port, tuple.destination_port)
        }
    }
}

#[cfg(test)]
mod tests {
    use packet::{Payload, Tcp, TcpFlags};

    use super::*;

    fn segment(flags: TcpFlags) -> Packet {
        Packet {
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
                flags,
                window: 64240,
                payload: Payload::Empty,
            }),
        }
    }

    #[test]
    fn a_translated_connection_is_found_both_ways() {
        let mut table = Conntrack::default();
        let syn = segment(TcpFlags { syn: true, ..Default::default() });
        let original = syn.five_tuple();
        let reply =
            FiveTuple { source: [10, 244, 1, 10].into(), source_port: 8080, ..original.reversed() };
        let id = table.add(&syn, original, reply, Time::START);
        assert_eq!(table.find(&reply, Time::START), Some(Tracked { id, way: Way::Reply }));
        assert_eq!(
            table.entry(id).expect("just added").line(Time::START),
            "tcp      6 120 SYN_SENT src=10.244.2.5 dst=10.96.15.20 sport=48580 dport=80 [UNREPLIED] \
             src=10.244.1.10 dst=10.244.2.5 sport=8080 dport=48580 mark=0 use=1"
        );
    }

    #[test]
    fn expired_entries_are_swept() {
        let mut table = Conntrack { sweep_at: SWEEP, ..Conntrack::default() };
        let syn = segment(TcpFlags { syn: true, ..Default::default() });
        for port in 0..3 * SWEEP as u16 {
            let original = FiveTuple { source_port: port, ..syn.five_tuple() };
            let now = Time::from_seconds(u64::from(port));
            table.add(&syn, original, original.reversed(), now);
        }
        assert!(table.entries.len() <= 2 * SWEEP);
    }

    #[test]
    fn a_handshake_assures_and_time_forgets() {
        let mut table = Conntrack::default();
        let syn = segment(TcpFlags { syn: true, ..Default::default() });
        let original = syn.five_tuple();
        let id = table.add(&syn, original, original.reversed(), Time::START);
        let both = segment(TcpFlags { syn: true, ack: true, ..Default::default() });
        table.advance(Tracked { id, way: Way::Reply }, &both, Time::START);
        let ack = segment(TcpFlags { ack: true, ..Default::default() });
        table.advance(Tracked { id, way: Way::Original }, &ack, Time::START);
        let entry = table.entry(id).expect("just added");
        assert!(entry.assured && entry.state == State::Established);
        assert_eq!(table.find(&original, Time::from_seconds(86400)), None);
    }
}
