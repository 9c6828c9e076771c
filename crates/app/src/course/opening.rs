//! Opening lessons and exams, and leaving them: files are had, the learner's own session is put by.

use js_sys::decode_uri_component;
use lesson::{Block, Catalogue, Kind};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{
    At, CourseAct, CourseChange, Exam, ExamSaved, Own, Progress, Sheet, Shelf, act, shelf,
};
use crate::components::Dispatch;
use crate::keeping;
use crate::link::Link;
use crate::saved::Saved;
use crate::shared::Shared;
use crate::state::{Change, Notice, State};
use crate::storage;

/// Opens what the address asks for: `?lesson=ID`, `&step=N`, `?lesson-url=…`, `?course`.
pub fn start(state: &State, link: &Link, dispatch: &Dispatch) {
    let search = gloo::utils::window().location().search().unwrap_or_default();
    let asked = |name: &str| {
        let fields = search.trim_start_matches('?').split('&');
        let mut named = fields.filter_map(|field| field.split_once('=').or(Some((field, ""))));
        let (_, value) = named.find(|(known, _)| *known == name)?;
        decode_uri_component(value).ok().map(String::from)
    };
    if let Some(address) = asked("lesson-url") {
        return act(CourseAct::Load(address), state, link, dispatch);
    }
    if let Some(id) = asked("lesson") {
        let step = asked("step").and_then(|step| step.parse::<usize>().ok());
        let step = step.map(|step| step.saturating_sub(1));
        let same = |at: &At| at.id() == id && step.is_none_or(|step| step == at.step);
        if !state.course.at.as_ref().is_some_and(same) {
            act(CourseAct::Begin(id, step), state, link, dispatch);
        }
    } else if asked("course").is_some() {
        act(CourseAct::Catalogue, state, link, dispatch);
    }
}

/// The catalogue, loaded if it is not there yet.
pub(super) async fn load(shelf: Shelf, dispatch: &Dispatch) -> Option<Shared<Catalogue>> {
    let tell = |shelf| dispatch.dispatch(Change::Course(CourseChange::Shelf(shelf)));
    if let Shelf::Ready(catalogue) = shelf {
        return Some(catalogue);
    }
    tell(Shelf::Loading);
    match shelf::catalogue().await {
        Ok(catalogue) => {
            let catalogue = Shared::new(catalogue);
            tell(Shelf::Ready(catalogue.clone()));
            Some(catalogue)
        }
        Err(reason) => {
            tell(Shelf::Failed(reason));
            None
        }
    }
}

pub(super) fn begin(id: String, step: Option<usize>, state: State, link: Link, dispatch: Dispatch) {
    spawn_local(async move {
        let own = state.course.own.iter().find(|own| own.entry.about.id == id).cloned();
        let sheet = match own {
            Some(own) => shelf::own_sheet(&own).await,
            None => {
                let Some(catalogue) = load(state.course.shelf.clone(), &dispatch).await else {
                    return dispatch.dispatch(Change::Course(CourseChange::Open(true)));
                };
                match catalogue.find(&id) {
                    Some(entry) => shelf::sheet(entry).await,
                    None => {
                        Err(format!("There is no lesson called “{id}”. The catalogue has all."))
                    }
                }
            }
        };
        match sheet {
            Ok(sheet) => open(sheet, step, &state, &link, &dispatch).await,
            Err(reason) => complain(&dispatch, reason),
        }
    });
}

/// Opens a lesson, or shows what an exam is about.
async fn open(sheet: Sheet, step: Option<usize>, state: &State, link: &Link, dispatch: &Dispatch) {
    if state.course.exam.as_ref().is_some_and(|exam| exam.is_under_way()) {
        return complain(dispatch, UNDER_WAY.to_owned());
    }
    let at = At::read(sheet.name.clone(), sheet.text.as_str().into(), step.unwrap_or_default());
    if at.lesson.about.kind == Kind::Exam {
        return prepare_exam(sheet, &at, state, dispatch).await;
    }
    keep_playground(state, link, dispatch);
    dispatch.dispatch(Change::Course(CourseChange::Exam(None)));
    let step = step.unwrap_or_else(|| left_at(&at, &state.course.progress));
    show_address(&at, step);
    take_up(&at, step, link, dispatch);
}

/// The step at which a lesson was left: the first that is not done.
fn left_at(at: &At, progress: &Progress) -> usize {
    if progress.is_done(at.id()) {
        return 0;
    }
    let steps = at.lesson.steps.len();
    (0..steps).find(|step| !progress.step(at.id(), *step).done).unwrap_or_default()
}

