//! Who can reach an object, and for each that cannot, why.

use topology::{Access, Reach};
use trace::explain::Fragment;
use yew::prelude::*;

#[derive(PartialEq, Properties)]
pub struct Props {
    pub reach: Reach,
}

/// The list: those who cannot first, one reason for all who share it.
#[component]
pub fn ReachList(props: &Props) -> Html {
    let reach = &props.reach;
    let about = match reach.port {
        Some(port) => format!("As far as NetworkPolicy says, on TCP {port}."),
        None => String::new(),
    };
    let (open, shut): (Vec<&Access>, Vec<&Access>) = reach.from.iter().partition(|it| it.open);
    html! {
        <div class="reach">
            if !reach.note.is_empty() {
                <p>{for reach.note.iter().map(fragment)}</p>
            }
            {group("cannot", "✕", &shut)}
            {group("can", "✓", &open)}
            <p class="quiet">{about}</p>
        </div>
    }
}

/// Those with the same answer, by reason.
fn group(class: &'static str, sign: &'static str, all: &[&Access]) -> Html {
    let same = all.chunk_by(|one, next| one.why == next.why);
    html! {
        <ul class={class} aria-label={format!("Who {class} reach it")}>
            {for same.map(|accesses| {
                let names: Vec<String> = accesses.iter().map(|it| it.from.to_string()).collect();
                html! {
                    <li>
                        <span aria-hidden="true">{sign}</span>
                        <div>
                            {names.join(", ")}
                            <small>{for accesses[0].why.iter().map(fragment)}</small>
                        </div>
                    </li>
                }
            })}
        </ul>
    }
}

fn fragment(fragment: &Fragment) -> Html {
    match fragment {
        Fragment::Text(text) => html! { {text} },
        Fragment::Code(text) | Fragment::Link { text, .. } => html! { <code>{text}</code> },
    }
}
