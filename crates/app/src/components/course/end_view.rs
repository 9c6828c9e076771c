//! The end of a lesson: what was done, and what could be done next.

use lesson::{Entry, Kind};
use yew::prelude::*;

use crate::actions::Action;
use crate::course::{Course, CourseAct, Shelf};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub course: Course,
    pub act: Callback<Action>,
}

/// The end.
#[component]
pub fn EndView(props: &Props) -> Html {
    let course = &props.course;
    let Some(at) = &course.at else { return html! { <div /> } };
    let done = course.progress.is_done(at.id());
    let teaches = at.lesson.about.teaches.join(", ");
    let act = |act: CourseAct| props.act.reform(move |_: MouseEvent| Action::Course(act.clone()));
    let next = next(course);
    html! {
        <div class="step end">
            <h3 class="step-title">{if done { "Done" } else { "This is the end" }}</h3>
            if done && !teaches.is_empty() {
                <p>{format!("You have met: {teaches}.")}</p>
            }
            if !done {
                <p>{"Some steps were skipped. You can go back to them whenever you like."}</p>
            }
            <p class="end-ways">
                if let Some(entry) = next {
                    <button class="button main"
                        onclick={act(CourseAct::Begin(entry.about.id.clone(), None))}>
                        {format!("Next: {}", entry.about.title)}
                    </button>
                }
                if at.lesson.about.kind == Kind::Card {
                    <button class="button main" onclick={act(CourseAct::NextCard)}>{"Next card"}</button>
                }
                <button class="button" onclick={act(CourseAct::Catalogue)}>{"All lessons"}</button>
                <button class="button" onclick={act(CourseAct::Leave)}>{"Back to my own cluster"}</button>
            </p>
        </div>
    }
}

/// What comes after a lesson: the next of the course, or the next fault.
fn next(course: &Course) -> Option<&Entry> {
    let (Shelf::Ready(catalogue), Some(at)) = (&course.shelf, &course.at) else { return None };
    let is_done = |id: &str| course.progress.is_done(id);
    match at.lesson.about.kind {
        Kind::Lesson => catalogue.next(is_done),
        Kind::Fault => {
            let faults = catalogue.entries.iter().filter(|entry| entry.about.kind == Kind::Fault);
            faults.into_iter().find(|entry| !is_done(&entry.about.id) && entry.about.id != at.id())
        }
        Kind::Card | Kind::Task | Kind::Exam | Kind::Guide => None,
    }
}
