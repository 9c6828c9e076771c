//! The lower side: the terminal, and what the cluster can tell about itself; in one column the
//! terminal is one of the tabs.

use yew::prelude::*;

use super::Dispatch;
use super::panels::Panels;
use super::terminal::Terminal;
use crate::hooks::use_one_column;
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
    let one_column = use_one_column();
    let terminal_up = use_state(|| true);
    // Whoever opens a panel, or has a line typed, wants to see it.
    use_later(props.panel, {
        let terminal_up = terminal_up.clone();
        move || terminal_up.set(false)
    });
    use_later(props.typed.clone(), {
        let terminal_up = terminal_up.clone();
        move || terminal_up.set(true)
    });
    let terminal = one_column.then_some(*terminal_up);
    let raise = Callback::from(move |up: bool| terminal_up.set(up));
    let Some(view) = &props.view else { return html! { <section class="below" /> } };
    let class = classes!("below", terminal.map(|up| if up { "of-terminal" } else { "of-panel" }));
    html! {
        <section {class} aria-label="Inside the cluster">
            <Terminal printed={props.printed.clone()}
                prompt={props.view.as_ref().map(|view| view.prompt.clone()).unwrap_or_default()} completions={props.completions.clone()}
                typed={props.typed.clone()} ask={props.ask.clone()} />
            <div class="rule" />
            <Panels view={view.clone()} run={props.run.clone()} cue={props.cue} panel={props.panel}
                {terminal} {raise} answers={props.answers.clone()} height={props.height} ask={props.ask.clone()}
                dispatch={props.dispatch.clone()} />
        </section>
    }
}

/// Does something whenever a value has become another one.
#[hook]
fn use_later<T: PartialEq + 'static>(value: T, act: impl FnOnce() + 'static) {
    let first = use_mut_ref(|| true);
    use_effect_with(value, move |_| {
        if !std::mem::take(&mut *first.borrow_mut()) {
            act();
        }
    });
}
