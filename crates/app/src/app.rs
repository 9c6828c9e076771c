//! The page as a whole: starts the engine, holds the state, and lays out the areas.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use crate::components::{
    Bar, Below, Header, Help, Inspector, LiveText, MapView, NoticeView, Splitter, TextSide,
};
use crate::crowd::{use_crowd, use_traffic};
use crate::hooks::{use_checking, use_columns, use_keys, use_remembering, use_rest_when_hidden};
use crate::link::Link;
use crate::playback::{Moving, use_playback};
use crate::protocol::{Command, Update};
use crate::state::{Change, Split, State};
use crate::storage;

/// The page.
#[component]
pub fn App() -> Html {
    let state = use_reducer(|| {
        let files = storage::files().unwrap_or_default();
        State::restored(files, storage::theme(), storage::screen())
    });
    let (ask, ask_for) = use_engine(&state);
    let apply = {
        let (ask, state) = (ask.clone(), state.clone());
        Callback::from(move |()| ask.emit(Command::Apply(state.files.to_vec())))
    };
    let latest_apply = use_latest(apply.clone());
    let moving = Moving { crowd: use_crowd(&state), ..use_playback(&state) };
    use_traffic(&state.traffic, state.from.clone(), ask.clone());
    use_keys(state.dispatcher(), latest_apply.clone());
    use_rest_when_hidden(state.dispatcher());
    use_columns(ask.clone());
    use_checking(&state, ask.clone());
    use_remembering(&state);

    let dispatch = state.dispatcher();
    let screen = state.screen;
    let style = format!(
        "--left: {}rem; --right: {}rem; --below: {}rem",
        screen.left, screen.right, screen.below
    );
    let scene = use_memo((state.run.clone(), state.cue), |_| state.scene());
    html! {
        <main class="page" {style}>
            <Header view={state.view.clone()} theme={state.theme} text={screen.text}
                dispatch={dispatch.clone()} />
            <TextSide state={state.clone()} {apply} {ask_for} on_key={latest_apply} />
            <Splitter split={Split::Left} size={screen.left} dispatch={dispatch.clone()} />
            <MapView view={state.view.clone()} run={state.run.clone()} {scene} cue={state.cue}
                playing={state.playing} selected={state.selected.clone()} fresh={state.fresh.clone()}
                moving={moving.clone()} ask={ask.clone()} dispatch={dispatch.clone()} />
            <Splitter split={Split::Right} size={screen.right} dispatch={dispatch.clone()} />
            <Inspector run={state.run.clone()} cue={state.cue} playing={state.playing}
                dispatch={dispatch.clone()} />
            <Bar state={state.clone()} ask={ask.clone()} {moving} />
            <Splitter split={Split::Below} size={screen.below} dispatch={dispatch.clone()} />
            <Below view={state.view.clone()} run={state.run.clone()} panel={state.panel} printed={state.printed.clone()}
                completions={state.completions.clone()} ask={ask.clone()} dispatch={dispatch.clone()} />
            <LiveText run={state.run.clone()} cue={state.cue} playing={state.playing}
                said={state.said.clone()} />
            if let Some(notice) = state.notice.clone() {
                <NoticeView {notice} dispatch={dispatch.clone()} />
            }
            if state.help {
                <Help {dispatch} />
            }
        </main>
    }
}

/// Starts the engine and gives a way to ask it.
#[hook]
fn use_engine(
    state: &UseReducerHandle<State>,
) -> (Callback<Command>, Callback<(Command, Callback<Update>)>) {
    let dispatch = state.dispatcher();
    let link = use_memo((), {
        let dispatch = dispatch.clone();
        // Answers come from the worker's event loop; the reducer is called from the page's.
        |()| Link::start(Callback::from(move |update| dispatch.dispatch(Change::Heard(update))))
    });
    let stored = use_memo((), |()| state.files.to_vec());
    {
        let link = link.clone();
        use_effect_with((), move |()| {
            link.ask(Command::Open);
            if !stored.is_empty() {
                link.ask(Command::Apply(stored.to_vec()));
            }
        });
    }
    let ask_for = {
        let link = link.clone();
        use_callback((), move |(command, asker), ()| link.ask_for(command, asker))
    };
    let ask = use_callback((), move |command: Command, ()| {
        // Nobody waits for one request of many.
        if command.changes_the_cluster() && !matches!(command, Command::Stream { .. }) {
            dispatch.dispatch(Change::Waits);
        }
        link.ask(command);
    });
    (ask, ask_for)
}

/// The newest version of a callback, behind one that never changes.
#[hook]
fn use_latest(callback: Callback<()>) -> Callback<()> {
    let latest = use_mut_ref(|| callback.clone());
    *latest.borrow_mut() = callback;
    use_callback(latest, |(), latest| {
        let callback = latest.borrow().clone();
        // After the key's event, so that what the key changed in the editor is known.
        Timeout::new(0, move || callback.emit(())).forget();
    })
}
