//! An exam under way: the clock, the tasks, and the one on show.

use lesson::{Block, Score};
use yew::prelude::*;

use super::confirm::Confirm;
use super::exam_clock::ExamClock;
use super::exam_report::ExamReport;
use super::prose::{lesson_links, prose};
use crate::actions::Action;
use crate::components::sentence::marked;
use crate::course::{At, CourseAct, Exam};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub exam: Shared<Exam>,
    /// The task on show.
    pub at: At,
    pub act: Callback<Action>,
}

/// The exam.
#[component]
pub fn ExamPanel(props: &Props) -> Html {
    let (exam, saved) = (&props.exam, &props.exam.saved);
    if saved.ended {
        return html! { <ExamReport exam={exam.clone()} act={props.act.clone()} /> };
    }
    let current = saved.current;
    let act = |act: CourseAct| props.act.reform(move |_: MouseEvent| Action::Course(act.clone()));
    let tab = |task: usize| {
        let (flagged, begun) = (saved.flagged.contains(&task), saved.begun.contains(&task));
        let of = Score::nothing_of(&exam.tasks[task]).of;
        let mut label = format!("Task {}: {}, {of} points", task + 1, exam.tasks[task].about.title);
        if flagged {
            label += ", to come back to";
        }
        html! {
            <button class={classes!("task-tab", begun.then_some("begun"))} role="tab" aria-label={label.clone()}
                aria-selected={(task == current).to_string()} title={label}
                onclick={act(CourseAct::Turn(task, None))}>
                {task + 1}{if flagged { "⚑" } else { "" }}
            </button>
        }
    };
    let end = props.act.reform(|()| Action::Course(CourseAct::EndExam));
    let points = exam.tasks.get(current).map(|task| Score::nothing_of(task).of);
    html! {
        <div class="exam">
            <div class="lesson-head">
                <ExamClock exam={exam.clone()} act={props.act.clone()} />
                <span class="space" />
                <Confirm class="button" label="End the exam" question="Grade it now?" yes="Yes, end it"
                    on_yes={end} />
            </div>
            <div class="task-tabs" role="tablist" aria-label="Tasks">
                {for (0..exam.tasks.len()).map(tab)}
            </div>
            <div class="lesson-body" role="tabpanel" key={current}>
                <h2>{format!("{}. {}", current + 1, props.at.lesson.about.title)}</h2>
                <p class="quiet">{points.map(|points| format!("{points} points"))}</p>
                {task_words(&props.at, &props.act)}
            </div>
            <div class="lesson-foot">
                <button class="button" aria-pressed={saved.flagged.contains(&current).to_string()}
                    onclick={act(CourseAct::Flag(current))}>{"⚑ Come back to it"}</button>
                <span class="space" />
                if current > 0 {
                    <button class="button" onclick={act(CourseAct::Turn(current - 1, None))}>{"Back"}</button>
                }
                if current + 1 < exam.tasks.len() {
                    <button class="button main" onclick={act(CourseAct::Turn(current + 1, None))}>{"Next task"}</button>
                }
            </div>
        </div>
    }
}

/// What a task asks: its prose, without checks, hints or anything to try.
fn task_words(at: &At, act: &Callback<Action>) -> Html {
    let on_link = lesson_links(act);
    let words = |blocks: &[Block]| -> Html {
        let prose_of = |block: &Block| match block {
            Block::Prose(elements) => Some(prose(elements, &on_link)),
            _ => None,
        };
        blocks.iter().filter_map(prose_of).collect()
    };
    html! {
        <div class="prose">
            {words(&at.lesson.introduction)}
            {for at.lesson.steps.iter().map(|step| html! {
                <>
                    <h3 class="step-title">{marked(&step.title)}</h3>
                    {words(step.blocks_before_checks())}
                </>
            })}
        </div>
    }
}
