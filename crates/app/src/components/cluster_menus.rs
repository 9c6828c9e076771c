//! The menus that choose what the cluster is made of, and break it.

use cluster::{Part, Settings};
use yew::prelude::*;

use super::menu::{Item, Menu, Section};
use crate::actions::Action;
use crate::protocol::{Command, View};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub act: Callback<Action>,
}

/// The menus.
#[component]
pub fn ClusterMenus(props: &Props) -> Html {
    let (view, act) = (&props.view, &props.act);
    let settings = view.controls.settings;
    let part = |part: Part| {
        let chosen = settings.chosen(part).map(|choice| choice.name).unwrap_or_default();
        let value = match part {
            Part::KubeProxy if settings.plugin_replaces_kube_proxy() => "replaced by Cilium".into(),
            _ => chosen,
        };
        let sections = Shared::new(vec![choices(view, part)]);
        html! { <Menu name={part.name()} {value} {sections} act={act.clone()} /> }
    };
    let entries = Shared::new(WAY_IN.map(|part| choices(view, part)).into_iter().collect());
    let count = view.map.nodes.len();
    html! {
        <div class="menus" role="group" aria-label="Cluster">
            {for [Part::Cni, Part::KubeProxy].into_iter().map(part)}
            <Menu name="way in" value={way_in(view)} sections={entries} act={act.clone()} />
            <Menu name="nodes" value={count.to_string()} sections={Shared::new(nodes(view))}
                act={act.clone()} />
            <Menu name="Break something" sections={Shared::new(faults(view))} act={act.clone()} />
        </div>
    }
}

/// What lets in who is outside.
const WAY_IN: [Part; 3] = [Part::Ingress, Part::Gateway, Part::LoadBalancer];

/// What was chosen to let in who is outside, in a word.
fn way_in(view: &View) -> String {
    let bare = Settings::default();
    let settings = view.controls.settings;
    let chosen = WAY_IN.into_iter().filter(|part| bare.with(*part, settings) != bare);
    let names: Vec<String> = chosen.filter_map(|part| Some(settings.chosen(part)?.name)).collect();
    // What stands in brackets is in the list.
    let first = names.first().map_or("none", |name| name.split(" (").next().unwrap_or(name));
    match names.len() {
        0 | 1 => first.to_owned(),
        more => format!("{first} +{}", more - 1),
    }
}

fn choices(view: &View, part: Part) -> Section {
    let present = view.controls.settings;
    let item = |choice: cluster::Choice| Item {
        name: choice.name,
        note: choice.note.into(),
        label: None,
        chosen: Some(choice.settings == present),
        action: Action::Ask(Command::Choose(part, choice.settings)),
    };
    let items = present.choices(part).into_iter().map(item).collect();
    Section { title: title(part), items }
}

fn title(part: Part) -> &'static str {
    match part {
        Part::Cni => "who carries packets between Pods",
        Part::KubeProxy => "how Services are translated",
        Part::Ingress => "Ingress: who answers for Ingresses",
        Part::Gateway => "Gateway API: who answers for Gateways",
        Part::LoadBalancer => "Load balancer: who hands out outside addresses",
    }
}

fn nodes(view: &View) -> Vec<Section> {
    let done = |name: String, note: &str, action| Item {
        name,
        note: note.into(),
        label: None,
        chosen: None,
        action,
    };
    let add = done("add a node".into(), "it joins, and takes Pods", Action::Ask(Command::AddNode));
    let remove = view.map.nodes.iter().map(|node| {
        let name = node.name.clone();
        done(format!("remove {name}"), "", Action::Ask(Command::RemoveNode(name)))
    });
    vec![
        Section { title: "one more", items: vec![add] },
        Section { title: "one less, with its Pods", items: remove.collect() },
    ]
}

/// One section for each kind of fault, one line for each thing it can hit.
fn faults(view: &View) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for fault in &view.controls.breakable {
        let item = Item {
            name: fault.target().to_owned(),
            note: String::new(),
            label: Some(fault.to_string()),
            chosen: None,
            action: Action::Ask(Command::Fault(fault.clone())),
        };
        match sections.last_mut() {
            Some(last) if last.title == fault.kind() => last.items.push(item),
            _ => sections.push(Section { title: fault.kind(), items: vec![item] }),
        }
    }
    sections
}
