//! A question of an earlier lesson, asked again.

use std::collections::BTreeSet;

use yew::prelude::*;

use super::question::Question;
use crate::actions::Action;
use crate::course::{CourseAct, CourseChange, Progress};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// Where the question stands.
    pub place: String,
    pub progress: Shared<Progress>,
    pub act: Callback<Action>,
}

/// The question.
#[component]
pub fn RecallView(props: &Props) -> Html {
    let chosen = use_state(|| None::<BTreeSet<usize>>);
    let Some(recall) = props.progress.recall.get(&props.place) else { return html! { <div /> } };
    let on_answer = {
        let (chosen, act, place) = (chosen.clone(), props.act.clone(), props.place.clone());
        let options = recall.question.options.iter().enumerate();
        let right: BTreeSet<usize> = options.filter(|(_, it)| it.right).map(|(at, _)| at).collect();
        Callback::from(move |options: BTreeSet<usize>| {
            let change = CourseChange::Recalled(place.clone(), options == right);
            act.emit(Action::Course(CourseAct::Change(change)));
            chosen.set(Some(options));
        })
    };
    html! {
        <div class="block recall">
            <p class="eyebrow">{"Do you remember? "}<span class="quiet">{format!("From “{}”", recall.from)}</span></p>
            <Question question={recall.question.clone()} chosen={(*chosen).clone()} told={true}
                {on_answer} />
        </div>
    }
}
