//! A journey in presentation time: where the packet is at every moment, and what it looks like.
//!
//! Virtual microseconds are no use to an eye; how long each step is shown is in [`crate::pace`]. There
//! is one cue for each step of each packet shown, in order, so a cue's position is the step's number.

use std::collections::BTreeSet;

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};
use trace::{Action, Direction, Flight, Hop, Journey, Place, Stage, Step};

use crate::pace::{self, Pace};
use crate::{Devices, Hook, Map, Point, Polyline, Vertex};

/// A journey in presentation time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timeline {
    /// One cue for each step, in order of time.
    pub cues: Vec<Cue>,
    /// One segment for each packet shown, in order of time.
    pub segments: Vec<Segment>,
    /// How long it takes in all, in milliseconds.
    pub duration: u32,
}

/// One step of one packet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// When it begins, in milliseconds of presentation.
    pub start: u32,
    /// How long the packet moves.
    pub motion: u32,
    /// How long it takes, with the time to read it.
    pub duration: u32,
    /// The conversation, by its position in the journey.
    pub exchange: usize,
    /// The packet, by its position in the journey.
    pub flight: usize,
    /// The place, by its position in the packet's trace.
    pub hop: usize,
    /// The step, by its position in the place.
    pub step: usize,
    /// Its number among the packet's steps, from 1: the number on the map and in the list.
    pub number: usize,
    /// The way walked; its last point is where the step happens. Empty if the map lacks the place.
    pub path: Polyline,
    /// What it happens at.
    pub vertex: Option<Vertex>,
    /// How the packet looks afterwards.
    pub tone: Tone,
    /// Whether it is inside a tunnel's envelope.
    pub wrapped: bool,
    /// What becomes of it.
    pub fate: Fate,
    /// What a translation rewrote, to show where it happens.
    pub rewrites: Vec<Rewrite>,
}

impl Cue {
    /// One unit back along the way, to where a rejected packet recoils.
    pub fn back(&self) -> Point {
        let points = &self.path.0;
        let Some(end) = points.last() else { return Point::default() };
        let from = points.iter().rev().find(|point| end.distance(**point) > 0.5);
        let Some(from) = from else { return Point::new(-1.0, 0.0) };
        let length = end.distance(*from);
        Point::new((from.x - end.x) / length, (from.y - end.y) / length)
    }
}

/// One end of a flow before and after a translation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rewrite {
    /// `source` or `destination`.
    pub end: String,
    /// Address and port before.
    pub before: String,
    /// Address and port after.
    pub after: String,
}

/// What a packet's colour says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tone {
    /// As its sender made it.
    Sent,
    /// After a translation.
    Translated,
    /// On the way back.
    Reply,
    /// Dropped or rejected.
    Denied,
}

/// What becomes of a packet at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Fate {
    /// It goes on.
    Travels,
    /// A process takes it.
    Delivered,
    /// It vanishes; nobody is told.
    Dropped,
    /// It is refused; the sender is told.
    Bounced,
}

/// One packet on the bar under the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// When it begins, in milliseconds of presentation.
    pub start: u32,
    /// When it ends.
    pub end: u32,
    /// The packet, by its position in the journey.
    pub flight: usize,
    /// The position of its first cue.
    pub first_cue: usize,
    /// What it is: `A? web-service…`, `SYN`, `GET /`.
    pub label: String,
    /// Its innermost protocol: `DNS`, `TCP`, `HTTP`, `ICMP` …
    pub protocol: String,
    /// How it sets out.
    pub tone: Tone,
    /// How it ends.
    pub fate: Fate,
    /// A wait before it, in virtual milliseconds, if it was long enough to matter.
    pub waited: Option<u64>,
}

