//! The lower side: the terminal, and what the cluster can tell about itself.

use yew::prelude::*;

use super::Dispatch;
use super::panels::Panels;
use super::terminal::Terminal;
use crate::protocol::{Command, Completions, View};
use crate::shared::Shared;
use crate::state::{Panel, PanelAnswers, Printed, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub panel: Panel,
    pub answers: PanelAnswers,
    /// How tall this side is, in rem.
    pub height: f64,
    pub printed: Option<Shared<Printed>>,
    pub completions: Option<Shared<Completions>>,
    pub typed: Option<Shared<Printed>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The lower side.
#[component]
pub fn Below(props: &Props) -> Html {
    let Some(view) = &props.view else { return html! { <section class="below" /> } };
    html! {
        <section class="below" aria-label="Inside the cluster">
            <Terminal printed={props.printed.clone()} completions={props.completions.clone()}
                typed={props.typed.clone()} ask={props.ask.clone()} />
            <div class="rule" />
            <Panels view={view.clone()} run={props.run.clone()} cue={props.cue} panel={props.panel}
                answers={props.answers.clone()} height={props.height} ask={props.ask.clone()}
                dispatch={props.dispatch.clone()} />
        </section>
    }
}