async fn prepare_exam(file: Sheet, at: &At, state: &State, dispatch: &Dispatch) {
    let Some(catalogue) = load(state.course.shelf.clone(), dispatch).await else { return };
    let own = &state.course.own;
    let mut tasks = Vec::new();
    for id in &at.lesson.about.tasks {
        let mine = own.iter().find(|own| &own.entry.about.id == id);
        let sheet = match (mine, catalogue.find(id)) {
            (Some(own), _) => shelf::own_sheet(own).await,
            (None, Some(entry)) => shelf::sheet(entry).await,
            (None, None) => {
                Err(format!("The exam names the task “{id}”, and there is no such task."))
            }
        };
        match sheet {
            Ok(sheet) => tasks.push(sheet),
            Err(reason) => return complain(dispatch, reason),
        }
    }
    let exam = Exam::read(ExamSaved { file, tasks, ..ExamSaved::default() });
    dispatch.dispatch(Change::Course(CourseChange::Open(false)));
    dispatch.dispatch(Change::Course(CourseChange::Exam(Some(Shared::new(exam)))));
}

pub(super) fn bring(sheets: Vec<Sheet>, state: &State, link: &Link, dispatch: &Dispatch) {
    let own: Vec<Own> = sheets.into_iter().map(|it| Own::file(it.name, it.text)).collect();
    let (state, link, dispatch) = (state.clone(), link.clone(), dispatch.clone());
    spawn_local(async move { take(own, &state, &link, &dispatch).await });
}

/// One lesson is opened at once; several are shown in the catalogue.
pub(super) async fn take(own: Vec<Own>, state: &State, link: &Link, dispatch: &Dispatch) {
    let one = match own.as_slice() {
        [] => return,
        [one] => Some(one.clone()),
        _ => None,
    };
    dispatch.dispatch(Change::Course(CourseChange::Own(own)));
    match one {
        None => act(CourseAct::Catalogue, state, link, dispatch),
        Some(one) => match shelf::own_sheet(&one).await {
            Ok(sheet) => open(sheet, Some(0), state, link, dispatch).await,
            Err(reason) => complain(dispatch, reason),
        },
    }
}

/// Begins the session of a lesson; it is kept at once, since the page may be loaded anew before the engine is there.
pub(super) fn take_up(at: &At, step: usize, link: &Link, dispatch: &Dispatch) {
    let session = fresh(at, step);
    // That storage is forbidden is said where the rest of the session is kept.
    let _ = storage::remember_session(&session);
    keeping::resume(session, link, dispatch);
}

/// The session as a lesson begins it.
fn fresh(at: &At, step: usize) -> Saved {
    let at = At { step, ..at.clone() };
    let first = at.lesson.steps.get(step).map(|step| step.blocks.as_slice()).unwrap_or_default();
    let target = first.iter().find_map(|block| match block {
        Block::Watch(watch) => Some(watch.to.clone()),
        _ => None,
    });
    Saved {
        done: vec![at.open(step)],
        unapplied: at.has_draft(),
        target: target.filter(|to| to.starts_with("http")).unwrap_or_default(),
        ..Saved::default()
    }
}

/// The learner's own session is put by, unless a lesson is open already.
pub(super) fn keep_playground(state: &State, link: &Link, dispatch: &Dispatch) {
    if state.course.at.is_some() {
        return;
    }
    let mut own = state.saved();
    if own.done.is_empty() {
        own.done = link.done();
    }
    // Where storage is forbidden the page still knows it.
    let _ = storage::remember_playground(&own);
    dispatch.dispatch(Change::Course(CourseChange::KeepPlayground(Shared::new(own))));
}

pub(super) fn leave(state: &State, link: &Link, dispatch: &Dispatch) {
    let own = match &state.course.playground {
        Some(own) => Some(Saved::clone(own)),
        None => storage::playground(),
    };
    let was_begun = state.course.at.is_some();
    dispatch.dispatch(Change::Course(CourseChange::Left));
    storage::forget_exam();
    set_address(".");
    if was_begun {
        keeping::resume(own.unwrap_or_default(), link, dispatch);
        storage::forget_playground();
    }
}

/// The address leads back to the lesson and the step.
pub(super) fn show_address(at: &At, step: usize) {
    set_address(&format!("?lesson={}&step={}", at.id(), step + 1));
}

pub(super) fn set_address(address: &str) {
    if let Ok(history) = gloo::utils::window().history() {
        // Without it a link to the step has to be made by hand; nothing worse.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

pub(super) fn complain(dispatch: &Dispatch, text: String) {
    dispatch.dispatch(Change::Tell(Some(Notice { text, bad: true })));
}

const UNDER_WAY: &str = "An exam is under way. End it before you open something else.";
