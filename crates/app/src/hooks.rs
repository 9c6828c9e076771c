//! What happens beside drawing: the clock that moves the packet, the keys, what is remembered.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MediaQueryList};
use yew::prelude::*;

use crate::protocol::Command;
use crate::shared::Shared;
use crate::state::{Change, Notice, Run, State};
use crate::storage;

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

/// The keys of the whole page; keys typed into a text are the text's.
#[hook]
pub fn use_keys(dispatch: UseReducerDispatcher<State>, on_apply: Callback<()>) {
    use_effect_with((), move |()| {
        let options = EventListenerOptions::enable_prevent_default();
        let window = gloo::utils::window();
        let listener = EventListener::new_with_options(&window, "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            if event.default_prevented() {
                return;
            }
            let key = event.key();
            if key == "Enter" && (event.ctrl_key() || event.meta_key()) {
                event.prevent_default();
                on_apply.emit(());
                return;
            }
            if event.ctrl_key() || event.meta_key() || event.alt_key() || is_typing(event) {
                return;
            }
            if let Some(change) = change_for(&key) {
                event.prevent_default();
                dispatch.dispatch(change);
            }
        });
        move || drop(listener)
    });
}

fn change_for(key: &str) -> Option<Change> {
    match key {
        " " => Some(Change::PlayOrPause),
        "ArrowRight" => Some(Change::GoBy(1)),
        "ArrowLeft" => Some(Change::GoBy(-1)),
        "Home" => Some(Change::GoTo(0)),
        "End" => Some(Change::GoTo(usize::MAX)),
        "?" => Some(Change::Help(true)),
        "Escape" => Some(Change::Escape),
        _ => None,
    }
}

/// Whether the key belongs to what has the focus: a field, the editor, the terminal, a splitter,
/// or a button that Space presses.
fn is_typing(event: &KeyboardEvent) -> bool {
    let Some(target) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
        return false;
    };
    let own = match event.key().as_str() {
        " " => "input, select, textarea, [contenteditable], button, summary, [role=button]",
        "Escape" => ".cm-editor, .terminal, select",
        _ => "input, select, textarea, [contenteditable], .terminal, [role=separator], [role=tab]",
    };
    target.closest(own).ok().flatten().is_some()
}

/// Stops clock and traffic when the tab is hidden.
#[hook]
pub fn use_rest_when_hidden(dispatch: UseReducerDispatcher<State>) {
    use_effect_with((), move |()| {
        let document = gloo::utils::document();
        let listener = EventListener::new(&document, "visibilitychange", move |_| {
            dispatch.dispatch(Change::Hidden(gloo::utils::document().hidden()));
        });
        move || drop(listener)
    });
}

/// Asks for a map of one column while the screen is a phone's.
#[hook]
pub fn use_columns(ask: Callback<Command>) {
    const PHONE: &str = "(max-width: 40rem)";
    const WIDE: usize = 4;
    use_effect_with((), move |()| {
        let query = gloo::utils::window().match_media(PHONE).ok().flatten();
        let listener = query.map(|query| {
            let arrange = move |query: &MediaQueryList| {
                ask.emit(Command::Arrange { columns: if query.matches() { 1 } else { WIDE } });
            };
            if query.matches() {
                arrange(&query);
            }
            let watched = query.clone();
            EventListener::new(&query, "change", move |_| arrange(&watched))
        });
        move || drop(listener)
    });
}

/// Asks what is wrong with the texts, a moment after the last key.
#[hook]
pub fn use_checking(state: &UseReducerHandle<State>, ask: Callback<Command>) {
    const MOMENT: u32 = 250;
    let files = state.files.clone();
    let ready = state.view.is_some();
    use_effect_with((files, ready), move |(files, ready)| {
        let files = files.clone();
        let timer =
            ready.then(|| Timeout::new(MOMENT, move || ask.emit(Command::Check(files.to_vec()))));
        move || drop(timer)
    });
}

/// Remembers texts and screen, and sets the screen.
#[hook]
pub fn use_remembering(state: &UseReducerHandle<State>) {
    let dispatch = state.dispatcher();
    use_effect_with(state.files.clone(), move |files| {
        if !files.is_empty() && storage::remember_files(files).is_err() {
            let text = "This browser keeps nothing for Podhop (its storage is full or forbidden): \
                        copy your text elsewhere before you leave.";
            dispatch.dispatch(Change::Tell(Some(Notice { text: text.into(), bad: true })));
        }
    });
    use_effect_with(state.screen, |screen| {
        storage::remember_screen(*screen);
        let share = f64::from(screen.text) / 100.0;
        if let Some(root) = root_element() {
            let _ = root.style().set_property("--text", &share.to_string());
        }
    });
    use_effect_with(state.theme, |theme| {
        storage::remember_theme(*theme);
        show_theme(*theme);
        let theme = *theme;
        let query = gloo::utils::window().match_media("(prefers-color-scheme: dark)");
        let listener = query
            .ok()
            .flatten()
            .map(|query| EventListener::new(&query, "change", move |_| show_theme(theme)));
        move || drop(listener)
    });
}

fn show_theme(theme: storage::Theme) {
    let query = gloo::utils::window().match_media("(prefers-color-scheme: dark)");
    let system_is_dark = query.ok().flatten().is_some_and(|query| query.matches());
    let dark = match theme {
        storage::Theme::Auto => system_is_dark,
        storage::Theme::Light => false,
        storage::Theme::Dark => true,
    };
    if let Some(root) = root_element() {
        let _ = root.set_attribute("data-theme", if dark { "dark" } else { "light" });
    }
}

fn root_element() -> Option<HtmlElement> {
    gloo::utils::document().document_element().and_then(|root| root.dyn_into().ok())
}
