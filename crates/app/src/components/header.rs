//! The top line: what this is, which cluster runs, how the page looks.

use yew::prelude::*;

use super::broken_row::BrokenRow;
use super::cluster_menus::ClusterMenus;
use crate::actions::Action;
use crate::course::{Course, CourseAct};
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Change;
use crate::storage::Theme;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub course: Course,
    pub theme: Theme,
    pub text: u32,
    pub act: Callback<Action>,
}

/// The top line.
#[component]
pub fn Header(props: &Props) -> Html {
    let on = |action: fn() -> Action| {
        let act = props.act.clone();
        Callback::from(move |_: MouseEvent| act.emit(action()))
    };
    let (sign, theme) = match props.theme {
        Theme::Auto => ("◐", "as the system"),
        Theme::Light => ("☀", "light"),
        Theme::Dark => ("☾", "dark"),
    };
    let controls = props.view.as_ref().map(|view| &view.controls);
    let step = |word: &str, sign: &'static str, called: Option<&String>, action: fn() -> Action| {
        let label = match called {
            Some(called) => format!("{word}: {called}"),
            None => format!("{word}: nothing"),
        };
        html! {
            <button class="icon-button" onclick={on(action)} disabled={called.is_none()}
                aria-label={label.clone()} title={label}>{sign}</button>
        }
    };
    html! {
        <header class="header">
            <h1 class="logo">
                <svg viewBox="0 0 22 22" aria-hidden="true" fill="none" stroke-width="2">
                    <rect x="1.5" y="12" width="7" height="7" rx="2" stroke="var(--flow)" />
                    <rect x="13.5" y="12" width="7" height="7" rx="2" stroke="var(--nat)" />
                    <path d="M5 10C6 3 16 3 17 10" stroke="var(--ink)" stroke-dasharray="2.5 2.5" />
                </svg>
                {"Podhop"}
            </h1>
            <button class="pill" onclick={on(|| Action::Course(CourseAct::Catalogue))}
                title="Lessons, faults to find, cards and exams">{"Course"}</button>
            <span class="title">{title(props)}</span>
            <span class="space" />
            if let Some(view) = &props.view {
                <ClusterMenus view={view.clone()} act={props.act.clone()} />
            }
            <div class="tools">
                {step("undo", "↶", controls.and_then(|it| it.undo.as_ref()),
                    || Action::Ask(Command::Undo))}
                {step("redo", "↷", controls.and_then(|it| it.redo.as_ref()),
                    || Action::Ask(Command::Redo))}
                <button class="pill" onclick={on(|| Action::Share)}
                    title="Copy a link to this session (Ctrl-S)">{"Share"}</button>
                <button class="icon-button" onclick={on(|| Action::Change(Change::Palette(true)))}
                    aria-label="find anything that can be done"
                    title="Everything that can be done (Ctrl-K)">{"⌘"}</button>
                <button class="icon-button" onclick={on(|| Action::Change(Change::NextText))}
                    aria-label={format!("text size: {} %, for presenting", props.text)}
                    title={format!("Text size: {} %", props.text)}>{"Aa"}</button>
                <button class="icon-button" onclick={on(|| Action::Change(Change::NextTheme))}
                    aria-label={format!("theme: {theme}")} title={format!("Theme: {theme}")}>{sign}</button>
                <button class="icon-button" onclick={on(|| Action::Change(Change::Help(true)))}
                    aria-label="keys and colours" title="Keys and colours (?)">{"?"}</button>
            </div>
            // In a lesson it would tell what is to be found.
            if let Some(controls) = controls.filter(|_| props.course.at.is_none()) {
                <BrokenRow broken={controls.broken.clone()} act={props.act.clone()} />
            }
        </header>
    }
}

/// Which lesson is open, else which cluster runs.
fn title(props: &Props) -> String {
    let about = props.course.at.as_ref().map(|at| &at.lesson.about);
    match (&props.course.exam, about) {
        (Some(exam), _) if exam.saved.started.is_some() => exam.lesson.about.title.clone(),
        (_, Some(about)) => match about.section {
            Some(section) => format!("{section} {}", about.title),
            None => about.title.clone(),
        },
        _ => props.view.as_ref().map(|view| view.title.clone()).unwrap_or_default(),
    }
}
