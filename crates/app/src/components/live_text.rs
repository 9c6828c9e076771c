//! What happens, said to a screen reader: the step on show while time stands, and each packet
//! while it runs.

use yew::prelude::*;

use crate::shared::Shared;
use crate::state::Run;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub run: Option<Shared<Run>>,
    pub cue: usize,
    pub playing: bool,
    pub said: Vec<String>,
}

/// The live text.
#[component]
pub fn LiveText(props: &Props) -> Html {
    let text = props.run.as_ref().and_then(|run| {
        let cue = run.timeline.cues.get(props.cue)?;
        if props.playing {
            let segment = run.timeline.segment_of(cue.flight)?;
            return Some(format!("packet {}: {}", cue.flight + 1, segment.label));
        }
        let (hop, step) = run.step(props.cue)?;
        let title = trace::explain::title(step);
        Some(format!("step {}, at {}: {title}", cue.number, hop.place()))
    });
    html! {
        <p class="hidden" role="status" aria-live="polite">{text.unwrap_or_default()}</p>
    }
}
