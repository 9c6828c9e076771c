//! The matrix as a table: one tab stop, moved by the arrow keys.

use trace::Place;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::Dispatch;
use super::object_link::place_link;
use crate::answers::{Cell, Grid, GridGroup, Pair};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub grid: Shared<Grid>,
    /// Whether the cluster's own Pods are shown.
    pub system: bool,
    /// A sign is looked at.
    pub on_look: Callback<Pair>,
    /// A sign is pressed.
    pub on_open: Callback<Pair>,
    pub dispatch: Dispatch,
}

/// The table.
#[component]
pub fn MatrixTable(props: &Props) -> Html {
    let at = use_state(|| (0_usize, 0_usize));
    let table = use_node_ref();
    let grid = &props.grid;
    let shown: Vec<usize> = (0..grid.groups.len())
        .filter(|group| props.system || !grid.groups[*group].system)
        .collect();
    let last = shown.len().saturating_sub(1);
    let (row, column) = (at.0.min(last), at.1.min(last));
    let onkeydown = {
        let (at, table) = (at.clone(), table.clone());
        Callback::from(move |event: KeyboardEvent| {
            let next = match event.key().as_str() {
                "ArrowUp" => (row.saturating_sub(1), column),
                "ArrowDown" => ((row + 1).min(last), column),
                "ArrowLeft" => (row, column.saturating_sub(1)),
                "ArrowRight" => (row, (column + 1).min(last)),
                "Home" => (row, 0),
                "End" => (row, last),
                _ => return,
            };
            event.prevent_default();
            at.set(next);
            focus(&table, next);
        })
    };
    html! {
        <div class="scroll" ref={table} {onkeydown}>
            <table class="grid" role="grid" aria-label="Who may connect to whom">
                <thead>
                    <tr>
                        <th class="corner">{"from ↓ to →"}</th>
                        {for shown.iter().map(|group| head(props, &grid.groups[*group], true))}
                    </tr>
                </thead>
                <tbody>
                    {for shown.iter().enumerate().map(|(y, from)| html! {
                        <tr>
                            {head(props, &grid.groups[*from], false)}
                            {for shown.iter().enumerate().map(|(x, to)| {
                                cell(props, (*from, *to), (y, x), (y, x) == (row, column))
                            })}
                        </tr>
                    })}
                </tbody>
            </table>
        </div>
    }
}

/// Gives the focus to the sign of a row and a column.
fn focus(table: &NodeRef, (row, column): (usize, usize)) {
    let selector = format!("[data-at='{row} {column}']");
    let table = table.cast::<HtmlElement>();
    let sign = table.and_then(|table| table.query_selector(&selector).ok().flatten());
    if let Some(sign) = sign.and_then(|sign| sign.dyn_into::<HtmlElement>().ok()) {
        // An element that cannot take the focus leaves it where it is.
        let _ = sign.focus();
    }
}

/// The name of a row or a column.
fn head(props: &Props, group: &GridGroup, is_column: bool) -> Html {
    let (name, many) = named(group);
    let namespace = match &group.places[0] {
        Place::Pod(pod) if spans_namespaces(props) => pod.namespace.as_str(),
        _ => "",
    };
    let name = match group.places.as_slice() {
        [place] => place_link(place, &props.dispatch),
        _ => html! { {name} },
    };
    let port = group.port.filter(|_| is_column).map(|port| format!(":{port}"));
    let names: Vec<String> = group.places.iter().map(ToString::to_string).collect();
    let scope = if is_column { "col" } else { "row" };
    html! {
        <th {scope} title={names.join("\n")}>
            if !namespace.is_empty() {
                <span class="namespace">{namespace}</span>
            }
            <span>{name}</span>
            <span class="many">{many}{port.unwrap_or_default()}</span>
        </th>
    }
}

/// Whether the shown Pods are of several namespaces, so that each must be named.
fn spans_namespaces(props: &Props) -> bool {
    let shown = props.grid.groups.iter().filter(|group| props.system || !group.system);
    let mut namespaces = shown.filter_map(|group| match &group.places[0] {
        Place::Pod(pod) => Some(&pod.namespace),
        _ => None,
    });
    let first = namespaces.next();
    namespaces.any(|namespace| Some(namespace) != first)
}

/// What places are called together, and how many they are.
fn named(group: &GridGroup) -> (&str, String) {
    match group.places.as_slice() {
        [_] => (&group.owner, String::new()),
        places => (&group.owner, format!(" ×{}", places.len())),
    }
}

fn cell(props: &Props, (from, to): (usize, usize), at: (usize, usize), current: bool) -> Html {
    let grid = &props.grid;
    let known = grid.cells.get(from * grid.groups.len() + to).copied().flatten();
    let (source, target) = (&grid.groups[from], &grid.groups[to]);
    let data = format!("{} {}", at.0, at.1);
    let tabindex = if current { "0" } else { "-1" };
    let receiver = if from == to { target.places.get(1) } else { target.places.first() };
    let (Some(cell), Some(receiver), Some(port)) = (known, receiver, target.port) else {
        let why = match (from == to, source.is_of_pods() || target.is_of_pods()) {
            (_, false) => "no policy is asked here",
            (true, true) => "the Pod itself",
            (false, true) => "declares no port; choose one above",
        };
        return html! {
            <td role="gridcell"><span class="sign none" data-at={data} {tabindex} title={why}
                aria-label={why}>{"·"}</span></td>
        };
    };
    let pair = Pair {
        from: source.places[0].clone(),
        to: receiver.clone(),
        protocol: grid.protocol,
        port,
    };
    let look = || {
        let (on_look, pair) = (props.on_look.clone(), pair.clone());
        move || on_look.emit(pair.clone())
    };
    let (by_pointer, by_focus) = (look(), look());
    let onmouseenter = Callback::from(move |_: MouseEvent| by_pointer());
    let onfocus = Callback::from(move |_: FocusEvent| by_focus());
    let onclick = {
        let (on_open, pair) = (props.on_open.clone(), pair.clone());
        Callback::from(move |_: MouseEvent| on_open.emit(pair.clone()))
    };
    let (class, sign, words) = face(cell);
    let label = format!("{} to {}: {words}", pair.from, pair.to);
    html! {
        <td role="gridcell">
            <button class={classes!("sign", class, cell.changed.then_some("changed"))} data-at={data}
                {tabindex} aria-label={label} {onmouseenter} {onfocus} {onclick}>
                {sign}
                if cell.changed { <sup aria-hidden="true">{"◆"}</sup> }
            </button>
        </td>
    }
}

/// A sign's class, its shape, and its words.
fn face(cell: Cell) -> (&'static str, &'static str, &'static str) {
    match (cell.open, cell.changed) {
        (true, false) => ("open", "●", "may connect"),
        (true, true) => ("open", "●", "may connect, changed"),
        (false, false) => ("closed", "✕", "may not connect"),
        (false, true) => ("closed", "✕", "may not connect, changed"),
    }
}
