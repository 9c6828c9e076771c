//! Everything that can be done on the page, once: keys, menus, palette and the sheet of keys all read
//! it from here, so that none of them says what another does not do.

use cluster::{EXAMPLES, Fault, Part};
use manifest::{Kind, ObjectRef};
use topology::NodeBox;
use web_sys::KeyboardEvent;

use crate::course::CourseAct;
use crate::protocol::{Command, View};
use crate::state::{Change, Panel, State};
use crate::storage::{self, Theme};

/// Something that can be done.
#[derive(Clone, Debug)]
pub enum Action {
    /// The engine is asked.
    Ask(Command),
    /// The page changes.
    Change(Change),
    /// The texts are applied.
    Apply,
    /// The request that stands in the form is sent.
    Send,
    /// A link to this session is made.
    Share,
    /// The session comes back that was here before a link was followed.
    TakeOwn,
    /// The session begins anew with the usual start.
    StartOver,
    /// Something is done in the course.
    Course(CourseAct),
}

/// Which keys are held with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// None; in a text the key is the text's.
    Nothing,
    /// Control, or Command; everywhere.
    Control,
    /// Control, or Command; in a text the key is the text's.
    ControlOutsideText,
    /// The same, and Shift.
    ControlShiftOutsideText,
}

/// A key, and what it does.
pub struct Key {
    /// As a keyboard says it: `KeyboardEvent.key`.
    pub key: &'static str,
    /// What is held with it.
    pub with: With,
    /// As a person reads it.
    pub shown: &'static [&'static str],
    /// What it does, in words.
    pub words: &'static str,
    /// What it does.
    pub action: fn() -> Action,
}

/// Every key of the page.
pub const KEYS: &[Key] = &[
    key("Enter", With::Control, &["Ctrl", "Enter"], "apply the text", || Action::Apply),
    key("k", With::Control, &["Ctrl", "K"], "find anything that can be done", || {
        Action::Change(Change::Palette(true))
    }),
    key("s", With::Control, &["Ctrl", "S"], "share: copy a link to this session", || Action::Share),
    key("z", With::ControlOutsideText, &["Ctrl", "Z"], "undo", || Action::Ask(Command::Undo)),
    key("z", With::ControlShiftOutsideText, &["Ctrl", "Shift", "Z"], "redo", || {
        Action::Ask(Command::Redo)
    }),
    key(" ", With::Nothing, &["Space"], "play, or pause", || Action::Change(Change::PlayOrPause)),
    key("ArrowRight", With::Nothing, &["→"], "one step on", || Action::Change(Change::GoBy(1))),
    key("ArrowLeft", With::Nothing, &["←"], "one step back", || Action::Change(Change::GoBy(-1))),
    key("Home", With::Nothing, &["Home"], "first step", || Action::Change(Change::GoTo(0))),
    key("End", With::Nothing, &["End"], "last step", || Action::Change(Change::GoTo(usize::MAX))),
    key("?", With::Nothing, &["?"], "keys and colours", || Action::Change(Change::Help(true))),
    key("Escape", With::Nothing, &["Esc"], "close what is open", || Action::Change(Change::Escape)),
];

const fn key(
    key: &'static str,
    with: With,
    shown: &'static [&'static str],
    words: &'static str,
    action: fn() -> Action,
) -> Key {
    Key { key, with, shown, words, action }
}

impl Key {
    /// Whether this key was pressed.
    pub fn is(&self, event: &KeyboardEvent) -> bool {
        let control = event.ctrl_key() || event.meta_key();
        let held = match self.with {
            // Some keyboards need Shift for `?`.
            With::Nothing => !control,
            With::Control | With::ControlOutsideText => control && !event.shift_key(),
            With::ControlShiftOutsideText => control && event.shift_key(),
        };
        held && !event.alt_key() && event.key().to_lowercase() == self.key.to_lowercase()
    }
}

/// A line of the palette.
pub struct Entry {
    /// Where it belongs: `share`, `CNI`.
    pub group: &'static str,
    /// What it does.
    pub name: String,
    /// What there is to know about it.
    pub note: String,
    /// Its key, if it has one.
    pub keys: &'static [&'static str],
    /// What it does.
    pub action: Action,
}

fn entry(group: &'static str, name: impl Into<String>, action: Action) -> Entry {
    Entry { group, name: name.into(), note: String::new(), keys: &[], action }
}

