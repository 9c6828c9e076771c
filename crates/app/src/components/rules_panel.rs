//! A node's Service rules as the real tool prints them, with those that decided the step marked.

use trace::{Evidence, Place};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::node_choice::use_node_choice;
use super::scrolling::use_scroll_to_current;
use crate::answers::NodeTables;
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

/// More lines than these are not drawn at once.
const LONGEST: usize = 3000;

/// The rules.
#[component]
pub fn RulesPanel(props: &Props) -> Html {
    let search = use_state(String::new);
    let list = use_node_ref();
    let choice = use_node_choice(
        &props.view,
        props.run.as_ref(),
        props.cue,
        props.tables.as_ref(),
        &props.ask,
    );
    let when = (props.cue, props.run.clone(), choice.tables.clone(), (*search).clone());
    use_scroll_to_current(&list, when);
    let oninput = {
        let search = search.clone();
        Callback::from(move |event: InputEvent| {
            let field: HtmlInputElement = event.target_unchecked_into();
            search.set(field.value());
        })
    };
    let rules = choice.tables.as_ref().map(|tables| tables.rules.as_str()).unwrap_or_default();
    let wanted = search.to_lowercase();
    let lines: Vec<&str> =
        rules.lines().filter(|line| line.to_lowercase().contains(&wanted)).collect();
    let matched = choice.tables.as_ref().map(|it| matched(props, &it.node)).unwrap_or_default();
    html! {
        <>
            <div class="panel-tools">
                {choice.menu}
                <input class="field" type="search" placeholder="Search" aria-label="Search the rules"
                    value={(*search).clone()} {oninput} />
                <span class="quiet" role="status">{format!("{} of {} lines", lines.len(), rules.lines().count())}</span>
            </div>
            {match choice.tables {
                None => html! { <p>{"Reading the node's rules…"}</p> },
                Some(tables) if tables.rules.is_empty() => html! {
                    <p>{"This node has no Service rules: no kube-proxy has written any here."}</p>
                },
                Some(_) if lines.is_empty() => html! {
                    <p>{"No rule has these words. Clear the search to see them all."}</p>
                },
                Some(_) => html! {
                    <ol class="listing" aria-label="Rules" tabindex="0" ref={list}>
                        {for lines.iter().take(LONGEST).map(|line| {
                            let here = matched.iter().any(|rule| rule.trim() == line.trim());
                            html! {
                                <li class={here.then_some("matched")}
                                    aria-current={here.then_some("true")}>{*line}</li>
                            }
                        })}
                    </ol>
                },
            }}
        </>
    }
}

/// The rules that decided the step on show, if it happens on this node.
fn matched(props: &Props, node: &str) -> Vec<String> {
    let step = props.run.as_ref().and_then(|run| run.step(props.cue));
    let Some((hop, step)) = step else { return Vec::new() };
    if !matches!(hop.place(), Place::Node(name) if name == node) {
        return Vec::new();
    }
    let rules = step.evidence.iter().filter_map(|evidence| match evidence {
        Evidence::Rule { line, .. } => Some(line.text().to_owned()),
        _ => None,
    });
    rules.collect()
}
