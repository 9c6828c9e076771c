//! The requests made so far, to look at again, and whether the one on show is the newest.

use trace::Question;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use crate::shared::Shared;
use crate::state::{Change, Past, Run};
use crate::words;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub past: Past,
    pub run: Option<Shared<Run>>,
    pub dispatch: Dispatch,
}

/// The menu and the badge.
#[component]
pub fn PastMenu(props: &Props) -> Html {
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let menu: HtmlSelectElement = event.target_unchecked_into();
        if let Ok(number) = menu.value().parse() {
            dispatch.dispatch(Change::Recall(number));
        }
    });
    let Some(run) = &props.run else { return html! { <div class="past-menu" /> } };
    let live = run.number == props.past.newest();
    let (badge, meaning) = match live {
        true => ("live", "This is the newest request."),
        false => {
            ("past", "Newer requests were made since; the map shows the cluster as it is now.")
        }
    };
    let forgotten = props.past.recall(run.number).is_none();
    html! {
        <div class="past-menu">
            <span class={classes!("badge", badge)} role="note" title={meaning}>{badge}</span>
            <select class="field" aria-label="Requests made" {onchange}>
                if forgotten {
                    <option selected=true disabled=true>{title(run.number, run)}</option>
                }
                {for props.past.newest_first().map(|(number, told)| {
                    let (_, came_to) = words::outcome(&told.journey);
                    html! {
                        <option key={*number} value={number.to_string()}
                            selected={*number == run.number}>
                            {format!("{}: {came_to}", named(*number, &told.journey.question))}
                        </option>
                    }
                })}
            </select>
        </div>
    }
}

fn title(number: usize, run: &Run) -> String {
    named(number, &run.told.journey.question)
}

fn named(number: usize, question: &Question) -> String {
    format!("{number} · {} → {}", question.from, question.target)
}
