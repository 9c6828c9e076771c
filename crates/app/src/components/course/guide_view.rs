//! The questions beside a fault: each answer leads to the next question, and in the end to what to type.

use lesson::{Block, Lesson};
use yew::prelude::*;

use super::prose::{OnLink, prose};
use crate::actions::Action;
use crate::components::dialog::Dialog;
use crate::course::{CourseAct, CourseChange};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub guide: Shared<Lesson>,
    pub act: Callback<Action>,
}

/// The questions.
#[component]
pub fn GuideView(props: &Props) -> Html {
    // The way so far, by the steps of the guide.
    let way = use_state(|| vec![0_usize]);
    let close = props.act.reform(|()| Action::Course(CourseAct::Change(CourseChange::Guide(None))));
    let on_link: OnLink = {
        let (way, guide) = (way.clone(), props.guide.clone());
        Callback::from(move |address: String| {
            let anchor = address.trim_start_matches('#');
            if let Some(step) = guide.steps.iter().position(|step| step.anchor() == anchor) {
                let mut further = (*way).clone();
                further.push(step);
                way.set(further);
            }
        })
    };
    let back = {
        let way = way.clone();
        Callback::from(move |_: MouseEvent| {
            let length = way.len().saturating_sub(1).max(1);
            way.set(way[..length].to_vec());
        })
    };
    let here = way.last().and_then(|at| props.guide.steps.get(*at));
    let earlier = way[..way.len() - 1].iter().filter_map(|at| props.guide.steps.get(*at));
    let introduction = props.guide.introduction.iter().filter(|_| way.len() == 1);
    let words = |block: &Block| match block {
        Block::Prose(elements) => prose(elements, &on_link),
        _ => html! {},
    };
    html! {
        <Dialog label="How to search" class="guide" on_close={close.clone()}>
            <h2>{&props.guide.about.title}</h2>
            {for introduction.map(words)}
            <ol class="guide-way" aria-label="The way so far">
                {for earlier.map(|step| html! { <li>{&step.title}</li> })}
            </ol>
            if let Some(step) = here {
                <div class="guide-step prose" key={step.title.clone()} aria-live="polite">
                    <h3>{&step.title}</h3>
                    {for step.blocks.iter().map(words)}
                </div>
            }
            <p class="guide-foot">
                if way.len() > 1 {
                    <button class="button" onclick={back}>{"Back"}</button>
                }
                <button class="button" onclick={close.reform(|_: MouseEvent| ())}>{"Close"}</button>
            </p>
        </Dialog>
    }
}
