//! The parts of the page, one component to a file.

mod apply_row;
mod ask_form;
mod bar;
mod below;
mod broken_row;
mod capture_panel;
mod cluster_menus;
mod conntrack_panel;
mod copy_text;
mod course;
mod device_view;
mod dialog;
mod dns_panel;
mod download;
mod dropped;
mod editor;
mod entry_view;
mod events_panel;
mod examples_menu;
mod file_tabs;
mod header;
mod help;
mod hex_view;
mod icon;
mod inspector;
mod kernel_view;
mod layers;
mod line_input;
mod live_text;
mod map_text;
mod map_tools;
mod map_view;
mod matrix_panel;
mod matrix_table;
mod menu;
mod motion_layer;
mod node_choice;
mod node_view;
mod notice;
mod object_card;
mod object_link;
mod outside_view;
mod packet_filter;
mod packet_view;
mod palette;
mod panels;
mod past_banner;
mod past_menu;
mod pod_stack;
mod pod_view;
mod problems;
mod reach_list;
mod rule_table;
mod rules_panel;
mod scrolling;
mod sentence;
mod service_view;
mod splitter;
mod state_mark;
mod step_detail;
mod terminal;
mod text_side;
mod trace_list;
mod track;
mod traffic_switch;
mod transport;
mod way_view;

pub use bar::Bar;
pub use below::Below;
pub use course::{Catalogue, ExamStart, GuideView, LessonPanel};
pub use dropped::{on_drag_over, on_drop};
pub use header::Header;
pub use help::Help;
pub use inspector::Inspector;
pub use live_text::LiveText;
pub use map_view::MapView;
pub use notice::NoticeView;
pub use palette::Palette;
pub use past_banner::PastBanner;
pub use scrolling::bring_into_sight;
pub use splitter::Splitter;
pub use text_side::TextSide;

use manifest::ObjectRef;
use topology::{Fate, Mark, Marks, Tone, Vertex};
use yew::{Callback, Classes, KeyboardEvent, MouseEvent, classes};

use crate::state::Change;

/// What the page sends changes of its state through.
pub type Dispatch = yew::UseReducerDispatcher<crate::state::State>;

/// What a click, Enter or Space does to something that is drawn.
fn pressed(act: Callback<()>) -> (Callback<MouseEvent>, Callback<KeyboardEvent>) {
    let onclick = act.reform(|_: MouseEvent| ());
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | " ") {
            event.prevent_default();
            act.emit(());
        }
    });
    (onclick, onkeydown)
}

/// Opens an object's card, or closes it if it is open.
fn opened(dispatch: &Dispatch, object: &ObjectRef, is_open: bool) -> Callback<()> {
    let (dispatch, object) = (dispatch.clone(), (!is_open).then(|| object.clone()));
    Callback::from(move |()| dispatch.dispatch(Change::Select(object.clone())))
}

/// A length for an SVG attribute.
fn n(length: f32) -> String {
    format!("{length:.1}")
}

/// The class that gives a tone its colour.
fn tone_class(tone: Tone) -> &'static str {
    match tone {
        Tone::Sent => "tone-sent",
        Tone::Translated => "tone-translated",
        Tone::Reply => "tone-reply",
        Tone::Denied => "tone-denied",
    }
}

/// What the packet makes of something that is drawn for some places on its way.
fn mark_of(marks: &Marks, is_there: impl Fn(&Vertex) -> bool) -> Option<Mark> {
    let marks = marks.iter().filter(|(vertex, _)| is_there(vertex));
    marks.map(|(_, mark)| *mark).max_by_key(|mark| mark.here)
}

/// The classes of something the packet has passed or is at.
fn mark_classes(mark: Option<Mark>) -> Classes {
    match mark {
        Some(Mark { tone, here: true }) => classes!("here", tone_class(tone)),
        Some(Mark { tone, here: false }) => classes!("walked", tone_class(tone)),
        None => Classes::new(),
    }
}

/// The class that says what becomes of a packet.
fn fate_class(fate: Fate) -> &'static str {
    match fate {
        Fate::Travels => "travels",
        Fate::Delivered => "delivered",
        Fate::Dropped => "dropped",
        Fate::Bounced => "bounced",
    }
}

/// A text cut to so many characters.
fn shorten(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    text.chars().take(longest.saturating_sub(1)).chain(['…']).collect()
}
