//! Hints, one at a time; how many there are is not said.

use lesson::Element;
use yew::prelude::*;

use super::prose::{lesson_links, prose};
use crate::actions::Action;
use crate::course::{CourseAct, CourseChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub hints: Vec<Vec<Element>>,
    /// How many are open.
    pub open: usize,
    pub act: Callback<Action>,
}

/// The hints.
#[component]
pub fn Hints(props: &Props) -> Html {
    let on_link = lesson_links(&props.act);
    let more =
        props.act.reform(|_: MouseEvent| Action::Course(CourseAct::Change(CourseChange::Hint)));
    html! {
        <div class="block hints">
            {for props.hints.iter().take(props.open).map(|hint| html! {
                <div class="lesson-hint" role="note" aria-label="Hint">{prose(hint, &on_link)}</div>
            })}
            if props.open < props.hints.len() {
                <button class="link" onclick={more}>
                    {if props.open == 0 { "A hint, please" } else { "Tell me more" }}
                </button>
            }
        </div>
    }
}
