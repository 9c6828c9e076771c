//! The page as a whole: starts the engine, holds the state, and lays out the areas.

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use crate::actions::Action;
use crate::components::{
    Bar, Below, Catalogue, ExamStart, GuideView, Header, Help, Inspector, LessonPanel, LiveText,
    MapView, NoticeView, Palette, PastBanner, Splitter, TextSide, on_drag_over, on_drop,
};
use crate::course::{self, Course, CourseAct, CourseChange, Exam, use_course};
use crate::crowd::{use_crowd, use_traffic};
use crate::hooks::{use_checking, use_columns, use_keys, use_remembering, use_rest_when_hidden};
use crate::keeping::{self, use_keeping};
use crate::link::Link;
use crate::playback::{Moving, use_playback};
use crate::protocol::{Command, Update};
use crate::shared::Shared;
use crate::state::{Change, Split, State};
use crate::storage;

const MILLISECONDS_OF_A_DAY: f64 = 86_400_000.0;

/// The page.
#[component]
pub fn App() -> Html {
    let state = use_reducer(|| {
        let files = storage::files().unwrap_or_default();
        let exam = storage::exam().map(|saved| Shared::new(Exam::read(saved)));
        let course = Course {
            progress: Shared::new(storage::progress()),
            exam,
            today: (js_sys::Date::now() / MILLISECONDS_OF_A_DAY) as u32,
            ..Course::default()
        };
        State { course, ..State::restored(files, storage::theme(), storage::screen()) }
    });
    let (link, ask, ask_for) = use_engine(&state);
    let act = use_acts(&state, &link, &ask);
    let apply = act.reform(|()| Action::Apply);
    let latest_apply = use_callback(act.clone(), |(), act| act.emit(Action::Apply));
    let moving = Moving { crowd: use_crowd(&state), ..use_playback(&state) };
    use_traffic(&state.traffic, state.from.clone(), ask.clone());
    use_keys(act.clone());
    use_rest_when_hidden(state.dispatcher());
    use_columns(state.view.is_some(), ask.clone());
    use_checking(&state, ask.clone());
    use_remembering(&state);
    use_keeping(&state, &link);
    use_course(&state, &link);

    let dispatch = state.dispatcher();
    let screen = state.screen;
    let style = format!(
        "--left: {}rem; --right: {}rem; --below: {}rem; --lesson: {}rem",
        screen.left, screen.right, screen.below, screen.lesson
    );
    let past = state.answers.past.as_ref();
    let scene = use_memo((state.run.clone(), state.cue, past.is_some()), |_| state.scene());
    let learns = state.course.at.is_some().then_some("in-lesson");
    let on_lessons = act.reform(|lessons| Action::Course(CourseAct::Bring(lessons)));
    let ondrop = on_drop(dispatch.clone(), on_lessons);
    html! {
        <main class={classes!("page", learns)} {style} {ondrop} ondragover={on_drag_over()}>
            <Header view={state.view.clone()} course={state.course.clone()} theme={state.theme}
                text={screen.text} act={act.clone()} />
            if learns.is_some() {
                <LessonPanel course={state.course.clone()} text={screen.text} busy={state.busy}
                    act={act.clone()} />
                <Splitter split={Split::Lesson} size={screen.lesson} dispatch={dispatch.clone()} />
            }
            <TextSide state={state.clone()} {apply} {ask_for} on_key={latest_apply} />
            <Splitter split={Split::Left} size={screen.left} dispatch={dispatch.clone()} />
            <section class="map" aria-label="Cluster map">
                if let Some(view) = past.map(|it| it.view.clone()).or(state.view.clone()) {
                    <MapView {view} run={state.run.clone().filter(|_| past.is_none())} {scene}
                        cue={state.cue} selected={state.selected.clone()}
                        past={past.map(|it| (it.past.round, it.past.when.clone()))}
                        inspection={state.inspection.clone()} focus={state.focus.clone()}
                        fresh={past.map_or(state.fresh.clone(), |it| it.came.clone())}
                        gone={state.gone.clone()} moving={moving.clone()} ask={ask.clone()}
                        dispatch={dispatch.clone()} />
                } else {
                    <p class="map-empty">{"The cluster is starting…"}</p>
                }
            </section>
            <Splitter split={Split::Right} size={screen.right} dispatch={dispatch.clone()} />
            <Inspector run={state.run.clone()} cue={state.cue} playing={state.playing}
                dispatch={dispatch.clone()} />
            <Bar state={state.clone()} ask={ask.clone()} {moving} />
            <Splitter split={Split::Below} size={screen.below} dispatch={dispatch.clone()} />
            <Below view={state.view.clone()} run={state.run.clone()} cue={state.cue}
                panel={state.panel} answers={state.answers.clone()} height={screen.below} printed={state.printed.clone()}
                completions={state.completions.clone()} typed={state.course.typed.clone()}
                ask={ask.clone()} dispatch={dispatch.clone()} />
            <LiveText run={state.run.clone()} cue={state.cue} playing={state.playing}
                said={state.said.clone()} />
            if let Some(past) = past {
                <PastBanner past={past.past.clone()} ask={ask.clone()} dispatch={dispatch.clone()} />
            }
            if let Some(notice) = state.notice.clone() {
                <NoticeView {notice} dispatch={dispatch.clone()} />
            }
            if state.course.open {
                <Catalogue course={state.course.clone()} act={act.clone()} />
            }
            if state.course.exam.as_ref().is_some_and(|exam| exam.saved.started.is_none()) {
                <ExamStart course={state.course.clone()} act={act.clone()} />
            }
            if let Some(guide) = state.course.guide.clone() {
                <GuideView {guide} act={act.clone()} />
            }
            if state.palette {
                <Palette state={state.clone()} act={act.clone()} dispatch={dispatch.clone()} />
            }
            if state.help {
                <Help {dispatch} />
            }
        </main>
    }
}

