//! The map at one step of a journey: the way walked and the way to come, what the packet has
//! passed, and the numbers that stand in the list of steps as well.

use std::collections::BTreeMap;
use std::net::IpAddr;

use manifest::ObjectRef;
use trace::{Action, Evidence, Journey, Step};

use crate::{Map, Point, Polyline, Timeline, Tone, Vertex};

/// The map at one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// What the packet has walked, without the present step.
    pub walked: Vec<Way>,
    /// What it walks in the present step.
    pub walking: Option<Way>,
    /// What it will walk.
    pub coming: Vec<Way>,
    /// The steps' numbers at their places.
    pub numbers: Vec<Number>,
    /// What it has passed and what it is at.
    pub marks: Marks,
    /// The address the conversation was begun to, which may be a Service's.
    pub asked: Option<IpAddr>,
    /// The endpoint that was chosen for it.
    pub chosen: Option<ObjectRef>,
}

/// How things on the way look.
pub type Marks = BTreeMap<Vertex, Mark>;

/// A stretch of the way in one look.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// The line.
    pub line: Polyline,
    /// The packet's colour on it.
    pub tone: Tone,
    /// Whether it is inside a tunnel's envelope.
    pub wrapped: bool,
}

/// A step's number on the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// Where.
    pub point: Point,
    /// The number in the list.
    pub number: usize,
    /// The position of its cue.
    pub cue: usize,
    /// The packet's colour there.
    pub tone: Tone,
}

/// How something on the way looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The packet's colour there.
    pub tone: Tone,
    /// Whether the packet is there now.
    pub here: bool,
}

impl Scene {
    /// The map at a step; an empty scene past the end.
    pub fn of(journey: &Journey, timeline: &Timeline, at: usize) -> Self {
        let Some(present) = timeline.cues.get(at) else { return Self::default() };
        let mut scene = Self::default();
        let mut numbers: BTreeMap<Vertex, Number> = BTreeMap::new();
        for (index, cue) in timeline.cues_of(present.flight) {
            // The envelope and the colour change at the end of a step's way, not on it.
            let before = index.checked_sub(1).and_then(|index| timeline.cues.get(index));
            let look = before.filter(|before| before.flight == cue.flight).unwrap_or(cue);
            let way = Way { line: cue.path.clone(), tone: look.tone, wrapped: look.wrapped };
            let moves = cue.path.0.len() > 1;
            match index.cmp(&at) {
                std::cmp::Ordering::Less if moves => scene.walked.push(way),
                std::cmp::Ordering::Equal => scene.walking = Some(way).filter(|_| moves),
                std::cmp::Ordering::Greater if moves => scene.coming.push(way),
                std::cmp::Ordering::Less | std::cmp::Ordering::Greater => {}
            }
            let (Some(vertex), Some(point)) = (&cue.vertex, cue.path.0.last()) else { continue };
            if index <= at {
                let mark = Mark { tone: cue.tone, here: index == at };
                scene.marks.insert(vertex.clone(), mark);
                let number =
                    Number { point: *point, number: cue.number, cue: index, tone: cue.tone };
                if !passes(journey, timeline, index) {
                    numbers.insert(vertex.clone(), number);
                }
            }
        }
        // Where the packet stands there is the packet itself; going in and out needs no number.
        scene.numbers = numbers.into_values().filter(|number| number.cue != at).collect();
        scene.numbers.sort_by_key(|number| number.cue);
        scene.asked = journey.exchanges.get(present.exchange).map(|it| it.server_address);
        scene.chosen = chosen(journey, timeline, at);
        scene
    }

    /// The marks on each node of a map, in the order of its nodes: what a step changes there.
    pub fn marks_by_node(&self, map: &Map) -> Vec<Marks> {
        let mut by_node = vec![Marks::new(); map.nodes.len()];
        for (vertex, mark) in &self.marks {
            let node = vertex.node(map);
            if let Some(at) = map.nodes.iter().position(|it| Some(it.name.as_str()) == node) {
                by_node[at].insert(vertex.clone(), *mark);
            }
        }
        by_node
    }
}

/// Whether a step only brings the packet in or sends it on.
fn passes(journey: &Journey, timeline: &Timeline, cue: usize) -> bool {
    step_of(journey, timeline, cue)
        .is_none_or(|step| matches!(step.action, Action::Received | Action::Forwarded))
}

fn step_of<'a>(journey: &'a Journey, timeline: &Timeline, cue: usize) -> Option<&'a Step> {
    let cue = timeline.cues.get(cue)?;
    let hop = journey.packets.get(cue.flight)?.trace.hops().get(cue.hop)?;
    hop.steps().get(cue.step)
}

/// The endpoint chosen in this packet so far, or for the conversation by an earlier packet.
fn chosen(journey: &Journey, timeline: &Timeline, at: usize) -> Option<ObjectRef> {
    let present = timeline.cues.get(at)?;
    (0..=at)
        .rev()
        .filter(|cue| timeline.cues[*cue].exchange == present.exchange)
        .filter_map(|cue| step_of(journey, timeline, cue))
        .flat_map(|step| &step.evidence)
        .find_map(|evidence| match evidence {
            Evidence::Endpoint { pod, .. } => pod.clone(),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{journey, map};

    #[test]
    fn the_way_is_split_where_the_packet_is() {
        let (journey, map) = (journey(), map());
        let timeline = Timeline::of(&journey, &map, None);
        let first = Scene::of(&journey, &timeline, 0);
        assert!(first.walked.is_empty() && first.coming.len() > 5);
        let last = timeline.segments[1].first_cue - 1;
        let end = Scene::of(&journey, &timeline, last);
        assert!(end.coming.is_empty() && end.walked.len() > 5);
        assert!(end.walked.iter().any(|way| way.wrapped));
        assert_eq!(end.marks.values().filter(|mark| mark.here).count(), 1);
        assert_eq!(Scene::of(&journey, &timeline, usize::MAX), Scene::default());
    }

    #[test]
    fn every_mark_on_a_node_is_that_nodes() {
        let (journey, map) = (journey(), map());
        let timeline = Timeline::of(&journey, &map, None);
        let scene = Scene::of(&journey, &timeline, timeline.segments[1].first_cue - 1);
        let by_node = scene.marks_by_node(&map);
        assert!(by_node.iter().all(|marks| !marks.is_empty()));
        let elsewhere = scene.marks.keys().filter(|vertex| vertex.node(&map).is_none()).count();
        let on_nodes: usize = by_node.iter().map(BTreeMap::len).sum();
        assert_eq!(on_nodes + elsewhere, scene.marks.len());
    }
}