/// Everything that can be done now.
pub fn entries(state: &State) -> Vec<Entry> {
    let keyed = KEYS.iter().filter(|key| !matches!(key.key, "Escape" | "k"));
    let mut entries: Vec<Entry> = vec![entry("request", "send the request", Action::Send)];
    entries.extend(keyed.map(|key| Entry {
        keys: key.shown,
        note: note_of(key, state),
        ..entry("page", key.words, (key.action)())
    }));
    if let Some(view) = &state.view {
        entries.extend(of_the_cluster(view));
        // In a lesson they would tell what is to be found.
        if state.course.at.is_none() {
            entries.extend(mends(view));
        }
    }
    for (index, file) in state.files.iter().enumerate() {
        let open = Action::Change(Change::Opened(index));
        entries.push(entry("file", format!("open {}", file.name), open));
    }
    for example in EXAMPLES {
        let load = Action::Change(Change::Replaced(example.files()));
        entries.push(Entry {
            note: example.summary.to_owned(),
            ..entry("example", format!("load: {}", example.title), load)
        });
    }
    for (panel, name) in Panel::ALL {
        let open = Action::Change(Change::OpenPanel(*panel));
        entries.push(entry("panel", format!("show {name}"), open));
    }
    for (theme, name) in
        [(Theme::Light, "light"), (Theme::Dark, "dark"), (Theme::Auto, "as the system")]
    {
        entries.push(entry("theme", name, Action::Change(Change::Theme(theme))));
    }
    for percent in [100, 150, 200] {
        let text = Action::Change(Change::Text(percent));
        entries.push(entry("text size", format!("text at {percent} %"), text));
    }
    entries.push(entry("course", "open the course", Action::Course(CourseAct::Catalogue)));
    if state.course.at.is_some() {
        let leave = Action::Course(CourseAct::Leave);
        entries.push(entry("course", "leave the lesson, back to my own session", leave));
    }
    if storage::has_own() {
        entries.push(entry("session", "back to my own session", Action::TakeOwn));
    }
    entries.push(entry("session", "start over", Action::StartOver));
    entries
}

/// What would be undone or done again.
fn note_of(key: &Key, state: &State) -> String {
    let controls = state.view.as_ref().map(|view| &view.controls);
    let called = match (key.action)() {
        Action::Ask(Command::Undo) => controls.and_then(|it| it.undo.clone()),
        Action::Ask(Command::Redo) => controls.and_then(|it| it.redo.clone()),
        _ => None,
    };
    called.unwrap_or_default()
}

fn mends(view: &View) -> impl Iterator<Item = Entry> {
    let mended = view.controls.broken.iter().filter_map(Fault::mended);
    mended.map(|mended| entry("mend", mended.to_string(), Action::Ask(Command::Fault(mended))))
}

fn of_the_cluster(view: &View) -> Vec<Entry> {
    let mut entries = Vec::new();
    let controls = &view.controls;
    for part in Part::ALL {
        for choice in controls.settings.choices(part) {
            let configure = Action::Ask(Command::Choose(part, choice.settings));
            let name = format!("{}: {}", part.name(), choice.name);
            entries.push(Entry { note: choice.note.into(), ..entry("cluster", name, configure) });
        }
    }
    entries.push(entry("cluster", "add a node", Action::Ask(Command::AddNode)));
    for node in &view.map.nodes {
        let remove = Action::Ask(Command::RemoveNode(node.name.clone()));
        entries.push(entry("cluster", format!("remove {}", node.name), remove));
    }
    for fault in &controls.breakable {
        let broken = Action::Ask(Command::Fault(fault.clone()));
        entries.push(entry("break", fault.to_string(), broken));
    }
    let go = |kind: &str, object: ObjectRef| {
        let name = format!("go to {kind} {}", object.name);
        entry("go to", name, Action::Change(Change::Visit(object)))
    };
    entries.extend(view.map.pods().map(|pod| go("Pod", pod.clone())));
    let services = view.map.services.iter().map(|it| go("Service", it.facts.reference.clone()));
    entries.extend(services);
    let node = |node: &NodeBox| go("node", ObjectRef::cluster(Kind::Node, node.name.as_str()));
    entries.extend(view.map.nodes.iter().map(node));
    entries
}