/// Asks the engine on behalf of one part of the page, which hears the answer.
type AskFor = Callback<(Command, Callback<Update>)>;

/// Starts the engine and gives a way to ask it.
#[hook]
fn use_engine(state: &UseReducerHandle<State>) -> (Link, Callback<Command>, AskFor) {
    let dispatch = state.dispatcher();
    let link = use_memo((), {
        let dispatch = dispatch.clone();
        // Answers come from the worker's event loop; the reducer is called from the page's.
        |()| Link::start(Callback::from(move |update| dispatch.dispatch(Change::Heard(update))))
    });
    {
        let (link, dispatch) = ((*link).clone(), dispatch.clone());
        use_effect_with((), move |()| spawn_local(keeping::start(link, dispatch)));
    }
    let ask_for = {
        let link = (*link).clone();
        use_callback((), move |(command, asker), ()| link.ask_for(command, asker))
    };
    let ask = use_callback((*link).clone(), move |command: Command, link| {
        // Nobody waits for one request of many.
        if command.changes_the_cluster() && !matches!(command, Command::Stream { .. }) {
            dispatch.dispatch(Change::Waits);
        }
        if let Command::Run(line) = &command {
            dispatch.dispatch(Change::Course(CourseChange::Ran(line.clone())));
        }
        link.ask(command);
    });
    ((*link).clone(), ask, ask_for)
}

/// Does what can be done; the callback never changes.
#[hook]
fn use_acts(
    state: &UseReducerHandle<State>,
    link: &Link,
    ask: &Callback<Command>,
) -> Callback<Action> {
    let (state, link, ask) = (state.clone(), link.clone(), ask.clone());
    let dispatch = state.dispatcher();
    use_latest(Callback::from(move |action: Action| match action {
        Action::Ask(command) => ask.emit(command),
        Action::Change(change) => dispatch.dispatch(change),
        Action::Apply => ask.emit(Command::Apply(state.files.to_vec())),
        Action::Send => {
            let target = state.target.trim().to_owned();
            if let (Some(from), false) = (state.from.clone(), target.is_empty()) {
                ask.emit(Command::Send { from, target });
            }
        }
        Action::Share => keeping::share(state.saved(), &link, dispatch.clone()),
        Action::TakeOwn => keeping::take_own(&link, &dispatch),
        Action::StartOver => keeping::start_over(&link, &dispatch),
        Action::Course(course_act) => course::act(course_act, &state, &link, &dispatch),
    }))
}

/// The newest version of a callback, behind one that never changes.
#[hook]
fn use_latest(callback: Callback<Action>) -> Callback<Action> {
    let latest = use_mut_ref(|| callback.clone());
    *latest.borrow_mut() = callback;
    use_callback(latest, |action, latest| {
        let latest = latest.clone();
        // After the key's event, so that what the key changed in the editor is known.
        Timeout::new(0, move || {
            let callback = latest.borrow().clone();
            callback.emit(action);
        })
        .forget();
    })
}
