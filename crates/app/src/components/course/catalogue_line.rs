//! A lesson in the catalogue: how far it is, how long it takes, what it needs and teaches.

use lesson::{Catalogue, Entry, Kind};
use yew::prelude::*;

use crate::actions::Action;
use crate::course::{CourseAct, Progress};

/// The lesson as a line of the list.
pub fn line(
    entry: &Entry,
    catalogue: &Catalogue,
    progress: &Progress,
    next: bool,
    act: &Callback<Action>,
) -> Html {
    let about = &entry.about;
    let is_done = |id: &str| progress.is_done(id);
    let (sign, state) = match (is_done(&about.id), progress.is_begun(&about.id)) {
        (true, _) => ("✓", "done"),
        (false, true) => ("◐", "begun"),
        (false, false) => ("○", "not begun"),
    };
    let missing: Vec<&str> =
        catalogue.missing(entry, &is_done).map(|it| it.about.title.as_str()).collect();
    let id = about.id.clone();
    let onclick =
        act.reform(move |_: MouseEvent| Action::Course(CourseAct::Begin(id.clone(), None)));
    let number = match about.kind {
        Kind::Lesson => about.section.map(|it| it.to_string()),
        Kind::Card => about.misconception.map(|it| it.to_string()),
        Kind::Fault => about.fault.clone(),
        Kind::Task => about.task.clone(),
        Kind::Exam | Kind::Guide => None,
    };
    let mut label = match &number {
        Some(number) => format!("{number} {}, {state}", about.title),
        None => format!("{}, {state}", about.title),
    };
    if let Some(minutes) = about.minutes {
        label += &format!(", {minutes} minutes");
    }
    html! {
        <li key={entry.path.clone()} class={classes!(next.then_some("next"))}>
            <button class="entry" {onclick} aria-label={label} aria-current={next.then_some("step")}>
                <span class={classes!("sign", state.replace(' ', "-"))} aria-hidden="true">{sign}</span>
                <span class="number">{number}</span>
                <span class="entry-words">
                    <span class="entry-title">{&about.title}
                        if next {
                            <span class="tag">{"next"}</span>
                        }
                    </span>
                    if !about.teaches.is_empty() && about.kind != Kind::Fault {
                        <span class="entry-note">{about.teaches.join(" · ")}</span>
                    }
                    if !missing.is_empty() {
                        <span class="entry-note needs">{format!("better after: {}", missing.join(", "))}</span>
                    }
                </span>
                <span class="entry-exams">{about.exams.join(" ")}</span>
                <span class="entry-minutes">
                    {about.minutes.map(|minutes| format!("{minutes} min"))}
                </span>
            </button>
        </li>
    }
}

/// Whether all words stand somewhere in what the catalogue says of a lesson.
pub fn matches(entry: &Entry, words: &[String]) -> bool {
    let about = &entry.about;
    let number = about.fault.as_deref().or(about.task.as_deref()).unwrap_or_default();
    let text = format!(
        "{} {} {} {} {number}",
        about.title,
        about.teaches.join(" "),
        about.exams.join(" "),
        about.id
    );
    let text = text.to_lowercase();
    words.iter().all(|word| text.contains(word.as_str()))
}
