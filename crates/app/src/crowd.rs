//! The envelopes of steady traffic on their way: at most twenty at once, moved by a clock of their
//! own that asks for no frame while none is under way. Nothing is drawn anew; the twenty stand ready.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use topology::{Fate, Leg, Tone, Voyage};
use trace::Place;
use web_sys::Element;
use yew::prelude::*;

use crate::playback::prefers_reduced_motion;
use crate::protocol::Command;
use crate::shared::Shared;
use crate::state::{State, Traffic};

/// As many envelopes move at once; what comes beyond is counted but not drawn.
pub const CROWD: usize = 20;

/// The real time between two requests, in milliseconds.
const BEAT: u32 = 220;
/// The virtual time between them.
const PAUSE: u32 = 500;

/// Sends the next request a moment after the last was answered, so that a slow engine is not pressed.
#[hook]
pub fn use_traffic(traffic: &Traffic, from: Option<Place>, ask: Callback<Command>) {
    let dependencies = (traffic.flows(), traffic.sent, traffic.target.clone(), from);
    use_effect_with(dependencies, move |(flows, _, target, from)| {
        let timer = from.clone().filter(|_| *flows).map(|from| {
            let command = Command::Stream { from, target: target.clone(), pause: PAUSE, times: 1 };
            Timeout::new(BEAT, move || ask.emit(command))
        });
        move || drop(timer)
    });
}

/// Moves the envelopes in a layer that holds [`CROWD`] of them.
#[hook]
pub fn use_crowd(state: &UseReducerHandle<State>) -> NodeRef {
    let layer = use_node_ref();
    let crowd = use_memo((), |()| Crowd::default());
    crowd.speed.set(state.speed);
    let traffic = &state.traffic;
    let dependencies = (traffic.latest.clone(), traffic.hidden);
    {
        let layer = layer.clone();
        use_effect_with(dependencies, move |(latest, hidden)| {
            if let (Some(voyage), false) = (latest, hidden) {
                crowd.set_out(voyage.clone(), layer);
            }
        });
    }
    layer
}

/// Those under way, and their clock.
#[derive(Default)]
struct Crowd {
    under_way: Rc<RefCell<[Option<Traveller>; CROWD]>>,
    speed: Rc<Cell<f64>>,
    frame: Rc<RefCell<Option<AnimationFrame>>>,
}

/// One under way.
struct Traveller {
    voyage: Shared<Voyage>,
    time: f64,
    /// The stretch it was last drawn on.
    leg: Option<usize>,
}

impl Crowd {
    fn set_out(&self, voyage: Shared<Voyage>, layer: NodeRef) {
        let mut places = self.under_way.borrow_mut();
        let known = places.iter().flatten().any(|it| it.voyage == voyage);
        let free = places.iter_mut().find(|place| place.is_none());
        if let (Some(place), false) = (free, known) {
            *place = Some(Traveller { voyage, time: 0.0, leg: None });
        }
        drop(places);
        if self.frame.borrow().is_none() {
            let clock = Clock {
                under_way: self.under_way.clone(),
                speed: self.speed.clone(),
                layer,
                jumps: prefers_reduced_motion(),
                frame: Rc::downgrade(&self.frame),
            };
            clock.wait(None);
        }
    }
}

/// The running clock.
struct Clock {
    under_way: Rc<RefCell<[Option<Traveller>; CROWD]>>,
    speed: Rc<Cell<f64>>,
    layer: NodeRef,
    jumps: bool,
    frame: Weak<RefCell<Option<AnimationFrame>>>,
}

/// A frame never counts for more than this.
const LONGEST_FRAME: f64 = 100.0;

impl Clock {
    fn wait(self, last: Option<f64>) {
        let Some(slot) = self.frame.upgrade() else { return };
        let frame = request_animation_frame(move |now| self.tick(now, last));
        *slot.borrow_mut() = Some(frame);
    }

    fn tick(self, now: f64, last: Option<f64>) {
        let passed = last.map_or(0.0, |last| (now - last).min(LONGEST_FRAME)) * self.speed.get();
        let envelopes = self.layer.cast::<Element>().map(|layer| layer.children());
        let mut moves = false;
        for (index, place) in self.under_way.borrow_mut().iter_mut().enumerate() {
            let Some(traveller) = place else { continue };
            let envelope = envelopes.as_ref().and_then(|all| all.item(index as u32));
            traveller.time += passed;
            let there = traveller.voyage.at(traveller.time);
            match (there, envelope) {
                (Some((leg, point)), Some(envelope)) => {
                    let stretch = &traveller.voyage.legs[leg];
                    let point = match self.jumps {
                        true => stretch.path.0.last().copied().unwrap_or(point),
                        false => point,
                    };
                    if traveller.leg != Some(leg) {
                        traveller.leg = Some(leg);
                        let _ = envelope.set_attribute("class", &look(stretch));
                    } else if self.jumps {
                        moves = true;
                        continue;
                    }
                    let place = format!("translate({:.1} {:.1})", point.x, point.y);
                    let _ = envelope.set_attribute("transform", &place);
                    moves = true;
                }
                (_, envelope) => {
                    if let Some(envelope) = envelope {
                        let _ = envelope.set_attribute("class", "mote away");
                    }
                    *place = None;
                }
            }
        }
        match (moves, self.frame.upgrade()) {
            (true, _) => self.wait(Some(now)),
            (false, Some(slot)) => drop(slot.borrow_mut().take()),
            (false, None) => {}
        }
    }
}

/// The classes of an envelope on a stretch.
fn look(leg: &Leg) -> String {
    let tone = match leg.tone {
        Tone::Sent => "tone-sent",
        Tone::Translated => "tone-translated",
        Tone::Reply => "tone-reply",
        Tone::Denied => "tone-denied",
    };
    let fate = match leg.fate {
        Fate::Dropped => " dropped",
        Fate::Bounced => " bounced",
        Fate::Travels | Fate::Delivered => "",
    };
    format!("mote {tone}{}{fate}", if leg.wrapped { " wrapped" } else { "" })
}
