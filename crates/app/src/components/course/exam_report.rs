//! The report of an exam: points, what was observed, the packets that failed, and how to solve each task.

use lesson::{Action as Solving, Lesson};
use yew::prelude::*;

use crate::actions::Action;
use crate::components::sentence::marked;
use crate::course::{CourseAct, Exam};
use crate::protocol::Judged;
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub exam: Shared<Exam>,
    pub act: Callback<Action>,
}

/// The report.
#[component]
pub fn ExamReport(props: &Props) -> Html {
    let exam = &props.exam;
    let leave = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::Leave));
    let head = html! {
        <div class="lesson-head">
            <span class="lesson-where">{"report"}</span>
            <span class="space" />
            <button class="button" onclick={leave}>{"Leave the exam"}</button>
        </div>
    };
    if exam.report.is_none() {
        return html! {
            <div class="exam">{head}<p class="lesson-body" role="status">{"Your clusters are being looked at…"}</p></div>
        };
    }
    let (total, line) = (exam.total(), exam.lesson.about.pass);
    let passes = total.passes(line);
    html! {
        <div class="exam">
            {head}
            <div class="lesson-body report">
                <h2>{if passes { "Passed" } else { "Not passed this time" }}</h2>
                <p role="status">
                    {format!("{} of {} points, {} per cent", total.points, total.of, total.percent())}
                    {line.map(|line| format!("; {line} per cent pass"))}{"."}
                </p>
                <meter min="0" max={total.of.to_string()} value={total.points.to_string()}
                    aria-label="Points" />
                {for exam.tasks.iter().enumerate().map(|(at, task)| task_report(props, at, task))}
            </div>
        </div>
    }
}

fn task_report(props: &Props, at: usize, task: &Lesson) -> Html {
    let (score, graded) = (props.exam.score(at), props.exam.graded(at));
    let open = props.act.reform(move |_: MouseEvent| Action::Course(CourseAct::Turn(at, None)));
    let check = |(index, judged): (usize, &Judged)| {
        let play = judged.told.is_some().then(|| {
            props.act.reform(move |_: MouseEvent| Action::Course(CourseAct::Turn(at, Some(index))))
        });
        let (sign, word) = if judged.passed { ("✓", "true: ") } else { ("✕", "not true: ") };
        html! {
            <li class={classes!("check", if judged.passed { "passed" } else { "failed" })}>
                <span class="sign" aria-hidden="true">{sign}</span>
                <span>
                    <span class="hidden">{word}</span>{marked(&judged.text)}
                    if judged.points > 0 {
                        <span class="quiet">{format!(" · {}", count(judged.points))}</span>
                    }
                    <span class="observed">{marked(&judged.observed)}</span>
                    if let Some(onclick) = play {
                        <button class="link" {onclick}
                            aria-label={format!("show the packet: {}", judged.text.replace('`', ""))}>
                            {"show the packet"}
                        </button>
                    }
                </span>
            </li>
        }
    };
    html! {
        <section class="task-report" aria-label={format!("Task {}", at + 1)}>
            <h3>
                <button class="link" onclick={open}>{format!("{}. {}", at + 1, task.about.title)}</button>
                <span class="points">{format!("{} of {}", score.points, score.of)}</span>
            </h3>
            if let Some(graded) = graded {
                <ul class="checks">{for graded.judged.iter().enumerate().map(check)}</ul>
            } else {
                <p class="quiet">{"You did not begin this task."}</p>
            }
            <details>
                <summary>{"A solution to study"}</summary>
                {for task.steps.iter().flat_map(|step| &step.solution).map(solving)}
            </details>
        </section>
    }
}

fn count(points: u32) -> String {
    if points == 1 { "1 point".to_owned() } else { format!("{points} points") }
}

fn solving(action: &Solving) -> Html {
    match action {
        Solving::File(file) | Solving::Hidden(file) | Solving::Draft(file) => html! {
            <>
                <p><code>{&file.name}</code></p>
                <pre tabindex="0">{file.text.trim_end()}</pre>
            </>
        },
        Solving::Command(line) => html! { <pre tabindex="0">{"$ "}{line}</pre> },
    }
}
