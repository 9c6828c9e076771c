//! A question of a step: answered before going on, on show afterwards.

use std::collections::BTreeSet;

use lesson::Predict;
use yew::prelude::*;

use super::question::Question;
use crate::actions::Action;
use crate::course::{CourseAct, CourseChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub question: Predict,
    /// Its block in the step.
    pub block: usize,
    pub chosen: Option<BTreeSet<usize>>,
    pub told: bool,
    pub act: Callback<Action>,
}

/// The question.
#[component]
pub fn PredictView(props: &Props) -> Html {
    let block = props.block;
    let on_answer = props.act.reform(move |options| {
        Action::Course(CourseAct::Change(CourseChange::Answer(block, options)))
    });
    let skip = on_answer.reform(|_: MouseEvent| BTreeSet::new());
    html! {
        <div class="block predict">
            <Question question={props.question.clone()} chosen={props.chosen.clone()}
                told={props.told} {on_answer} />
            if props.chosen.is_none() {
                <button class="link quiet skip" onclick={skip}>{"Skip the question"}</button>
            }
        </div>
    }
}
