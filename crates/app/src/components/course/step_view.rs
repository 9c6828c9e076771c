//! A step of a lesson: its blocks in order, unfolded as far as the learner has come.

use lesson::Block;
use yew::prelude::*;

use super::check_list::CheckList;
use super::hints::Hints;
use super::predict_view::PredictView;
use super::prose::{lesson_links, prose};
use super::recall_view::RecallView;
use super::try_view::TryView;
use super::watch_view::WatchView;
use crate::actions::Action;
use crate::components::sentence::marked;
use crate::course::{At, Progress, is_resolved, unfolded};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub at: At,
    pub progress: Shared<Progress>,
    /// Whether the presenter's notes are shown.
    pub notes: bool,
    pub busy: bool,
    pub act: Callback<Action>,
}

/// The step.
#[component]
pub fn StepView(props: &Props) -> Html {
    let at = &props.at;
    let on_link = lesson_links(&props.act);
    let Some(step) = at.step_shown() else { return html! { <div /> } };
    let record = at.record(&props.progress);
    let (seen, _) = unfolded(step, &record);
    let is_all = seen == step.blocks.len();
    let may_ask = is_all || step.blocks.iter().take(seen).any(|block| *block == Block::Checks);
    let block = |(index, block): (usize, &Block)| match block {
        Block::Prose(elements) => {
            html! { <div class="block prose">{prose(elements, &on_link)}</div> }
        }
        Block::Predict(question) => html! {
            <PredictView question={question.clone()} block={index}
                chosen={record.chosen.get(&index).cloned()} told={is_resolved(step, &record, index)}
                act={props.act.clone()} />
        },
        // It is asked in a later lesson; below the step stands that it will be.
        Block::Recall(_) => html! {},
        Block::Watch(watch) => html! {
            <WatchView watch={watch.clone()} block={index} seen={record.seen.contains(&index)}
                busy={props.busy} act={props.act.clone()} />
        },
        Block::Try(transcript) => html! {
            <TryView transcript={transcript.clone()} block={index} tried={record.tried.clone()}
                act={props.act.clone()} />
        },
        Block::Checks => html! {
            <CheckList checks={step.checks.clone()} done={record.done} act={props.act.clone()}
                judged={if at.shown == at.step { at.judged.clone() } else { Shared::default() }} />
        },
        Block::Note(elements) if props.notes => html! {
            <aside class="block lesson-note" aria-label="For the presenter">{prose(elements, &on_link)}</aside>
        },
        Block::Note(_) => html! {},
    };
    let introduction = at.lesson.introduction.iter().filter(|_| at.shown == 0);
    let introduction = introduction.filter_map(|block| match block {
        Block::Prose(elements) => Some(prose(elements, &on_link)),
        _ => None,
    });
    html! {
        <div class="step" key={format!("{}/{}", at.id(), at.shown)}>
            {for at.recall.iter().map(|place| html! {
                <RecallView key={place.clone()} place={place.clone()} progress={props.progress.clone()}
                    act={props.act.clone()} />
            })}
            {for introduction.map(|words| html! { <div class="block prose">{words}</div> })}
            if at.lesson.steps.len() > 1 || at.lesson.introduction.is_empty() || at.shown > 0 {
                <h3 class="step-title">{marked(&step.title)}</h3>
            }
            {for step.blocks.iter().enumerate().take(seen).map(block)}
            if is_all && step.blocks.iter().any(|block| matches!(block, Block::Recall(_))) {
                <p class="block later">{"A question about this will come back later."}</p>
            }
            if may_ask && !step.hints.is_empty() {
                <Hints hints={step.hints.clone()} open={record.hints} act={props.act.clone()} />
            }
        </div>
    }
}
