//! What can be done in the course: each ends in commands to the engine and changes of the page.

use js_sys::{Date, Math, decode_uri_component};
use lesson::{Block, Catalogue, Kind};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use super::{At, CourseChange, Exam, ExamSaved, Own, Progress, Sheet, Shelf, shelf};
use crate::components::Dispatch;
use crate::keeping;
use crate::link::Link;
use crate::protocol::{Command, LessonCommand};
use crate::saved::Saved;
use crate::shared::Shared;
use crate::state::{Change, Notice, State};
use crate::storage;

/// Something that can be done in the course.
#[derive(Clone, Debug)]
pub enum CourseAct {
    /// The page changes.
    Change(CourseChange),
    /// The catalogue is opened.
    Catalogue,
    /// A lesson is begun or gone on with, by its id; at a step, if one is named.
    Begin(String, Option<usize>),
    /// The next card that was not done, any of them.
    NextCard,
    /// A person chooses files, or a folder.
    Pick(bool),
    /// A person brought these files.
    Bring(Vec<Sheet>),
    /// Lessons are loaded from an address.
    Load(String),
    /// A step is shown; the cluster goes along if it has not been there.
    Go(usize),
    /// The request of a block is watched.
    Watch(usize),
    /// The solution of the step is put in place.
    Solve,
    /// The step begins anew.
    Reset,
    /// The lesson or the exam is left; the learner's own session comes back.
    Leave,
    /// The questions beside a fault are opened.
    Guide,
    /// The clock of the exam starts.
    StartExam,
    /// A task of the exam is shown, and a failed request of it.
    Turn(usize, Option<usize>),
    /// A task is marked to come back to, or no longer.
    Flag(usize),
    /// The exam is over.
    EndExam,
    /// Progress is written to a file.
    Export,
    /// Progress is read from a file.
    Import,
    /// Progress is forgotten.
    Forget,
}

