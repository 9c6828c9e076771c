//! The catalogue: the course in its order, faults, cards and exams, and lessons of one's own.

use lesson::{Catalogue as Lessons, Entry, Kind};
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::catalogue_line::{line, matches};
use super::own_lessons::OwnLessons;
use super::progress_row::ProgressRow;
use super::review::Review;
use crate::actions::Action;
use crate::components::dialog::Dialog;
use crate::course::{Course, CourseAct, CourseChange, Shelf};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub course: Course,
    pub act: Callback<Action>,
}

/// What the catalogue lists, each with a heading and what it is.
const KINDS: [(Kind, &str, &str); 4] = [
    (Kind::Lesson, "The course", "From one Pod to the whole journey of a request, in order."),
    (
        Kind::Fault,
        "Repair a cluster",
        "Something is broken. The symptoms are given, the cause is not.",
    ),
    (Kind::Card, "One-minute cards", "What many people believe. Predict, then watch."),
    (Kind::Exam, "Practice exam", "Tasks against the clock, graded by what the cluster then does."),
];

/// The catalogue.
#[component]
pub fn Catalogue(props: &Props) -> Html {
    let typed = use_state(String::new);
    let course = &props.course;
    let close = props.act.reform(|()| Action::Course(CourseAct::Change(CourseChange::Open(false))));
    let oninput = {
        let typed = typed.clone();
        Callback::from(move |event: InputEvent| {
            let field: Option<HtmlInputElement> = event.target().and_then(|it| it.dyn_into().ok());
            typed.set(field.map(|field| field.value()).unwrap_or_default());
        })
    };
    let again = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::Catalogue));
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(Into::into).collect();
    html! {
        <Dialog label="Course" class="catalogue" on_close={close.clone()}>
            <div class="catalogue-head">
                <h2>{"Course"}</h2>
                <input class="field" type="search" aria-label="Find a lesson" placeholder="Find a lesson: DNS, CKA, selector…"
                    autocomplete="off" spellcheck="false" value={(*typed).clone()} {oninput} />
                <button class="button" onclick={close.reform(|_: MouseEvent| ())}>{"Close"}</button>
            </div>
            <div class="catalogue-body">
                {match &course.shelf {
                    Shelf::Unasked | Shelf::Loading => html! {
                        <p class="quiet" role="status">{"The lessons are on their way…"}</p>
                    },
                    Shelf::Failed(reason) => html! {
                        <p role="alert">{reason}{" "}<button class="link" onclick={again}>{"Try again"}</button></p>
                    },
                    Shelf::Ready(lessons) => html! {
                        <>
                            <Review course={course.clone()} act={props.act.clone()} />
                            {shelf(lessons, props, &words)}
                        </>
                    },
                }}
                <OwnLessons own={course.own.clone()} act={props.act.clone()} />
                <ProgressRow act={props.act.clone()} />
            </div>
        </Dialog>
    }
}

fn shelf(lessons: &Shared<Lessons>, props: &Props, words: &[String]) -> Html {
    let progress = &props.course.progress;
    let next = lessons.next(|id| progress.is_done(id)).map(|entry| entry.path.clone());
    let section = |(kind, title, what): &(Kind, &str, &str)| {
        let all: Vec<&Entry> =
            lessons.entries.iter().filter(|entry| entry.about.kind == *kind).collect();
        let found: Vec<&Entry> =
            all.iter().copied().filter(|entry| matches(entry, words)).collect();
        if found.is_empty() {
            return None;
        }
        let done = all.iter().filter(|entry| progress.is_done(&entry.about.id)).count();
        let any = props.act.reform(|_: MouseEvent| Action::Course(CourseAct::NextCard));
        Some(html! {
            <section class="shelf" aria-label={title.to_string()}>
                <h3>{*title}<span class="quiet">{format!("{done} of {}", all.len())}</span></h3>
                <p class="quiet">{*what}
                    if *kind == Kind::Card {
                        {" "}<button class="link" onclick={any}>{"Any card"}</button>
                    }
                </p>
                <ul>
                    {for found.iter().map(|entry| {
                        let is_next = next.as_ref() == Some(&entry.path);
                        line(entry, lessons, progress, is_next, &props.act)
                    })}
                </ul>
            </section>
        })
    };
    let sections: Vec<Html> = KINDS.iter().filter_map(section).collect();
    if sections.is_empty() {
        let words = match words {
            [] => "There are no lessons here yet.",
            _ => "No lesson is about that.",
        };
        return html! { <p class="quiet" role="status">{words}</p> };
    }
    html! { <>{sections}</> }
}
