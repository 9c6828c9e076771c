//! What happens beside drawing: the keys, what is checked and what is remembered.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MediaQueryList};
use yew::prelude::*;

use crate::protocol::Command;
use crate::state::{Change, Notice, State};
use crate::storage;

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
