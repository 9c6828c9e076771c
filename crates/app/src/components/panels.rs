//! The panels beside the terminal: one of them open, chosen by tabs.

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::Dispatch;
use super::capture_panel::CapturePanel;
use super::conntrack_panel::ConntrackPanel;
use super::dns_panel::DnsPanel;
use super::events_panel::EventsPanel;
use super::matrix_panel::MatrixPanel;
use super::rules_panel::RulesPanel;
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::{Change, Panel, PanelAnswers, Run, Split};

#[derive(Clone, PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub panel: Panel,
    /// Whether the terminal is up, where it is one of the tabs.
    pub terminal: Option<bool>,
    /// The terminal is to be seen, or a panel.
    pub raise: Callback<bool>,
    pub answers: PanelAnswers,
    /// How tall the lower side is, in rem.
    pub height: f64,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// How tall the lower side is made for panels that need it, and how tall otherwise, in rem.
const TALL: f64 = 30.0;
const LOW: f64 = 13.0;

/// The panels.
#[component]
pub fn Panels(props: &Props) -> Html {
    let tabs = use_node_ref();
    let panels = Panel::ALL.iter().map(|(panel, name)| (Some(*panel), *name));
    let terminal = props.terminal.map(|_| (None, "terminal"));
    let all: Vec<(Option<Panel>, &'static str)> = terminal.into_iter().chain(panels).collect();
    let shown = (props.terminal != Some(true)).then_some(props.panel);
    let open = all.iter().position(|(panel, _)| *panel == shown).unwrap_or(0);
    let show = {
        let (dispatch, raise) = (props.dispatch.clone(), props.raise.clone());
        move |panel: Option<Panel>| {
            if let Some(panel) = panel {
                dispatch.dispatch(Change::OpenPanel(panel));
            }
            raise.emit(panel.is_none());
        }
    };
    let onkeydown = {
        let (all, show, tabs) = (all.clone(), show.clone(), tabs.clone());
        Callback::from(move |event: KeyboardEvent| {
            let last = all.len() - 1;
            let next = match event.key().as_str() {
                "ArrowRight" => (open + 1) % all.len(),
                "ArrowLeft" => open.checked_sub(1).unwrap_or(last),
                "Home" => 0,
                "End" => last,
                _ => return,
            };
            event.prevent_default();
            show(all[next].0);
            let list = tabs.cast::<Element>();
            let tab = list.and_then(|list| list.children().item(next as u32));
            if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<HtmlElement>().ok()) {
                // An element that cannot take the focus leaves it where it is.
                let _ = tab.focus();
            }
        })
    };
    let tab = |(at, (panel, name)): (usize, &(Option<Panel>, &'static str))| {
        let (show, panel) = (show.clone(), *panel);
        let onclick = Callback::from(move |_: MouseEvent| show(panel));
        let controls = if panel.is_none() { "terminal" } else { "panel" };
        html! {
            <button class="tab" role="tab" id={format!("tab-{name}")} aria-controls={controls}
                aria-selected={(at == open).to_string()} tabindex={if at == open { "0" } else { "-1" }}
                {onclick}>{*name}</button>
        }
    };
    html! {
        <div class="panels">
            <div class="panels-head">
                <div class="tabs" role="tablist" aria-label="Panels" ref={tabs} {onkeydown}>
                    {for all.iter().enumerate().map(tab)}
                </div>
                {larger(props)}
            </div>
            <div class="panel" role="tabpanel" id="panel" aria-labelledby={format!("tab-{}", all[open].1)}>
                {content(props)}
            </div>
        </div>
    }
}

/// Makes the lower side tall, or as it was.
fn larger(props: &Props) -> Html {
    let is_tall = props.height >= TALL;
    let (dispatch, height) = (props.dispatch.clone(), if is_tall { LOW } else { TALL });
    let onclick = Callback::from(move |_: MouseEvent| {
        dispatch.dispatch(Change::Resize(Split::Below, height));
    });
    let words = if is_tall { "smaller panels" } else { "larger panels" };
    html! {
        <button class="icon-button larger" aria-label={words} title={words} {onclick}>
            {if is_tall { "▾" } else { "▴" }}
        </button>
    }
}

fn content(props: &Props) -> Html {
    let Props { view, run, cue, answers, ask, dispatch, .. } = props.clone();
    match props.panel {
        Panel::Events => {
            let past = answers.past.map(|it| it.past.round);
            html! { <EventsPanel {view} {past} {ask} {dispatch} /> }
        }
        Panel::Matrix => {
            let (grid, explained) = (answers.grid, answers.explained);
            html! { <MatrixPanel {view} {grid} {explained} {ask} {dispatch} /> }
        }
        Panel::Dns => html! { <DnsPanel {run} {cue} {dispatch} /> },
        Panel::Rules => html! { <RulesPanel {view} {run} {cue} tables={answers.tables} {ask} /> },
        Panel::Conntrack => {
            html! { <ConntrackPanel {view} {run} {cue} tables={answers.tables} {ask} /> }
        }
        Panel::Capture => html! { <CapturePanel {run} {cue} {dispatch} /> },
    }
}
