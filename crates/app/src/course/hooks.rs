//! What happens beside drawing in the course: checks are made, progress is kept.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::start;
use crate::link::Link;
use crate::protocol::{Command, LessonCommand};
use crate::state::{Change, Notice, State};
use crate::storage;

/// Makes the checks of the step whenever the cluster changed, and keeps progress and exam.
#[hook]
pub fn use_course(state: &UseReducerHandle<State>, link: &Link) {
    const MOMENT: u32 = 150;
    let at = state.course.at.as_ref();
    let checks = at.is_some_and(|at| {
        let step = at.lesson.steps.get(at.step);
        step.is_some_and(|step| !step.checks.is_empty()) && state.course.exam.is_none()
    });
    let place = at.map(|at| (at.id().to_owned(), at.step));
    {
        let link = link.clone();
        let wanted = checks && !state.busy && state.resuming.is_none();
        use_effect_with((state.view.clone(), place, wanted), move |(_, _, wanted)| {
            let timer = wanted.then(|| {
                Timeout::new(MOMENT, move || link.ask(Command::Lesson(LessonCommand::Judge)))
            });
            move || drop(timer)
        });
    }
    {
        let dispatch = state.dispatcher();
        let first = use_mut_ref(|| true);
        use_effect_with(state.course.progress.clone(), move |progress| {
            let first = std::mem::take(&mut *first.borrow_mut());
            if !first && storage::remember_progress(progress).is_err() {
                let text = NOT_KEPT.to_owned();
                dispatch.dispatch(Change::Tell(Some(Notice { text, bad: true })));
            }
        });
    }
    use_effect_with(state.course.exam.clone(), |exam| {
        if let Some(exam) = exam {
            let begun = exam.saved.started.is_some();
            let _ = begun.then(|| storage::remember_exam(&exam.saved));
        }
    });
    // An exam that was ended before the page was loaded anew is graded anew.
    {
        let link = link.clone();
        let exam = state.course.exam.as_ref();
        let ungraded = exam.is_some_and(|exam| exam.saved.ended && exam.report.is_none());
        let wanted = ungraded && state.view.is_some() && !state.busy && state.resuming.is_none();
        use_effect_with(wanted, move |wanted| {
            if *wanted {
                link.ask(Command::Lesson(LessonCommand::Grade));
            }
        });
    }
    // What the address asks for, once the engine is there.
    let ready = state.view.is_some() && state.resuming.is_none();
    let (state, link) = (state.clone(), link.clone());
    let started = use_mut_ref(|| false);
    use_effect_with(ready, move |ready| {
        if *ready && !std::mem::replace(&mut *started.borrow_mut(), true) {
            start(&state, &link, &state.dispatcher());
        }
    });
}

const NOT_KEPT: &str = "This browser keeps nothing for Podhop: its storage is full or forbidden. Your \
     progress counts while the page is open; write it to a file in the course before you leave.";