/// A pause between packets that is worth a mark, in virtual microseconds.
const WAIT_WORTH_A_MARK: u64 = 100_000;
impl Timeline {
    /// A journey over a map, or only its packets of one protocol.
    pub fn of(journey: &Journey, map: &Map, only: Option<&str>) -> Self {
        let devices = Devices::of(map);
        let mut timeline = Self::default();
        let mut shown = BTreeSet::new();
        let mut ended = journey.started;
        for (index, flight) in journey.packets.iter().enumerate() {
            let Inside { protocol, summary } = inside(flight);
            if only.is_some_and(|only| only != protocol) {
                continue;
            }
            let silence = flight.trace.started().since(ended).as_micros() as u64;
            ended = flight.trace.ended();
            // The second query to the same server goes the way of the first.
            let server = journey
                .exchanges
                .get(flight.exchange)
                .map(|exchange| (exchange.server_address, exchange.server_port));
            let known = !shown.insert((server, flight.direction));
            let pace = Pace::of(flight, &protocol, known);
            let (first_cue, wrong) = (timeline.cues.len(), !flight.trace.verdict().is_success());
            timeline.add(index, flight, &devices, map, pace);
            timeline.segments.push(Segment {
                start: 0,
                end: 0,
                flight: index,
                first_cue,
                label: match flight.attempt {
                    0 => summary,
                    attempt => format!("{summary} (again, {attempt})"),
                },
                protocol,
                tone: first_tone(flight.direction),
                fate: timeline.cues.last().filter(|_| wrong).map_or(Fate::Travels, |cue| cue.fate),
                waited: (silence >= WAIT_WORTH_A_MARK).then_some(silence / 1000),
            });
        }
        pace::set(&mut timeline);
        timeline
    }

    /// The position of the cue of the step that decided the journey, if it is shown.
    pub fn deciding(&self, journey: &Journey) -> Option<usize> {
        let (flight, hop, step) = journey.deciding_step()?;
        self.cues.iter().position(|cue| (cue.flight, cue.hop, cue.step) == (flight, hop, step))
    }

    /// The segment of a packet, if it is shown.
    pub fn segment_of(&self, flight: usize) -> Option<&Segment> {
        self.segments.iter().find(|segment| segment.flight == flight)
    }

    /// The cue at a moment, and the packet's place on the map then.
    pub fn at(&self, time: u32) -> Option<(usize, Option<Point>)> {
        let index = self.cue_at(time)?;
        Some((index, self.cues[index].path.at(self.progress(time))))
    }

    /// How far the packet has moved in the step that is shown at a moment, from 0 to 1.
    pub fn progress(&self, time: u32) -> f32 {
        let Some(cue) = self.cue_at(time).map(|index| &self.cues[index]) else { return 1.0 };
        match cue.motion {
            0 => 1.0,
            motion => ease(time.saturating_sub(cue.start) as f32 / motion as f32),
        }
    }

    /// The position of the cue that is shown at a moment.
    pub fn cue_at(&self, time: u32) -> Option<usize> {
        let after = self.cues.partition_point(|cue| cue.start <= time);
        if self.cues.is_empty() { None } else { Some(after.saturating_sub(1)) }
    }

    /// The moment at which a step has just happened; past the last step, the end.
    pub fn moment_of(&self, cue: usize) -> u32 {
        self.cues.get(cue).map_or(self.duration, |cue| cue.start + cue.motion)
    }

    /// The cues of one packet.
    pub fn cues_of(&self, flight: usize) -> impl Iterator<Item = (usize, &Cue)> {
        self.cues.iter().enumerate().filter(move |(_, cue)| cue.flight == flight)
    }

    fn add(&mut self, index: usize, flight: &Flight, devices: &Devices, map: &Map, pace: Pace) {
        let first_cue = self.cues.len();
        let mut walker = Walker::new(flight, devices, map);
        let hops = flight.trace.hops();
        for (at_hop, hop) in hops.iter().enumerate() {
            for (at_step, step) in hop.steps().iter().enumerate() {
                let path = walker.walk(hops, at_hop, step);
                let (motion, reading) = pace.times(path.length(), &step.action);
                self.cues.push(Cue {
                    start: 0,
                    motion,
                    duration: motion + reading,
                    exchange: flight.exchange,
                    flight: index,
                    hop: at_hop,
                    step: at_step,
                    number: self.cues.len() - first_cue + 1,
                    path,
                    vertex: walker.vertex.clone(),
                    tone: walker.tone,
                    wrapped: walker.wrapped,
                    fate: fate(&step.action),
                    rewrites: rewrites(step),
                });
            }
        }
    }
}

/// The protocols of a journey's packets, each once, in order of appearance.
pub fn protocols(journey: &Journey) -> Vec<String> {
    let mut protocols: Vec<String> = Vec::new();
    for flight in &journey.packets {
        let Inside { protocol, .. } = inside(flight);
        if !protocols.contains(&protocol) {
            protocols.push(protocol);
        }
    }
    protocols
}

/// Follows one packet over the map, step by step.
struct Walker<'a> {
    devices: &'a Devices,
    map: &'a Map,
    vertex: Option<Vertex>,
    tone: Tone,
    wrapped: bool,
}

