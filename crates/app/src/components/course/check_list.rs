//! What must come true: ticked as it does, with what was observed where it has not.

use lesson::Check;
use yew::prelude::*;

use crate::actions::Action;
use crate::components::sentence::marked;
use crate::course::{CourseAct, CourseChange};
use crate::protocol::Judged;
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub checks: Vec<Check>,
    /// What holds, once it was judged.
    pub judged: Shared<Vec<Judged>>,
    /// Whether the step was done before.
    pub done: bool,
    pub act: Callback<Action>,
}

/// The list.
#[component]
pub fn CheckList(props: &Props) -> Html {
    let check = |(at, check): (usize, &Check)| {
        let judged = props.judged.get(at);
        let passed = judged.map_or(props.done, |judged| judged.passed);
        let (sign, word) = if passed { ("✓", "true: ") } else { ("○", "not yet true: ") };
        let play = judged.and_then(|judged| judged.told.clone()).map(|told| {
            let told = Shared::new(*told);
            props.act.reform(move |_: MouseEvent| {
                Action::Course(CourseAct::Change(CourseChange::PlayFailed(told.clone())))
            })
        });
        html! {
            <li class={classes!("check", passed.then_some("passed"))}>
                <span class="sign" aria-hidden="true">{sign}</span>
                <span>
                    <span class="hidden">{word}</span>
                    {marked(&check.text)}
                    if let Some(judged) = judged.filter(|judged| !judged.passed) {
                        <span class="observed">{marked(&judged.observed)}</span>
                    }
                    if let Some(onclick) = play {
                        <button class="link" {onclick}
                            aria-label={format!("show the packet: {}", check.text.replace('`', ""))}>
                            {"show the packet"}
                        </button>
                    }
                </span>
            </li>
        }
    };
    let hold = props.judged.iter().filter(|judged| judged.passed).count();
    html! {
        <div class="block checks">
            <ul aria-label="What must come true">{for props.checks.iter().enumerate().map(check)}</ul>
            <p class="hidden" role="status">
                if !props.judged.is_empty() {
                    {format!("{hold} of {} true", props.checks.len())}
                }
            </p>
        </div>
    }
}
