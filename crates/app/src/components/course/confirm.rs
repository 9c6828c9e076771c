//! A button that asks once more before it does something.

use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the button says.
    pub label: AttrValue,
    /// What is asked.
    pub question: AttrValue,
    /// What the answer says that does it.
    pub yes: AttrValue,
    #[prop_or_default]
    pub class: Classes,
    pub on_yes: Callback<()>,
}

/// The button.
#[component]
pub fn Confirm(props: &Props) -> Html {
    let asked = use_state(|| false);
    let ask = {
        let asked = asked.clone();
        Callback::from(move |_: MouseEvent| asked.set(true))
    };
    let no = {
        let asked = asked.clone();
        Callback::from(move |_: MouseEvent| asked.set(false))
    };
    let yes = {
        let (asked, on_yes) = (asked.clone(), props.on_yes.clone());
        Callback::from(move |_: MouseEvent| {
            asked.set(false);
            on_yes.emit(());
        })
    };
    html! {
        <span class={classes!("confirm", asked.then_some("asked"))}>
            if *asked {
                <span role="alert">{&props.question}</span>
                <button class="button" onclick={yes}>{&props.yes}</button>
                <button class="button" onclick={no}>{"No"}</button>
            } else {
                <button class={props.class.clone()} onclick={ask}>{&props.label}</button>
            }
        </span>
    }
}