impl<'a> Walker<'a> {
    fn new(flight: &Flight, devices: &'a Devices, map: &'a Map) -> Self {
        Self { devices, map, vertex: None, tone: first_tone(flight.direction), wrapped: false }
    }

    /// The way to where a step happens; the packet looks different afterwards if the step says so.
    fn walk(&mut self, hops: &[Hop], at: usize, step: &Step) -> Polyline {
        match step.action {
            Action::Translated if self.tone == Tone::Sent => self.tone = Tone::Translated,
            Action::Encapsulated => self.wrapped = true,
            Action::Decapsulated => self.wrapped = false,
            Action::Dropped(_) | Action::Rejected(_) => self.tone = Tone::Denied,
            Action::Translated
            | Action::Sent
            | Action::Received
            | Action::Passed
            | Action::Bridged
            | Action::Tracked
            | Action::Permitted
            | Action::Routed
            | Action::Addressed
            | Action::Forwarded
            | Action::Delivered => {}
        }
        // A Pod that is gone from the map is passed by on the bridge.
        let bridge = match hops[at].place() {
            Place::Node(node) => Some(Vertex::Bridge(node.clone())),
            Place::Pod(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                None
            }
        };
        let drawn = |vertex: &Vertex| self.devices.point(vertex).is_some();
        let known = self.vertex_of(hops, at, step).filter(drawn).or(bridge.filter(drawn));
        let way = match (&self.vertex, &known) {
            (Some(from), Some(to)) => self.devices.way(from, to).unwrap_or_default(),
            (None, Some(to)) => Polyline(self.devices.point(to).into_iter().collect()),
            (Some(here), None) => Polyline(self.devices.point(here).into_iter().collect()),
            (None, None) => Polyline::default(),
        };
        if known.is_some() {
            self.vertex = known;
        }
        way
    }

    /// What a step happens at.
    fn vertex_of(&self, hops: &[Hop], at: usize, step: &Step) -> Option<Vertex> {
        match hops[at].place() {
            Place::Pod(pod) => Some(match step.stage {
                Stage::Device => Vertex::Door(pod.clone()),
                _ => Vertex::Pod(pod.clone()),
            }),
            Place::Node(node) => Some(self.on_node(hops, at, node, step)),
            Place::NodeNetwork => neighbour(hops, at, |place| match place {
                Place::Node(node) => Some(Vertex::Trunk(node.clone())),
                _ => None,
            }),
            place @ (Place::LoadBalancer(_) | Place::Internet(_)) => self.outside(place),
        }
    }

    fn on_node(&self, hops: &[Hop], at: usize, node: &str, step: &Step) -> Vertex {
        let hook = |hook| Vertex::Hook(node.to_owned(), hook);
        match step.stage {
            Stage::Device | Stage::Neighbour | Stage::Bridge | Stage::Tunnel | Stage::Wire => {
                self.device(hops, at, node, step)
            }
            Stage::Conntrack => hook(Hook::Conntrack),
            Stage::DestinationNat | Stage::SocketLoadBalancer => hook(Hook::DestinationNat),
            Stage::Routing => hook(Hook::Route),
            Stage::EgressPolicy | Stage::IngressPolicy | Stage::Filter => hook(Hook::Filter),
            Stage::SourceNat => hook(Hook::SourceNat),
            Stage::Application | Stage::LoadBalancer => Vertex::Top(node.to_owned()),
        }
    }

    /// A device of a node: the bridge, the tunnel and the uplink by name, anything else is the
    /// node's end of the veth of the Pod that the packet comes from or goes to.
    fn device(&self, hops: &[Hop], at: usize, node: &str, step: &Step) -> Vertex {
        let device = step.device.as_deref().unwrap_or_default();
        let drawn = self.map.node(node);
        let named = |name: Option<&str>| name == Some(device);
        if named(drawn.map(|node| node.uplink.name.as_str())) {
            return Vertex::Uplink(node.to_owned());
        }
        if named(drawn.and_then(|node| node.tunnel.as_ref()).map(|it| it.name.as_str())) {
            return Vertex::Tunnel(node.to_owned());
        }
        let pod = self.pod_beside(hops, at, step);
        match (drawn.is_some_and(|node| node.rail.name == device), pod) {
            // Plugged in where the Pod is, if the packet goes between bridge and Pod.
            (true, Some(pod)) => Vertex::Tap(pod),
            (true, None) => Vertex::Bridge(node.to_owned()),
            (false, Some(pod)) => Vertex::Veth(pod),
            (false, None) if step.stage == Stage::Wire => Vertex::Uplink(node.to_owned()),
            (false, None) => Vertex::Top(node.to_owned()),
        }
    }

