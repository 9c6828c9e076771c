//! The clock of an exam; it never pauses, and says when little time is left.

use gloo::timers::callback::Interval;
use js_sys::Date;
use yew::prelude::*;

use crate::actions::Action;
use crate::course::{CourseAct, Exam};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub exam: Shared<Exam>,
    pub act: Callback<Action>,
}

/// When to say how many minutes are left.
const ALERTS: [u32; 3] = [5, 15, 30];

/// The clock.
#[component]
pub fn ExamClock(props: &Props) -> Html {
    let now = use_state(Date::now);
    {
        let now = now.clone();
        use_effect_with((), move |()| {
            let interval = Interval::new(1_000, move || now.set(Date::now()));
            move || drop(interval)
        });
    }
    let left = props.exam.left(*now);
    let over = left == Some(0.0);
    {
        let act = props.act.clone();
        use_effect_with(over, move |over| {
            if *over {
                act.emit(Action::Course(CourseAct::EndExam));
            }
        });
    }
    let seconds = (left.unwrap_or_default() / 1_000.0).ceil() as u32;
    let minutes = props.exam.lesson.about.minutes.unwrap_or_default();
    let alert = ALERTS.into_iter().find(|at| seconds <= at * 60 && minutes > *at);
    html! {
        <span class={classes!("exam-clock", (alert == Some(5)).then_some("late"))}>
            <span role="timer" aria-label="Time left">{format!("{}:{:02}", seconds / 60, seconds % 60)}</span>
            <span role="alert">{alert.map(|minutes| format!("less than {minutes} minutes left"))}</span>
        </span>
    }
}
