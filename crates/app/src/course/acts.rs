//! What can be done in the course: each ends in commands to the engine and changes of the page.

use js_sys::{Date, Math};
use lesson::Kind;
use wasm_bindgen_futures::spawn_local;

use super::opening::{
    begin, bring, complain, keep_playground, leave, load, set_address, show_address, take, take_up,
};
use super::{At, CourseChange, Exam, Progress, Sheet, Shelf, shelf};
use crate::components::{Dispatch, bring_into_sight};
use crate::link::Link;
use crate::protocol::{Command, LessonCommand};
use crate::shared::Shared;
use crate::state::{Change, State};

const MAP: &str = ".page > .map";
const TERMINAL: &str = ".console";

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
        CourseAct::Change(change) => {
            match change {
                CourseChange::Type(_) => bring_into_sight(TERMINAL),
                CourseChange::PlayFailed(_) => bring_into_sight(MAP),
                _ => {}
            }
            tell(change);
        }
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
            // First the page waits: a request that rests on the map is not the one to be watched.
            ask(LessonCommand::Watch { step: at.shown, block });
            tell(CourseChange::Watch(block));
            bring_into_sight(MAP);
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
            set_address(".");
            keep_playground(state, link, dispatch);
            tell(CourseChange::Exam(Some(Shared::new(exam.clone()))));
            tell(CourseChange::Turn(0));
            if let Some(at) = exam.at(0) {
                take_up(&at, 0, link, dispatch);
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