    /// The Pod on the other side of the device of a step: the one the packet has just come from
    /// as long as it has not been in the kernel, else the one it goes to.
    fn pod_beside(&self, hops: &[Hop], at: usize, step: &Step) -> Option<ObjectRef> {
        let pod = |index: Option<usize>| match hops.get(index?)?.place() {
            Place::Pod(pod) => Some(pod.clone()),
            Place::Node(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => {
                None
            }
        };
        let arriving = hops[at]
            .steps()
            .iter()
            .take_while(|before| !std::ptr::eq(*before, step))
            .all(|before| matches!(before.stage, Stage::Device | Stage::Bridge));
        let (from, to) = (pod(at.checked_sub(1)), pod(Some(at + 1)));
        if arriving { from.or(to) } else { to.or(from) }
    }

    fn outside(&self, place: &Place) -> Option<Vertex> {
        self.map.outside.iter().position(|it| &it.place == place).map(Vertex::Outside)
    }
}

/// What a place beside this hop says, the earlier one first.
fn neighbour(hops: &[Hop], at: usize, read: impl Fn(&Place) -> Option<Vertex>) -> Option<Vertex> {
    let before = at.checked_sub(1).and_then(|index| hops.get(index));
    [before, hops.get(at + 1)].into_iter().flatten().find_map(|hop| read(hop.place()))
}

fn first_tone(direction: Direction) -> Tone {
    match direction {
        Direction::Request => Tone::Sent,
        Direction::Reply => Tone::Reply,
    }
}

fn fate(action: &Action) -> Fate {
    match action {
        Action::Delivered => Fate::Delivered,
        Action::Dropped(_) => Fate::Dropped,
        Action::Rejected(_) => Fate::Bounced,
        Action::Sent
        | Action::Received
        | Action::Passed
        | Action::Bridged
        | Action::Tracked
        | Action::Translated
        | Action::Permitted
        | Action::Routed
        | Action::Addressed
        | Action::Encapsulated
        | Action::Decapsulated
        | Action::Forwarded => Fate::Travels,
    }
}

/// Both ends of the flow as far as a translation changed them.
fn rewrites(step: &Step) -> Vec<Rewrite> {
    let (Action::Translated, Some(packet)) = (&step.action, step.frame.packet()) else {
        return Vec::new();
    };
    let flow = packet.five_tuple();
    [
        ("source", flow.source, flow.source_port),
        ("destination", flow.destination, flow.destination_port),
    ]
    .into_iter()
    .filter_map(|(end, address, port)| {
        let port_field = format!("{end} port");
        let before = |field: &str| {
            step.changes.iter().find(|it| it.field == field).map(|it| it.before.as_str())
        };
        let (old_address, old_port) = (before(end), before(&port_field));
        if old_address.is_none() && old_port.is_none() {
            return None;
        }
        let parsed = |text: Option<&str>| text.and_then(|text| text.parse().ok());
        let earlier = old_address.and_then(|text| text.parse().ok()).unwrap_or(address);
        Some(Rewrite {
            end: end.to_owned(),
            before: packet::socket(earlier, parsed(old_port).unwrap_or(port)),
            after: packet::socket(address, port),
        })
    })
    .collect()
}

/// What a packet carries: its innermost header.
struct Inside {
    protocol: String,
    summary: String,
}

fn inside(flight: &Flight) -> Inside {
    let inner = flight.trace.sent().layers().pop();
    inner.map_or(Inside { protocol: String::new(), summary: String::new() }, |layer| Inside {
        protocol: layer.protocol,
        summary: layer.summary,
    })
}

/// Slow at both ends, so that the eye can follow.
fn ease(share: f32) -> f32 {
    let share = share.clamp(0.0, 1.0);
    share * share * (3.0 - 2.0 * share)
}

#[cfg(test)]
mod tests {
    use trace::Outcome;

    use super::*;
    use crate::fixture::{journey, map, pod_named};

    #[test]
    fn every_step_has_a_cue_and_a_place() {
        let (map, journey) = (map(), journey());
        let timeline = Timeline::of(&journey, &map, None);
        let steps: usize = journey.packets.iter().map(|flight| flight.trace.steps().count()).sum();
        assert_eq!(timeline.cues.len(), steps);
        assert!(timeline.cues.iter().all(|cue| !cue.path.0.is_empty()));
        assert_eq!(timeline.segments.len(), journey.packets.len());
    }

