//! The cards on a node: a Pod each, or all Pods of one owner as a stack that unfolds.

use manifest::ObjectRef;
use serde::{Deserialize, Serialize};

use crate::graph::INSIDE;
use crate::inventory::{PodFacts, PodState};
use crate::{Inventory, Point, Rect, Seat, Seating, Shield};

pub(crate) const CARD: f32 = 40.0;
pub(crate) const CARD_GAP: f32 = 6.0;
/// The room of a Pod on a folded card.
const DOT: f32 = 13.0;
/// The room of a Pod on an unfolded card.
const CHIP: (f32, f32) = (62.0, 23.0);
/// An unfolded card has so many rows of names; who is beyond them stays a dot.
const CHIP_ROWS: usize = 14;

/// A Pod, or all Pods of one owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Where.
    pub rect: Rect,
    /// Who.
    pub seat: Seat,
    /// The owner's name, or the Pod's own.
    pub title: String,
    /// What tells the Pod from its sisters, or how many there are.
    pub suffix: String,
    /// Address and port, or how the Pods of a group are.
    pub detail: String,
    /// A word on the state, empty if all is well.
    pub state: String,
    /// How it is; of a group, how the worst is.
    pub condition: PodState,
    /// How often its containers were started again.
    pub restarts: u32,
    /// The policies that isolate it; of a group, those that isolate any of its Pods.
    pub shield: Shield,
    /// Whether only some Pods of a group are isolated so.
    pub partly_shielded: bool,
    /// Which colour of Pods; nothing for the system's.
    pub tint: Option<usize>,
    /// Whether a group shows each of its Pods by name.
    pub unfolded: bool,
    /// Its Pods, each with the point that stands for it.
    pub pods: Vec<PodDot>,
}

/// A Pod on a card.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PodDot {
    /// The Pod.
    pub pod: ObjectRef,
    /// What tells it from its sisters.
    pub suffix: String,
    /// Its address, if it has one.
    pub detail: String,
    /// The point that stands for it, where a packet enters.
    pub point: Point,
    /// Its own place on an unfolded card.
    pub chip: Option<Rect>,
    /// How it is.
    pub condition: PodState,
    /// The policies that isolate it.
    pub shield: Shield,
}

impl Card {
    /// The policies on it, for a person: `some isolated for ingress by deny-all`.
    pub fn shield_words(&self) -> String {
        let words = self.shield.words();
        if self.partly_shielded { format!("some {words}") } else { words }
    }

    /// Whether a Pod is on it.
    pub fn holds(&self, pod: &ObjectRef) -> bool {
        self.pods.iter().any(|dot| &dot.pod == pod)
    }
}

/// How high the seats of a node are together.
pub(crate) fn seats_height(
    inventory: &Inventory,
    seating: &Seating,
    node: &str,
    width: f32,
) -> f32 {
    let seats = seating.seats(node).iter();
    let heights = seats.map(|seat| match seat {
        Some(seat) => seat_height(seating, node, seat, sitting(inventory, node, seat).len(), width),
        None => CARD,
    });
    (heights.map(|height| height + CARD_GAP).sum::<f32>() - CARD_GAP).max(0.0)
}

/// The cards of a node from the top, and the empty seats between them.
pub(crate) fn take_seats(
    inventory: &Inventory,
    seating: &Seating,
    node: &str,
    start: Point,
    width: f32,
) -> (Vec<Card>, Vec<Rect>) {
    let mut y = start.y;
    let (mut cards, mut vacant) = (Vec::new(), Vec::new());
    for seat in seating.seats(node) {
        let pods = seat.as_ref().map(|seat| sitting(inventory, node, seat)).unwrap_or_default();
        let height = match seat {
            Some(seat) => seat_height(seating, node, seat, pods.len(), width),
            None => CARD,
        };
        let place = Rect::new(start.x, y, width, height);
        y = place.bottom() + CARD_GAP;
        match (seat, pods.first()) {
            (Some(seat), Some(first)) => cards.push(card(seat, first, &pods, seating, place)),
            _ => vacant.push(place),
        }
    }
    (cards, vacant)
}

/// The card of a Pod that no node has been found for.
pub(crate) fn waiting_card(pod: &ObjectRef, at: Point) -> Card {
    let condition = PodState::Waiting("Pending".into());
    let rect = Rect::new(at.x, at.y, 60.0 + pod.name.len() as f32 * 7.4, CARD);
    Card {
        rect,
        seat: Seat::Pod(pod.clone()),
        title: pod.name.clone(),
        suffix: String::new(),
        detail: "no node yet".into(),
        state: condition.word().to_owned(),
        restarts: 0,
        shield: Shield::default(),
        partly_shielded: false,
        tint: None,
        unfolded: false,
        pods: vec![PodDot {
            pod: pod.clone(),
            suffix: String::new(),
            detail: String::new(),
            point: Point::new(rect.x + INSIDE, rect.center().y),
            chip: None,
            condition: condition.clone(),
            shield: Shield::default(),
        }],
        condition,
    }
}

