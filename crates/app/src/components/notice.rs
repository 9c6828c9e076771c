//! A sentence over the page, until it is put away.

use yew::prelude::*;

use super::Dispatch;
use crate::state::{Change, Notice};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub notice: Notice,
    pub dispatch: Dispatch,
}

/// The sentence.
#[component]
pub fn NoticeView(props: &Props) -> Html {
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_: MouseEvent| dispatch.dispatch(Change::Tell(None)));
    let bad = props.notice.bad.then_some("bad");
    html! {
        <div class={classes!("notice", bad)} role="alert">
            <span>{&props.notice.text}</span>
            <button class="button" {onclick}>{"Close"}</button>
        </div>
    }
}
