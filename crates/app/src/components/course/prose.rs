//! Prose drawn from the tree that the reader of lessons made: no markup of an author reaches the page.

use lesson::prose::is_safe;
use lesson::{Element, Inline};
use yew::prelude::*;

use crate::actions::Action;
use crate::course::CourseAct;

/// Where links of a lesson lead.
pub type OnLink = Callback<String>;

/// Links of a lesson lead to other lessons, and to the web in a tab of their own.
pub fn lesson_links(act: &Callback<Action>) -> OnLink {
    act.reform(|address: String| {
        let id = address.trim_start_matches("?lesson=").split('&').next().unwrap_or_default();
        Action::Course(CourseAct::Begin(id.to_owned(), None))
    })
}

/// Blocks of prose.
pub fn prose(elements: &[Element], on_link: &OnLink) -> Html {
    elements.iter().map(|each| element(each, on_link)).collect()
}

/// A line of prose.
pub fn line(inlines: &[Inline], on_link: &OnLink) -> Html {
    inlines.iter().map(|each| inline(each, on_link)).collect()
}

/// A line without links, for what is itself a button.
pub fn words(inlines: &[Inline]) -> Html {
    line(inlines, &Callback::noop())
}

fn element(element: &Element, on_link: &OnLink) -> Html {
    let cells = |cells: &[Vec<Inline>]| -> Html {
        cells.iter().map(|cell| html! { <td>{line(cell, on_link)}</td> }).collect()
    };
    match element {
        Element::Heading(_, inlines) => html! { <h4>{line(inlines, on_link)}</h4> },
        Element::Paragraph(inlines) => html! { <p>{line(inlines, on_link)}</p> },
        Element::List(first, items) => {
            let items = items.iter().map(|item| html! { <li>{prose(item, on_link)}</li> });
            match first {
                Some(first) => html! { <ol start={first.to_string()}>{for items}</ol> },
                None => html! { <ul>{for items}</ul> },
            }
        }
        Element::Code(_, text) => html! { <pre tabindex="0">{text.trim_end()}</pre> },
        Element::Quote(inner) => html! { <blockquote>{prose(inner, on_link)}</blockquote> },
        Element::Table(head, rows) => html! {
            <div class="prose-table">
                <table>
                    <thead><tr>{for head.iter().map(|cell| html! { <th>{line(cell, on_link)}</th> })}</tr></thead>
                    <tbody>{for rows.iter().map(|row| html! { <tr>{cells(row)}</tr> })}</tbody>
                </table>
            </div>
        },
        Element::Rule => html! { <hr /> },
    }
}

fn inline(inline: &Inline, on_link: &OnLink) -> Html {
    match inline {
        Inline::Text(text) => html! { {text} },
        Inline::Code(text) => html! { <code>{text}</code> },
        Inline::Emphasis(inner) => html! { <em>{line(inner, on_link)}</em> },
        Inline::Strong(inner) => html! { <strong>{line(inner, on_link)}</strong> },
        Inline::Break => html! { <br /> },
        Inline::Link(address, inner) if !is_safe(address) => line(inner, on_link),
        Inline::Link(address, inner) if address.starts_with("http") => html! {
            <a href={address.clone()} target="_blank" rel="noreferrer">{line(inner, on_link)}</a>
        },
        Inline::Link(address, inner) => {
            let (on_link, address) = (on_link.clone(), address.clone());
            let onclick = Callback::from(move |_: MouseEvent| on_link.emit(address.clone()));
            html! { <button class="link" {onclick}>{words(inner)}</button> }
        }
    }
}
