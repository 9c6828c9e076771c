//! Where progress is kept, and ways to take it along or forget it.

use yew::prelude::*;

use super::confirm::Confirm;
use crate::actions::Action;
use crate::course::CourseAct;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub act: Callback<Action>,
}

/// The line below the catalogue.
#[component]
pub fn ProgressRow(props: &Props) -> Html {
    let act = |act: CourseAct| props.act.reform(move |_: MouseEvent| Action::Course(act.clone()));
    let forget = props.act.reform(|()| Action::Course(CourseAct::Forget));
    html! {
        <section class="progress-row" aria-label="Progress">
            <span class="quiet">{"Your progress is kept in this browser only."}</span>
            <button class="link" onclick={act(CourseAct::Export)}>{"Save it to a file"}</button>
            <button class="link" onclick={act(CourseAct::Import)}>{"Read it from a file"}</button>
            <Confirm class="link" label="Forget it" yes="Yes, forget it"
                question="All ticks and answers are forgotten. Really?" on_yes={forget} />
        </section>
    }
}