/// The Pods on a seat.
fn sitting<'a>(inventory: &'a Inventory, node: &'a str, seat: &Seat) -> Vec<&'a PodFacts> {
    match seat {
        Seat::Pod(pod) => inventory.pod(pod).into_iter().collect(),
        Seat::Group { namespace, owner } => inventory
            .pods_on(node)
            .filter(|pod| &pod.reference.namespace == namespace && &pod.family.owner == owner)
            .collect(),
    }
}

fn seat_height(seating: &Seating, node: &str, seat: &Seat, pods: usize, width: f32) -> f32 {
    match seat {
        Seat::Pod(_) => CARD,
        Seat::Group { .. } if seating.is_unfolded(node, seat) => {
            let chips = chips(width, pods);
            let rows = chips.div_ceil(in_a_row(width, CHIP.0)) as f32 * CHIP.1;
            CARD + rows + (pods - chips).div_ceil(in_a_row(width, DOT)) as f32 * DOT + 6.0
        }
        Seat::Group { .. } => CARD + pods.div_ceil(in_a_row(width, DOT)) as f32 * DOT + 4.0,
    }
}

fn in_a_row(width: f32, each: f32) -> usize {
    ((width - 20.0) / each).floor().max(1.0) as usize
}

/// How many Pods of an unfolded card have their names there.
fn chips(width: f32, pods: usize) -> usize {
    pods.min(in_a_row(width, CHIP.0) * CHIP_ROWS)
}

fn card(seat: &Seat, first: &PodFacts, pods: &[&PodFacts], seating: &Seating, rect: Rect) -> Card {
    let worst = pods.iter().map(|pod| &pod.state).max_by_key(|state| urgency(state));
    let condition = worst.cloned().unwrap_or(PodState::Ready);
    let unfolded = seating.is_unfolded(&first.node, seat);
    let named = if unfolded { chips(rect.width, pods.len()) } else { 0 };
    let rows = named.div_ceil(in_a_row(rect.width, CHIP.0)) as f32 * CHIP.1;
    let dots = pods.iter().enumerate().map(|(index, pod)| {
        let (point, chip) = match seat {
            Seat::Pod(_) => (Point::new(rect.x + INSIDE, rect.center().y), None),
            Seat::Group { .. } if index < named => {
                let chip = chip(rect, index);
                (Point::new(chip.x + 11.0, chip.center().y), Some(chip))
            }
            Seat::Group { .. } => (dot(rect, rows, index - named), None),
        };
        PodDot {
            pod: pod.reference.clone(),
            suffix: pod.family.suffix.rsplit('-').next().unwrap_or_default().to_owned(),
            detail: address_line(pod),
            point,
            chip,
            condition: pod.state.clone(),
            shield: pod.shield.clone(),
        }
    });
    let (suffix, detail) = match seat {
        Seat::Pod(_) => (first.family.suffix.clone(), address_line(first)),
        Seat::Group { .. } => {
            let ready = pods.iter().filter(|pod| pod.state == PodState::Ready).count();
            (format!("× {}", pods.len()), format!("{ready} of {} ready", pods.len()))
        }
    };
    Card {
        rect,
        seat: seat.clone(),
        title: first.family.owner.clone(),
        suffix,
        detail,
        state: match seat {
            Seat::Pod(_) => condition.word().to_owned(),
            Seat::Group { .. } => String::new(),
        },
        condition,
        restarts: pods.iter().map(|pod| pod.restarts).sum(),
        partly_shielded: pods.iter().any(|pod| pod.shield != first.shield),
        shield: Shield::of_any(pods.iter().map(|pod| &pod.shield)),
        tint: seating.tint(first),
        unfolded,
        pods: dots.collect(),
    }
}

/// The place of a dot under the names of an unfolded card, if it has any.
fn dot(card: Rect, names: f32, index: usize) -> Point {
    let across = in_a_row(card.width, DOT);
    Point::new(
        card.x + 10.0 + DOT * ((index % across) as f32 + 0.5),
        card.y + CARD - 2.0 + names + DOT * ((index / across) as f32 + 0.5),
    )
}

fn chip(card: Rect, index: usize) -> Rect {
    let across = in_a_row(card.width, CHIP.0);
    let width = (card.width - 20.0) / across as f32;
    let (column, row) = ((index % across) as f32, (index / across) as f32);
    let (x, y) = (card.x + 10.0 + width * column, card.y + CARD + 1.0 + CHIP.1 * row);
    Rect::new(x, y, width - 4.0, CHIP.1 - 4.0)
}

fn urgency(state: &PodState) -> u8 {
    match state {
        PodState::Ready => 0,
        PodState::Completed => 1,
        PodState::Terminating => 2,
        PodState::Waiting(_) => 3,
        PodState::NotReady => 4,
        PodState::Failing(_) => 5,
    }
}

fn address_line(pod: &PodFacts) -> String {
    match (pod.address, pod.port) {
        (Some(address), Some(port)) => packet::socket(address, port),
        (Some(address), None) => address.to_string(),
        (None, _) => "no address yet".to_owned(),
    }
}
