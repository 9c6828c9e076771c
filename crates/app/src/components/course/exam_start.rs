//! What an exam is about, before its clock starts.

use lesson::{Block, Score};
use yew::prelude::*;

use super::prose::{lesson_links, prose};
use crate::actions::Action;
use crate::components::dialog::Dialog;
use crate::course::{Course, CourseAct, CourseChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub course: Course,
    pub act: Callback<Action>,
}

/// The rules, and the button that starts the clock.
#[component]
pub fn ExamStart(props: &Props) -> Html {
    let Some(exam) = &props.course.exam else { return html! { <div /> } };
    let close = props.act.reform(|()| Action::Course(CourseAct::Change(CourseChange::Exam(None))));
    let begin = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::StartExam));
    let about = &exam.lesson.about;
    let on_link = lesson_links(&props.act);
    let introduction = exam.lesson.introduction.iter().filter_map(|block| match block {
        Block::Prose(elements) => Some(prose(elements, &on_link)),
        _ => None,
    });
    let points: Score = exam.tasks.iter().map(|task| Score::nothing_of(task)).sum();
    html! {
        <Dialog label="Before the exam" class="exam-start" on_close={close.clone()}>
            <h2>{&about.title}</h2>
            <div class="prose">
                {for introduction}
                <ul>
                    <li>{format!("{} tasks, {} points, {} minutes.", exam.tasks.len(), points.of,
                        about.minutes.unwrap_or_default())}</li>
                    if let Some(pass) = about.pass {
                        <li>{format!("{pass} per cent of the points pass.")}</li>
                    }
                    <li>{"Text in the editor counts once it is applied. Each cluster stays as you leave it."}</li>
                    <li>{"The clock runs on, also while the page is closed."}</li>
                </ul>
            </div>
            <p class="end-ways">
                <button class="button main" onclick={begin}>{"Start the clock"}</button>
                <button class="button" onclick={close.reform(|_: MouseEvent| ())}>{"Not now"}</button>
            </p>
        </Dialog>
    }
}
