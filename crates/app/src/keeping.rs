//! Keeps the session in the browser, and takes it up again: from there, or from a link.

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::saved::{self, Saved};
use super::storage;
use crate::components::Dispatch;
use crate::link::Link;
use crate::protocol::Command;
use crate::shared::Shared;
use crate::state::{Change, Notice, State};

/// Takes up the session of the address or of the browser, else begins with the usual start.
pub async fn start(link: Link, dispatch: Dispatch) {
    let hash = window().location().hash().unwrap_or_default();
    if saved::is_link(&hash) && !storage::goes_on_from(&hash) {
        match saved::open(&hash).await {
            Ok(theirs) => {
                if storage::put_own_by() {
                    tell(&dispatch, OWN_IS_KEPT, false);
                }
                storage::remember_link(&hash);
                resume(theirs, &link, &dispatch);
                return;
            }
            Err(reason) => tell(&dispatch, &reason, true),
        }
    }
    match storage::session() {
        Some(session) => resume(session, &link, &dispatch),
        None => link.ask(Command::Open),
    }
}

/// The session that was here before a link was followed comes back.
pub fn take_own(link: &Link, dispatch: &Dispatch) {
    if let Some(own) = storage::take_own() {
        leave_link();
        resume(own, link, dispatch);
    }
}

/// The session begins anew with the usual start; the present one is put by.
pub fn start_over(link: &Link, dispatch: &Dispatch) {
    if storage::put_own_by() {
        tell(dispatch, OWN_IS_KEPT, false);
    }
    leave_link();
    resume(Saved::default(), link, dispatch);
}

/// Makes a link to the present session and says so.
pub fn share(mut session: Saved, link: &Link, dispatch: Dispatch) {
    // A session that is still being repeated knows its own commands.
    if session.done.is_empty() {
        session.done = link.done();
    }
    spawn_local(async move {
        let made = saved::share(&session).await;
        tell(&dispatch, &made.said, made.bad);
    });
}

/// Keeps texts with every key, and the rest of the session a moment after it changed.
#[hook]
pub fn use_keeping(state: &UseReducerHandle<State>, link: &Link) {
    const MOMENT: u32 = 120;
    let dispatch = state.dispatcher();
    let told = use_mut_ref(|| false);
    let note = use_callback((), move |kept: Result<(), ()>, ()| {
        let mut told = told.borrow_mut();
        if kept.is_err() && !*told {
            tell(&dispatch, NOTHING_IS_KEPT, true);
        }
        *told = kept.is_err();
    });
    {
        let note = note.clone();
        use_effect_with(state.files.clone(), move |files| {
            if !files.is_empty() {
                note.emit(storage::remember_files(files));
            }
        });
    }
    // While time runs, the step on show is not worth a write.
    let step = (!state.playing).then_some(state.cue);
    let page = (state.view.clone(), state.files.clone(), state.run.clone(), step);
    let form = (state.active, state.from.clone(), state.target.clone(), state.selected.clone());
    let session = (state.view.is_some() && state.resuming.is_none()).then(|| state.saved());
    let link = link.clone();
    use_effect_with((page, form), move |_| {
        let keep = session.map(|mut session| {
            Timeout::new(MOMENT, move || {
                session.done = link.done();
                note.emit(storage::remember_session(&session));
            })
        });
        move || drop(keep)
    });
    // Another link pasted into the address bar of this tab.
    use_effect_with((), |()| {
        let listener = EventListener::new(&window(), "hashchange", |_| {
            if saved::is_link(&window().location().hash().unwrap_or_default()) {
                // It is about to be another page; there is nobody to tell if that fails.
                let _ = window().location().reload();
            }
        });
        move || drop(listener)
    });
}

const NOTHING_IS_KEPT: &str = "This browser keeps nothing for Podhop: its storage is full or forbidden. \
     Nothing is lost while the page is open; share a link (Ctrl-S) before you leave.";

const OWN_IS_KEPT: &str =
    "The session that was here before is kept: press Ctrl-K and choose “back to my own session”.";

/// Brings page and engine to where a session is.
pub fn resume(session: Saved, link: &Link, dispatch: &Dispatch) {
    let done = session.done.clone();
    dispatch.dispatch(Change::Resume(Shared::new(session)));
    link.ask(Command::Restore(done));
}

fn leave_link() {
    if let Ok(history) = window().history() {
        // Without it the address says more than it should; nothing worse.
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some("."));
    }
}

fn tell(dispatch: &Dispatch, text: &str, bad: bool) {
    dispatch.dispatch(Change::Tell(Some(Notice { text: text.into(), bad })));
}