/// Does it.
pub fn act(course_act: CourseAct, state: &State, link: &Link, dispatch: &Dispatch) {
    let ask = |command: LessonCommand| {
        dispatch.dispatch(Change::Waits);
        link.ask(Command::Lesson(command));
    };
    let tell = |change: CourseChange| dispatch.dispatch(Change::Course(change));
    let course = &state.course;
    match course_act {
        CourseAct::Change(change) => tell(change),
        CourseAct::Catalogue => {
            tell(CourseChange::Open(true));
            let (course, dispatch) = (course.shelf.clone(), dispatch.clone());
            spawn_local(async move { drop(load(course, &dispatch).await) });
        }
        CourseAct::Begin(id, step) => {
            begin(id, step, state.clone(), link.clone(), dispatch.clone())
        }
        CourseAct::NextCard => {
            if let Some(id) = next_card(state) {
                begin(id, None, state.clone(), link.clone(), dispatch.clone());
            }
        }
        CourseAct::Pick(folder) => {
            let (state, link, dispatch) = (state.clone(), link.clone(), dispatch.clone());
            spawn_local(async move {
                let (sheets, refused) = shelf::pick(folder).await;
                if !refused.is_empty() {
                    complain(&dispatch, refused.join(" "));
                }
                bring(sheets, &state, &link, &dispatch);
            });
        }
        CourseAct::Bring(sheets) => bring(sheets, state, link, dispatch),
        CourseAct::Load(address) => {
            let (state, link, dispatch) = (state.clone(), link.clone(), dispatch.clone());
            spawn_local(async move {
                match shelf::at_address(&address).await {
                    Ok(own) => take(own, &state, &link, &dispatch).await,
                    Err(reason) => complain(&dispatch, reason),
                }
            });
        }
        CourseAct::Go(step) => {
            let Some(at) = &course.at else { return };
            if step != at.step + 1 || step >= at.lesson.steps.len() {
                return tell(CourseChange::Show { step, arrive: false });
            }
            let record = course.progress.step(at.id(), at.step);
            let is_open = !at.lesson.steps[at.step].checks.is_empty() && !record.done;
            // What was skipped is done for the learner: the next step begins after it.
            if is_open && !at.all_hold() {
                ask(LessonCommand::Solve);
            }
            tell(CourseChange::Show { step, arrive: true });
            show_address(at, step);
            ask(LessonCommand::Arrive(step));
        }
        CourseAct::Watch(block) => {
            let Some(at) = &course.at else { return };
            tell(CourseChange::Watch(block));
            ask(LessonCommand::Watch { step: at.shown, block });
        }
        CourseAct::Solve => ask(LessonCommand::Solve),
        CourseAct::Reset => ask(LessonCommand::Reset),
        CourseAct::Leave => leave(state, link, dispatch),
        CourseAct::Guide => {
            let (course, dispatch) = (course.shelf.clone(), dispatch.clone());
            spawn_local(async move {
                let Some(catalogue) = load(course, &dispatch).await else { return };
                let guide = catalogue.entries.iter().find(|it| it.about.kind == Kind::Guide);
                let Some(entry) = guide else { return };
                match shelf::sheet(entry).await {
                    Ok(sheet) => {
                        let guide = Shared::new(lesson::read(&sheet.name, &sheet.text).0);
                        dispatch.dispatch(Change::Course(CourseChange::Guide(Some(guide))));
                    }
                    Err(reason) => complain(&dispatch, reason),
                }
            });
        }
        CourseAct::StartExam => {
            let Some(exam) = &course.exam else { return };
            let mut exam = Exam::clone(exam);
            exam.saved.started = Some(Date::now());
            keep_playground(state, link, dispatch);
            tell(CourseChange::Exam(Some(Shared::new(exam.clone()))));
            tell(CourseChange::Turn(0));
            if let Some(at) = exam.at(0) {
                keeping::resume(fresh(&at, 0), link, dispatch);
            }
        }
        CourseAct::Turn(task, failed) => {
            let Some(exam) = &course.exam else { return };
            if task != exam.saved.current {
                tell(CourseChange::Turn(task));
                if let Some(at) = exam.at(task) {
                    dispatch.dispatch(Change::Waits);
                    link.ask(at.open(0));
                }
            }
            let graded =
                failed.and_then(|check| exam.graded(task)?.judged.get(check)?.told.clone());
            if let Some(told) = graded {
                let (dispatch, told) = (dispatch.clone(), Shared::new(*told));
                let after = move |_| {
                    dispatch.dispatch(Change::Course(CourseChange::PlayFailed(told.clone())));
                };
                // Answers come in order: by then the task's cluster is on show.
                link.ask_for(Command::Lesson(LessonCommand::Judge), after.into());
            }
        }
        CourseAct::Flag(task) => {
            let Some(exam) = &course.exam else { return };
            let mut exam = Exam::clone(exam);
            if !exam.saved.flagged.remove(&task) {
                exam.saved.flagged.insert(task);
            }
            tell(CourseChange::Exam(Some(Shared::new(exam))));
        }
        CourseAct::EndExam => {
            let Some(exam) = &course.exam else { return };
            let mut exam = Exam::clone(exam);
            exam.saved.ended = true;
            tell(CourseChange::Exam(Some(Shared::new(exam))));
            ask(LessonCommand::Grade);
        }
        CourseAct::Export => {
            let text = serde_json::to_string_pretty(&*course.progress).unwrap_or_default();
            spawn_local(async move { shelf::hand_out("podhop-progress.json", &text).await });
        }
        CourseAct::Import => {
            let dispatch = dispatch.clone();
            spawn_local(async move {
                let Some(text) = shelf::pick_progress().await else { return };
                match serde_json::from_str(&text) {
                    Ok(progress) => {
                        dispatch.dispatch(Change::Course(CourseChange::Progress(progress)));
                    }
                    Err(_) => complain(&dispatch, "That file holds no progress of Podhop.".into()),
                }
            });
        }
        CourseAct::Forget => tell(CourseChange::Progress(Progress::default())),
    }
}

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
async fn load(shelf: Shelf, dispatch: &Dispatch) -> Option<Shared<Catalogue>> {
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

fn begin(id: String, step: Option<usize>, state: State, link: Link, dispatch: Dispatch) {
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
    let at = At::read(sheet.name.clone(), sheet.text.as_str().into(), step.unwrap_or_default());
    if at.lesson.about.kind == Kind::Exam {
        return prepare_exam(sheet, &at, state, dispatch).await;
    }
    keep_playground(state, link, dispatch);
    dispatch.dispatch(Change::Course(CourseChange::Exam(None)));
    let step = step.unwrap_or_else(|| left_at(&at, &state.course.progress));
    show_address(&at, step);
    keeping::resume(fresh(&at, step), link, dispatch);
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

fn bring(sheets: Vec<Sheet>, state: &State, link: &Link, dispatch: &Dispatch) {
    let own: Vec<Own> = sheets.into_iter().map(|it| Own::file(it.name, it.text)).collect();
    let (state, link, dispatch) = (state.clone(), link.clone(), dispatch.clone());
    spawn_local(async move { take(own, &state, &link, &dispatch).await });
}

/// One lesson is opened at once; several are shown in the catalogue.
async fn take(own: Vec<Own>, state: &State, link: &Link, dispatch: &Dispatch) {
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

fn next_card(state: &State) -> Option<String> {
    let Shelf::Ready(catalogue) = &state.course.shelf else { return None };
    let present = state.course.at.as_ref().map(At::id);
    let cards = || {
        let all = catalogue.entries.iter().filter(|it| it.about.kind == Kind::Card);
        all.map(|it| it.about.id.clone()).filter(|id| Some(id.as_str()) != present)
    };
    let fresh: Vec<String> = cards().filter(|id| !state.course.progress.is_done(id)).collect();
    let from = if fresh.is_empty() { cards().collect() } else { fresh };
    let any = (Math::random() * from.len() as f64) as usize;
    from.get(any).cloned()
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
fn keep_playground(state: &State, link: &Link, dispatch: &Dispatch) {
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

fn leave(state: &State, link: &Link, dispatch: &Dispatch) {
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
fn show_address(at: &At, step: usize) {
    set_address(&format!("?lesson={}&step={}", at.id(), step + 1));
}

fn set_address(address: &str) {
    if let Ok(history) = gloo::utils::window().history() {
        // Without it a link to the step has to be made by hand; nothing worse.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(address));
    }
}

fn complain(dispatch: &Dispatch, text: String) {
    dispatch.dispatch(Change::Tell(Some(Notice { text, bad: true })));
}
