//! What happens beside drawing: the keys, what is checked, how the screen is set.

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MediaQueryList};
use yew::prelude::*;

use crate::actions::{Action, KEYS, Key, With};
use crate::protocol::Command;
use crate::state::{Change, State};
use crate::storage;

/// The keys of the whole page; keys typed into a text are the text's.
#[hook]
pub fn use_keys(act: Callback<Action>) {
    use_effect_with((), move |()| {
        let options = EventListenerOptions::enable_prevent_default();
        let window = gloo::utils::window();
        let listener = EventListener::new_with_options(&window, "keydown", options, move |event| {
            let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
            let Some(key) = KEYS.iter().find(|key| key.is(event)) else { return };
            let own = key.with != With::Control && is_typing(event);
            if event.default_prevented() || own || is_behind_a_dialog(key) {
                return;
            }
            event.prevent_default();
            act.emit((key.action)());
        });
        move || drop(listener)
    });
}

/// Whether a dialog is open, behind which the page rests; beside an object's card it goes on.
fn is_behind_a_dialog(key: &Key) -> bool {
    let dialog =
        gloo::utils::document().query_selector("[role=dialog][aria-modal=true]").ok().flatten();
    dialog.is_some() && key.key != "Escape"
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
pub fn use_columns(ready: bool, ask: Callback<Command>) {
    const PHONE: &str = "(max-width: 40rem)";
    const WIDE: usize = 4;
    use_effect_with(ready, move |ready| {
        let query = gloo::utils::window().match_media(PHONE).ok().flatten();
        let listener = query.filter(|_| *ready).map(|query| {
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

/// Whether the page is laid out in one column.
#[hook]
pub fn use_one_column() -> bool {
    const ONE_COLUMN: &str = "(max-width: 60rem)";
    let query = use_memo((), |()| gloo::utils::window().match_media(ONE_COLUMN).ok().flatten());
    let matches = use_state_eq(|| query.as_ref().as_ref().is_some_and(|query| query.matches()));
    {
        let matches = matches.clone();
        use_effect_with((), move |()| {
            let listener = query.as_ref().clone().map(|query| {
                let watched = query.clone();
                EventListener::new(&query, "change", move |_| matches.set(watched.matches()))
            });
            move || drop(listener)
        });
    }
    *matches
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

/// Remembers how the screen is set, and sets it.
#[hook]
pub fn use_remembering(state: &UseReducerHandle<State>) {
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