    #[test]
    fn the_way_is_whole() {
        let timeline = Timeline::of(&journey(), &map(), None);
        for pair in timeline.cues.windows(2).filter(|pair| pair[0].flight == pair[1].flight) {
            assert_eq!(pair[0].path.0.last(), pair[1].path.0.first(), "{:?}", pair[1].vertex);
        }
    }

    #[test]
    fn time_and_step_agree() {
        let timeline = Timeline::of(&journey(), &map(), None);
        for cue in 0..timeline.cues.len() {
            let moment = timeline.moment_of(cue);
            assert_eq!(timeline.cue_at(moment), Some(cue), "at {moment}");
        }
        assert_eq!(timeline.cue_at(u32::MAX), Some(timeline.cues.len() - 1));
    }

    #[test]
    fn a_translation_turns_the_request_amber_and_is_signed() {
        let timeline = Timeline::of(&journey(), &map(), None);
        let first = timeline.cues.iter().position(|cue| cue.tone == Tone::Translated);
        let cue = &timeline.cues[first.expect("a translation")];
        assert_eq!(cue.rewrites.len(), 1);
        let rewrite = &cue.rewrites[0];
        assert_eq!(
            (rewrite.end.as_str(), rewrite.before.as_str(), rewrite.after.as_str()),
            ("destination", "10.96.15.20:80", "10.244.1.11:8080")
        );
        assert!(
            matches!(&cue.vertex, Some(Vertex::Hook(node, Hook::DestinationNat)) if node == "node-2")
        );
        assert!(timeline.cues.iter().any(|cue| cue.wrapped));
        assert!(timeline.cues.iter().any(|cue| cue.tone == Tone::Reply));
    }

    #[test]
    fn a_packet_recoils_to_where_it_came_from() {
        let timeline = Timeline::of(&journey(), &map(), None);
        let moves = timeline.cues.iter().filter(|cue| cue.path.length() > 1.0);
        for cue in moves {
            let (back, end) = (cue.back(), cue.path.0[cue.path.0.len() - 1]);
            let near = cue.path.at(1.0 - 0.1 / cue.path.length());
            let expected = Point::new(end.x + back.x * 0.1, end.y + back.y * 0.1);
            assert!(near.is_some_and(|near| near.distance(expected) < 0.05), "{:?}", cue.path);
        }
    }

    #[test]
    fn what_decided_is_where_the_packet_was_taken_or_else_where_it_was_lost() {
        let (map, mut journey) = (map(), journey());
        let deciding = |journey: &Journey| {
            let timeline = Timeline::of(journey, &map, None);
            timeline.deciding(journey).map(|cue| timeline.cues[cue].fate)
        };
        assert_eq!(deciding(&journey), Some(Fate::Delivered));
        journey.outcome = Outcome::TimedOut;
        journey.packets.truncate(1);
        assert_eq!(deciding(&journey), None);
        journey.packets.push(crate::fixture::lost());
        assert_eq!(deciding(&journey), Some(Fate::Dropped));
    }

    #[test]
    fn only_the_packets_of_a_protocol_are_shown() {
        let (map, journey) = (map(), journey());
        assert_eq!(protocols(&journey), ["TCP"]);
        assert_eq!(Timeline::of(&journey, &map, Some("TCP")), Timeline::of(&journey, &map, None));
        assert!(Timeline::of(&journey, &map, Some("DNS")).cues.is_empty());
    }

    #[test]
    fn a_pod_that_is_gone_does_not_stop_the_picture() {
        let mut cluster = crate::fixture::inventory();
        cluster.pods.retain(|pod| pod.family.owner != "web-app");
        let map = Map::of(&cluster, crate::Fabric::of("flannel-vxlan"), &Default::default(), 4);
        let timeline = Timeline::of(&journey(), &map, None);
        let in_its_pod = |cue: &Cue| cue.flight == 1 && cue.hop == 0;
        assert!(timeline.cues.iter().all(|cue| in_its_pod(cue) || !cue.path.0.is_empty()));
    }

    #[test]
    fn the_packet_starts_in_the_pod_that_sends_it() {
        let map = map();
        let timeline = Timeline::of(&journey(), &map, None);
        assert_eq!(timeline.cues[0].vertex, Some(Vertex::Pod(pod_named(&map, "frontend"))));
    }
}
