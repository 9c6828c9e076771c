//! A node's tracked connections: how far each has got and how long the kernel remembers it.

use packet::{FiveTuple, socket};
use trace::Evidence;
use yew::prelude::*;

use super::node_choice::use_node_choice;
use super::scrolling::use_scroll_to_current;
use crate::answers::{Connection, NodeTables};
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub tables: Option<Shared<NodeTables>>,
    pub ask: Callback<Command>,
}

/// The connections.
#[component]
pub fn ConntrackPanel(props: &Props) -> Html {
    let list = use_node_ref();
    let choice = use_node_choice(
        &props.view,
        props.run.as_ref(),
        props.cue,
        props.tables.as_ref(),
        &props.ask,
    );
    use_scroll_to_current(&list, (props.cue, props.run.clone(), choice.tables.clone()));
    let current = current(props);
    html! {
        <>
            <div class="panel-tools">{choice.menu}</div>
            {match &choice.tables {
                None => html! { <p>{"Reading the node's connections…"}</p> },
                Some(tables) if tables.connections.is_empty() => html! {
                    <p>{"This node tracks no connection now. Send a request through it, then look again."}</p>
                },
                Some(tables) => html! {
                    <div class="scroll" tabindex="0" ref={list}>
                        <table class="names">
                            <thead>
                                <tr>
                                    <th>{"protocol"}</th><th>{"state"}</th><th>{"forgotten in"}</th>
                                    <th>{"as it was sent"}</th><th>{"answered as"}</th>
                                </tr>
                            </thead>
                            <tbody>
                                {for tables.connections.iter().map(|it| row(it, current == Some(it.original)))}
                            </tbody>
                        </table>
                    </div>
                },
            }}
        </>
    }
}

fn row(connection: &Connection, current: bool) -> Html {
    let ways = |flow: &FiveTuple| {
        let (from, to) = (
            socket(flow.source, flow.source_port),
            socket(flow.destination, flow.destination_port),
        );
        format!("{from} → {to}")
    };
    let flags = [(connection.unreplied, "UNREPLIED"), (connection.assured, "ASSURED")];
    let flags = flags.iter().filter(|(set, _)| *set).map(|(_, word)| format!("[{word}]"));
    let state: Vec<String> = Some(connection.state.clone())
        .filter(|it| !it.is_empty())
        .into_iter()
        .chain(flags)
        .collect();
    html! {
        <tr class={current.then_some("matched")} aria-current={current.then_some("true")}
            title={connection.line.clone()}>
            <td>{connection.original.protocol.lower()}</td>
            <td>{state.join(" ")}</td>
            <td>{format!("{} s", connection.seconds)}</td>
            <td>{ways(&connection.original)}</td>
            <td>{ways(&connection.reply)}</td>
        </tr>
    }
}

/// The connection that the step on show looked up or made.
fn current(props: &Props) -> Option<FiveTuple> {
    let (_, step) = props.run.as_ref()?.step(props.cue)?;
    step.evidence.iter().find_map(|evidence| match evidence {
        Evidence::Conntrack { original, .. } => Some(*original),
        _ => None,
    })
}
