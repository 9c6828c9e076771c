//! The questions that are due, to be answered where they are found: in the catalogue.

use yew::prelude::*;

use super::recall_view::RecallView;
use crate::actions::Action;
use crate::course::Course;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub course: Course,
    pub act: Callback<Action>,
}

/// The questions.
#[component]
pub fn Review(props: &Props) -> Html {
    let open = use_state(|| None::<Vec<String>>);
    let due = props.course.progress.due(props.course.today);
    let onclick = {
        let (open, due) = (open.clone(), due.clone());
        Callback::from(move |_: MouseEvent| open.set(Some(due.clone())))
    };
    let questions = if due.len() == 1 { "question is" } else { "questions are" };
    html! {
        <section class="review" aria-label="Questions to ask again">
            if let Some(places) = &*open {
                {for places.iter().map(|place| html! {
                    <RecallView key={place.clone()} place={place.clone()}
                        progress={props.course.progress.clone()} act={props.act.clone()} />
                })}
            } else if !due.is_empty() {
                <p>
                    {format!("{} {questions} due for another look. ", due.len())}
                    <button class="link" {onclick}>{"Ask me"}</button>
                </p>
            }
        </section>
    }
}
