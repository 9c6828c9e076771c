//! Commands to try: run in the terminal from here, or typed there by hand.

use std::collections::BTreeSet;

use lesson::{Transcript, Tried};
use yew::prelude::*;

use crate::actions::Action;
use crate::course::{CourseAct, CourseChange};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub transcript: Transcript,
    /// Its block in the step.
    pub block: usize,
    /// Which commands of the step were run: block and position.
    pub tried: BTreeSet<(usize, usize)>,
    pub act: Callback<Action>,
}

/// The commands.
#[component]
pub fn TryView(props: &Props) -> Html {
    let command = |(at, tried): (usize, &Tried)| {
        let was_run = props.tried.contains(&(props.block, at));
        let line = tried.command.clone();
        let run = props.act.reform(move |_: MouseEvent| {
            Action::Course(CourseAct::Change(CourseChange::Type(line.clone())))
        });
        let name = tried.command.lines().next().unwrap_or_default().to_owned();
        html! {
            <li class={classes!(was_run.then_some("done"))}>
                <pre tabindex="0"><span class="console-prompt" aria-hidden="true">{"$ "}</span>{&tried.command}</pre>
                <button class="button" onclick={run} aria-label={format!("run in terminal: {name}")}
                    title="Run in the terminal">
                    {if was_run { "✓ run again" } else { "Run" }}
                </button>
            </li>
        }
    };
    html! {
        <ul class="block try" aria-label="Commands to try">
            {for props.transcript.tried.iter().enumerate().map(command)}
        </ul>
    }
}
