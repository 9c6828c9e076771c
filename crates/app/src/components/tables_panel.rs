//! What a node's kernel holds, as the real tools print it: its rules, its tracked connections.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::protocol::View;
use crate::shared::Shared;

/// Which table.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Table {
    Rules,
    Conntrack,
}

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub table: Table,
}

/// The table of one node.
#[component]
pub fn TablesPanel(props: &Props) -> Html {
    let node = use_state(|| 0_usize);
    let onchange = {
        let node = node.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            node.set(menu.value().parse().unwrap_or(0));
        })
    };
    let Some(tables) = props.view.nodes.get(*node).or(props.view.nodes.first()) else {
        return html! { <p>{"There is no node."}</p> };
    };
    let (text, empty) = match props.table {
        Table::Rules => (tables.rules.clone(), "This node has no rules."),
        Table::Conntrack => (tables.conntrack.join("\n"), "This node tracks no connection."),
    };
    html! {
        <>
            <select class="field node-choice" aria-label="Node" {onchange}>
                {for props.view.nodes.iter().enumerate().map(|(index, tables)| html! {
                    <option value={index.to_string()} selected={index == *node}>{&tables.node}</option>
                })}
            </select>
            if text.is_empty() {
                <p>{empty}</p>
            } else {
                <pre>{text}</pre>
            }
        </>
    }
}
