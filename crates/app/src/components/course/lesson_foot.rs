//! Below a step: back and on, its solution, and its beginning.

use yew::prelude::*;

use super::confirm::Confirm;
use crate::actions::Action;
use crate::course::{At, CourseAct, Open, Progress, unfolded};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub at: At,
    pub progress: Shared<Progress>,
    pub act: Callback<Action>,
}

/// The line below a step.
#[component]
pub fn LessonFoot(props: &Props) -> Html {
    let at = &props.at;
    let Some(step) = at.step_shown() else { return html! { <div class="lesson-foot" /> } };
    let record = at.record(&props.progress);
    let (_, open) = unfolded(step, &record);
    let go =
        |step: usize| props.act.reform(move |_: MouseEvent| Action::Course(CourseAct::Go(step)));
    let done = open == Open::Read || at.all_hold();
    let next = match (at.shown + 1 == at.lesson.steps.len(), done) {
        (true, true) => "Finish",
        (false, true) => "Next",
        (_, false) => "Skip",
    };
    let present = at.shown == at.step;
    let on_yes = |act: CourseAct| props.act.reform(move |()| Action::Course(act.clone()));
    html! {
        <div class="lesson-foot">
            if at.shown > 0 {
                <button class="button" onclick={go(at.shown - 1)}>{"Back"}</button>
            }
            <span class="space" />
            if present && !step.solution.is_empty() && open == Open::Do {
                <Confirm class="link quiet" label="Solution" yes="Yes, show it"
                    question="The solution is put in place for you. Really?" on_yes={on_yes(CourseAct::Solve)} />
            }
            if present {
                <Confirm class="link quiet" label="Start again" yes="Yes, again"
                    question="Your changes of this step are lost. Really?" on_yes={on_yes(CourseAct::Reset)} />
            }
            <button class={classes!("button", done.then_some("main"))} onclick={go(at.shown + 1)}>{next}</button>
        </div>
    }
}
