//! Who may connect to whom by the NetworkPolicies: every Pod against every Pod, the nodes and the
//! internet.

use packet::Protocol;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::Dispatch;
use super::matrix_table::MatrixTable;
use super::object_link::place_link;
use super::sentence::sentence;
use crate::answers::{Explained, Grid, Pair};
use crate::protocol::{Command, View};
use crate::shared::Shared;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub view: Shared<View>,
    pub grid: Option<Shared<Grid>>,
    pub explained: Option<Shared<Explained>>,
    pub ask: Callback<Command>,
    pub dispatch: Dispatch,
}

const PROTOCOLS: [Protocol; 3] = [Protocol::Tcp, Protocol::Udp, Protocol::Sctp];

/// The matrix.
#[component]
pub fn MatrixPanel(props: &Props) -> Html {
    let protocol = use_state(|| 0_usize);
    let port = use_state(|| None::<u16>);
    let system = use_state(|| false);
    let pair = use_state(|| None::<Pair>);
    use_effect_with((props.view.clone(), *protocol, *port), {
        let ask = props.ask.clone();
        move |(_, protocol, port)| {
            ask.emit(Command::Matrix { protocol: PROTOCOLS[*protocol], port: *port });
        }
    });
    let choose_protocol = {
        let protocol = protocol.clone();
        Callback::from(move |event: Event| {
            let menu: HtmlSelectElement = event.target_unchecked_into();
            protocol.set(menu.value().parse().unwrap_or(0).min(PROTOCOLS.len() - 1));
        })
    };
    let choose_port = {
        let port = port.clone();
        Callback::from(move |event: Event| {
            let field: HtmlInputElement = event.target_unchecked_into();
            port.set(field.value().trim().parse().ok().filter(|port| *port > 0));
        })
    };
    let choose_system = {
        let system = system.clone();
        Callback::from(move |_: Event| system.set(!*system))
    };
    let on_look = {
        let (pair, ask) = (pair.clone(), props.ask.clone());
        Callback::from(move |wanted: Pair| {
            if pair.as_ref() != Some(&wanted) {
                ask.emit(Command::Explain(wanted.clone()));
                pair.set(Some(wanted));
            }
        })
    };
    let on_open = {
        let ask = props.ask.clone();
        Callback::from(move |Pair { from, to, protocol, port }: Pair| {
            ask.emit(Command::Connect { from, to, protocol, port });
        })
    };
    let Some(grid) = &props.grid else { return html! { <p>{"Asking the policies…"}</p> } };
    html! {
        <div class="matrix">
            <div class="panel-tools">
                <select class="field" aria-label="Protocol" onchange={choose_protocol}>
                    {for PROTOCOLS.iter().enumerate().map(|(index, name)| html! {
                        <option value={index.to_string()} selected={index == *protocol}>{name.to_string()}</option>
                    })}
                </select>
                <input class="field port" type="number" min="1" max="65535" aria-label="Port"
                    placeholder="its own port" onchange={choose_port} />
                <label class="field-label">
                    <input type="checkbox" checked={*system} onchange={choose_system} />{" kube-system too"}
                </label>
                {legend()}
            </div>
            if !grid.note.is_empty() {
                <p class="matrix-note">{sentence(&grid.note, &[], &props.dispatch)}</p>
            }
            if grid.groups.iter().any(|group| group.is_of_pods() && (*system || !group.system)) {
                <div class="matrix-body">
                    <MatrixTable grid={grid.clone()} system={*system} {on_look} {on_open}
                        dispatch={props.dispatch.clone()} />
                    {why(props, (*pair).as_ref())}
                </div>
            } else {
                <p>{"There is no Pod yet. Apply a Deployment, and its Pods will stand here."}</p>
            }
        </div>
    }
}

/// The signs, with their words.
fn legend() -> Html {
    html! {
        <ul class="legend" aria-label="Signs">
            <li><span class="sign open">{"●"}</span>{" may"}</li>
            <li><span class="sign closed">{"✕"}</span>{" may not"}</li>
            <li><span class="sign changed">{"◆"}</span>{" new since the last apply"}</li>
        </ul>
    }
}

/// Why the pair that is looked at may connect, or not, in the engine's words.
fn why(props: &Props, pair: Option<&Pair>) -> Html {
    let told = props.explained.as_ref().filter(|told| Some(&told.pair) == pair);
    let Some(told) = told else {
        return html! {
            <p class="matrix-why" role="status">
                {"Point at a sign to see why. Press it to open that connection and follow its packets."}
            </p>
        };
    };
    let Pair { from, to, protocol, port } = &told.pair;
    html! {
        <p class="matrix-why" role="status">
            <b>
                {place_link(from, &props.dispatch)}{" → "}{place_link(to, &props.dispatch)}
                {format!(", {protocol} {port}. ")}
            </b>
            {for told.sentences.iter().map(|it| html! {
                <>{sentence(it, &told.sources, &props.dispatch)}{" "}</>
            })}
        </p>
    }
}
