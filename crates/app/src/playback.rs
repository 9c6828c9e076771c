//! The clock that moves the packet on show.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::render::{AnimationFrame, request_animation_frame};
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use crate::shared::Shared;
use crate::state::{Change, Run, State};

/// What the clock moves by itself, without drawing anything anew.
#[derive(Clone, Default, PartialEq)]
pub struct Moving {
    /// The packet on the map.
    pub packet: NodeRef,
    /// The stretch of the way that grows behind it.
    pub trail: NodeRef,
    /// The playhead on the bar.
    pub head: NodeRef,
    /// The envelopes of steady traffic.
    pub crowd: NodeRef,
}

/// Moves the packet while time runs; asks for no frame while it stands.
#[hook]
pub fn use_playback(state: &UseReducerHandle<State>) -> Moving {
    let moving = use_memo((), |()| Moving::default());
    let time = use_memo((), |()| Cell::new(0.0_f64));
    let dependencies = (state.run.clone(), state.cue, state.playing);
    {
        let (moving, time) = (moving.clone(), time.clone());
        use_effect_with(dependencies, move |(run, cue, playing)| {
            let Some(run) = run else { return };
            let timeline = &run.timeline;
            if !playing {
                time.set(f64::from(timeline.moment_of(*cue)));
            } else if timeline.cue_at(time.get() as u32) != Some(*cue) {
                time.set(timeline.cues.get(*cue).map_or(0.0, |cue| f64::from(cue.start)));
            }
            place(&moving, run, time.get(), !playing);
        });
    }
    {
        let moving = moving.clone();
        let dispatch = state.dispatcher();
        let dependencies = (state.run.clone(), state.playing, state.speed, state.looping);
        use_effect_with(dependencies, move |(run, playing, speed, looping)| {
            let frame: FrameSlot = Rc::default();
            if let (Some(run), true) = (run.clone(), *playing) {
                let clock = Clock {
                    run,
                    moving: (*moving).clone(),
                    time,
                    speed: *speed,
                    looping: *looping,
                    jumps: prefers_reduced_motion(),
                    dispatch,
                    frame: Rc::downgrade(&frame),
                };
                clock.wait(None);
            }
            // Dropping the slot cancels the frame in it.
            move || drop(frame)
        });
    }
    (*moving).clone()
}

type FrameSlot = Rc<RefCell<Option<AnimationFrame>>>;

/// The running clock: asks for one frame after another as long as its slot lives.
#[derive(Clone)]
struct Clock {
    run: Shared<Run>,
    moving: Moving,
    time: Rc<Cell<f64>>,
    speed: f64,
    looping: bool,
    jumps: bool,
    dispatch: UseReducerDispatcher<State>,
    frame: std::rc::Weak<RefCell<Option<AnimationFrame>>>,
}

/// A frame never counts for more than this, so that a pause of the browser skips nothing.
const LONGEST_FRAME: f64 = 100.0;

impl Clock {
    fn wait(self, last: Option<f64>) {
        let Some(slot) = self.frame.upgrade() else { return };
        let frame = request_animation_frame(move |now| self.tick(now, last));
        *slot.borrow_mut() = Some(frame);
    }

    fn tick(self, now: f64, last: Option<f64>) {
        let timeline = &self.run.timeline;
        let passed = last.map_or(0.0, |last| (now - last).min(LONGEST_FRAME)) * self.speed;
        let before = timeline.cue_at(self.time.get() as u32);
        let time = self.time.get() + passed;
        self.time.set(time);
        place(&self.moving, &self.run, time, self.jumps);
        if time >= f64::from(timeline.duration) {
            if !self.looping {
                // A frame may have passed over the last steps.
                self.dispatch.dispatch(Change::Reached(usize::MAX));
                self.dispatch.dispatch(Change::Pause);
                return;
            }
            self.time.set(0.0);
            self.dispatch.dispatch(Change::Reached(0));
            return self.wait(Some(now));
        }
        let after = timeline.cue_at(time as u32);
        if let Some(cue) = after.filter(|_| after != before) {
            self.dispatch.dispatch(Change::Reached(cue));
        }
        self.wait(Some(now));
    }
}

/// Puts packet, trail and playhead where they belong at a moment.
fn place(moving: &Moving, run: &Run, time: f64, at_the_end: bool) {
    let timeline = &run.timeline;
    let Some(index) = timeline.cue_at(time as u32) else { return };
    let moment = if at_the_end { timeline.moment_of(index) } else { time as u32 };
    let point = timeline.at(moment).and_then(|(_, point)| point);
    if let (Some(packet), Some(point)) = (moving.packet.cast::<Element>(), point) {
        let place = format!("translate({:.1} {:.1})", point.x, point.y);
        let _ = packet.set_attribute("transform", &place);
    }
    if let Some(trail) = moving.trail.cast::<Element>() {
        let offset = format!("{:.3}", 1.0 - timeline.progress(moment));
        let _ = trail.set_attribute("stroke-dashoffset", &offset);
    }
    if let Some(head) = moving.head.cast::<HtmlElement>() {
        let share = time / f64::from(timeline.duration.max(1)) * 100.0;
        let _ = head.style().set_property("left", &format!("{:.2}%", share.min(100.0)));
    }
}

/// Whether the person asked the system for less motion.
pub fn prefers_reduced_motion() -> bool {
    let query = gloo::utils::window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
