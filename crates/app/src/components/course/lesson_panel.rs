//! The lesson above the editor: where it is, the step, and the way on.

use lesson::{Finding, Kind};
use yew::prelude::*;

use super::end_view::EndView;
use super::exam_panel::ExamPanel;
use super::lesson_foot::LessonFoot;
use super::reveal::use_reveal;
use super::step_view::StepView;
use crate::actions::Action;
use crate::course::{At, Course, CourseAct, Open, unfolded};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub course: Course,
    /// The size of text, in per cent.
    pub text: u32,
    pub busy: bool,
    pub act: Callback<Action>,
}

/// The lesson.
#[component]
pub fn LessonPanel(props: &Props) -> Html {
    let scrolled = use_node_ref();
    use_reveal(&scrolled, props.course.at.as_ref(), &props.course.progress);
    let Some(at) = &props.course.at else { return html! { <section class="lesson" /> } };
    if let Some(exam) = props.course.exam.as_ref().filter(|exam| exam.saved.started.is_some()) {
        return html! {
            <section class="lesson" aria-label="Exam">
                <ExamPanel exam={exam.clone()} at={at.clone()} act={props.act.clone()} />
            </section>
        };
    }
    let leave = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::Leave));
    let guide = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::Guide));
    let progress = &props.course.progress;
    html! {
        <section class="lesson" aria-label="Lesson">
            <div class="lesson-head">
                <span class="lesson-where">{where_it_is(at, &props.course)}</span>
                <span class="space" />
                if at.lesson.about.kind == Kind::Fault {
                    <button class="link" onclick={guide}>{"How to search"}</button>
                }
                <button class="link quiet" onclick={leave}>{"Leave"}</button>
            </div>
            <div class="lesson-body" ref={scrolled}>
                <h2>{&at.lesson.about.title}</h2>
                {for at.findings.iter().map(wrong)}
                {for at.problems.iter().map(|problem| html! {
                    <p class="lesson-problem" role="alert">{problem}</p>
                })}
                if at.step_shown().is_some() {
                    <StepView at={at.clone()} progress={progress.clone()} notes={props.text > 100}
                        busy={props.busy} act={props.act.clone()} />
                } else {
                    <EndView course={props.course.clone()} act={props.act.clone()} />
                }
            </div>
            <LessonFoot at={at.clone()} progress={progress.clone()} act={props.act.clone()} />
        </section>
    }
}

/// `STEP 3 OF 6 · PREDICT`.
fn where_it_is(at: &At, course: &Course) -> String {
    let Some(step) = at.step_shown() else { return "the end".to_owned() };
    let open = match unfolded(step, &at.record(&course.progress)).1 {
        Open::Predict => "predict",
        Open::Watch => "watch",
        Open::Do if at.all_hold() => "done",
        Open::Do => "do",
        Open::Read if !step.checks.is_empty() => "done",
        Open::Read => "read",
    };
    let steps = at.lesson.steps.len();
    match (at.lesson.about.kind, steps) {
        (Kind::Fault, 1) => format!("fault · {open}"),
        (Kind::Card, 1) => format!("card · {open}"),
        _ => format!("step {} of {steps} · {open}", at.shown + 1),
    }
}

/// What is wrong with the lesson itself, for who writes it.
fn wrong(finding: &Finding) -> Html {
    html! {
        <p class="lesson-problem" role="alert">
            <b>{format!("line {}: ", finding.line)}</b>{&finding.message}
            if let Some(hint) = &finding.hint {
                <span class="hint">{hint}</span>
            }
        </p>
    }
}
