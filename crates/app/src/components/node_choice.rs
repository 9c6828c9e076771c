//! Which node's tables are shown: the one where the step on show happens, or one that was chosen.

use trace::Place;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::answers::NodeTables;
use crate::protocol::{Command, View};
use crate::shared::Shared;
use crate::state::Run;

/// The choice, and the tables of the chosen node once the engine has told them.
pub struct NodeChoice {
    /// The menu.
    pub menu: Html,
    /// The tables.
    pub tables: Option<Shared<NodeTables>>,
}

/// Asks for the tables of a node while a panel shows them, and again whenever the cluster changes.
#[hook]
pub fn use_node_choice(
    view: &Shared<View>,
    run: Option<&Shared<Run>>,
    cue: usize,
    told: Option<&Shared<NodeTables>>,
    ask: &Callback<Command>,
) -> NodeChoice {
    let chosen = use_state(|| None::<String>);
    let here = run.and_then(|run| node_of(run, cue));
    let names: Vec<&str> = view.map.nodes.iter().map(|node| node.name.as_str()).collect();
    let known = |name: &String| names.contains(&name.as_str());
    let node = (*chosen).clone().filter(known).or_else(|| here.clone().filter(known));
    let node = node.or_else(|| names.first().map(|name| (*name).to_owned()));
    use_effect_with((view.clone(), node.clone()), {
        let ask = ask.clone();
        move |(_, node)| {
            if let Some(node) = node {
                ask.emit(Command::Tables(node.clone()));
            }
        }
    });
    let onchange = {
        let chosen = chosen.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            chosen.set(Some(menu.value()).filter(|name| !name.is_empty()));
        })
    };
    let menu = html! {
        <select class="field" aria-label="Node" {onchange}>
            <option value="" selected={chosen.is_none()}>
                {here.map_or("where the step is".into(), |here| format!("where the step is: {here}"))}
            </option>
            {for names.iter().map(|name| html! {
                <option value={name.to_string()} selected={chosen.as_deref() == Some(*name)}>{*name}</option>
            })}
        </select>
    };
    let tables = told.filter(|told| Some(&told.node) == node.as_ref()).cloned();
    NodeChoice { menu, tables }
}

/// The node where the step happens, or the last one the packet was on.
fn node_of(run: &Run, cue: usize) -> Option<String> {
    let cue = run.timeline.cues.get(cue)?;
    let hops = run.told.journey.packets.get(cue.flight)?.trace.hops();
    let passed = hops.get(..=cue.hop)?.iter().rev();
    let mut nodes = passed.chain(hops).filter_map(|hop| match hop.place() {
        Place::Node(name) => Some(name.clone()),
        Place::Pod(_) | Place::NodeNetwork | Place::LoadBalancer(_) | Place::Internet(_) => None,
    });
    nodes.next()
}
