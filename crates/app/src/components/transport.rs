//! Play, pause, one step on, one back, the first, the last, the one that decided, again, and how
//! fast.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::Dispatch;
use super::icon::{Icon, Sign};
use crate::state::Change;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub ready: bool,
    pub playing: bool,
    pub speed: f64,
    pub looping: bool,
    pub dispatch: Dispatch,
}

const SPEEDS: [f64; 6] = [0.1, 0.25, 0.5, 1.0, 2.0, 4.0];

/// The controls of time.
#[component]
pub fn Transport(props: &Props) -> Html {
    let button = |sign: Sign, label: &'static str, change: Change| {
        let dispatch = props.dispatch.clone();
        let onclick = Callback::from(move |_| dispatch.dispatch(change.clone()));
        let on = (sign == Sign::Pause).then_some("on");
        html! {
            <button type="button" class={classes!("icon-button", on)} {onclick}
                disabled={!props.ready} aria-label={label} title={label}><Icon {sign} /></button>
        }
    };
    let dispatch = props.dispatch.clone();
    let onchange = Callback::from(move |event: Event| {
        let menu: HtmlSelectElement = event.target_unchecked_into();
        if let Ok(speed) = menu.value().parse() {
            dispatch.dispatch(Change::Speed(speed));
        }
    });
    html! {
        <div class="transport" role="group" aria-label="Playback">
            {button(Sign::First, "First step (Home)", Change::GoTo(0))}
            {button(Sign::Back, "One step back (←)", Change::GoBy(-1))}
            if props.playing {
                {button(Sign::Pause, "Pause (Space)", Change::PlayOrPause)}
            } else {
                {button(Sign::Play, "Play (Space)", Change::PlayOrPause)}
            }
            {button(Sign::On, "One step on (→)", Change::GoBy(1))}
            {button(Sign::Last, "Last step (End)", Change::GoTo(usize::MAX))}
            {button(Sign::Deciding, "Show the step that decided", Change::ShowDeciding)}
            {repeat(props)}
            <select class="field speed" aria-label="Speed" {onchange}>
                {for SPEEDS.iter().map(|speed| html! {
                    <option value={speed.to_string()} selected={*speed == props.speed}>
                        {format!("{speed}×")}
                    </option>
                })}
            </select>
        </div>
    }
}

/// Whether time begins again at the end.
fn repeat(props: &Props) -> Html {
    let dispatch = props.dispatch.clone();
    let onclick = Callback::from(move |_| dispatch.dispatch(Change::Loop));
    html! {
        <button type="button" class={classes!("icon-button", props.looping.then_some("on"))} {onclick}
            disabled={!props.ready} aria-label="Loop" title="Play again and again"
            aria-pressed={props.looping.to_string()}><Icon sign={Sign::Loop} /></button>
    }
}
