//! Lessons of one's own: from files, a folder or an address, without rebuilding anything.

use lesson::Catalogue;
use yew::prelude::*;

use super::catalogue_line::line;
use crate::actions::Action;
use crate::course::{CourseAct, Own, Progress};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub own: Shared<Vec<Own>>,
    pub act: Callback<Action>,
}

/// The lessons, and ways to open some.
#[component]
pub fn OwnLessons(props: &Props) -> Html {
    let pick = |folder: bool| {
        props.act.reform(move |_: MouseEvent| Action::Course(CourseAct::Pick(folder)))
    };
    let catalogue = Catalogue::new(props.own.iter().map(|own| own.entry.clone()).collect());
    let nothing = Progress::default();
    html! {
        <section class="shelf own" aria-label="Your own lessons">
            <h3>{"Your own lessons"}</h3>
            <p class="quiet">
                {"Open a Markdown file or a folder of them here, or drag one onto the editor. They stay on this machine."}
            </p>
            <p class="own-ways">
                <button class="button" onclick={pick(false)}>{"Open a file"}</button>
                <button class="button" onclick={pick(true)}>{"Open a folder"}</button>
            </p>
            <ul>
                {for catalogue.entries.iter().map(|entry| {
                    line(entry, &catalogue, &nothing, false, &props.act)
                })}
            </ul>
        </section>
    }
}
