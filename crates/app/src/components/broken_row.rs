//! What is broken now, each with a button that mends it.

use cluster::Fault;
use yew::prelude::*;

use crate::actions::Action;
use crate::protocol::Command;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub broken: Vec<Fault>,
    pub act: Callback<Action>,
}

/// The row; empty while everything works.
#[component]
pub fn BrokenRow(props: &Props) -> Html {
    let chip = |fault: &Fault| {
        let mended = fault.mended()?;
        let label = mended.to_string();
        let act = props.act.clone();
        let onclick = Callback::from(move |_: MouseEvent| {
            act.emit(Action::Ask(Command::Fault(mended.clone())));
        });
        Some(html! {
            <li class="broken" key={label.clone()}>
                {fault.state()}
                <button class="mend" {onclick} aria-label={label.clone()} title={label}>{"Mend"}</button>
            </li>
        })
    };
    html! {
        <ul class="broken-row" aria-label="Broken now" hidden={props.broken.is_empty()}>
            {for props.broken.iter().filter_map(chip)}
        </ul>
    }
}
