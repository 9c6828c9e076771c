//! The lower side: the terminal, and what the cluster can tell about itself.

use yew::prelude::*;

use super::Dispatch;
use super::dns_panel::DnsPanel;
use super::events_panel::EventsPanel;
use super::tables_panel::{Table, TablesPanel};
use super::terminal::Terminal;
use crate::protocol::{Command, Completions, View};
use crate::shared::Shared;
use crate::state::{Change, Panel, Printed, Run};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Option<Shared<View>>,
    pub run: Option<Shared<Run>>,
    pub panel: Panel,
    pub printed: Option<Shared<Printed>>,
    pub completions: Option<Shared<Completions>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

/// The lower side.
#[component]
pub fn Below(props: &Props) -> Html {
    let tab = |(panel, name): &(Panel, &'static str)| {
        let (dispatch, panel) = (props.dispatch.clone(), *panel);
        let onclick = Callback::from(move |_| dispatch.dispatch(Change::OpenPanel(panel)));
        let selected = panel == props.panel;
        html! {
            <button class="tab" role="tab" aria-selected={selected.to_string()} {onclick}>{*name}</button>
        }
    };
    let Some(view) = &props.view else { return html! { <section class="below" /> } };
    html! {
        <section class="below" aria-label="Inside the cluster">
            <Terminal printed={props.printed.clone()} completions={props.completions.clone()} ask={props.ask.clone()} />
            <div class="rule" />
            <div class="panels">
                <div class="tabs" role="tablist" aria-label="Panels">{for Panel::ALL.iter().map(tab)}</div>
                <div class="panel" role="tabpanel">
                    {match props.panel {
                        Panel::Events => html! { <EventsPanel view={view.clone()} /> },
                        Panel::Dns => html! {
                            <DnsPanel run={props.run.clone()} dispatch={props.dispatch.clone()} />
                        },
                        Panel::Rules => html! { <TablesPanel view={view.clone()} table={Table::Rules} /> },
                        Panel::Conntrack => html! {
                            <TablesPanel view={view.clone()} table={Table::Conntrack} />
                        },
                    }}
                </div>
            </div>
        </section>
    }
}
