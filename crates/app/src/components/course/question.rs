//! A question with options to tap, and afterwards what was said and what is so.

use std::collections::BTreeSet;

use lesson::{Answer, Predict};
use yew::prelude::*;

use super::prose::{line, words};

#[derive(PartialEq, Properties)]
pub struct Props {
    pub question: Predict,
    /// What was answered; nothing yet, or no option if it was skipped.
    pub chosen: Option<BTreeSet<usize>>,
    /// Whether what is so may be told.
    pub told: bool,
    pub on_answer: Callback<BTreeSet<usize>>,
}

/// The question.
#[component]
pub fn Question(props: &Props) -> Html {
    let ticked = use_state(BTreeSet::<usize>::new);
    let question = &props.question;
    let open = props.chosen.is_none();
    let option = |(index, answer): (usize, &Answer)| {
        let chosen = props.chosen.as_ref().unwrap_or(&ticked).contains(&index);
        let right = (props.told && answer.right).then_some("is-so");
        let wrong = (props.told && chosen && !answer.right).then_some("is-not-so");
        let onclick = {
            let (several, ticked) = (question.several, ticked.clone());
            let on_answer = props.on_answer.clone();
            Callback::from(move |_: MouseEvent| {
                if !several {
                    return on_answer.emit(BTreeSet::from([index]));
                }
                let mut now = (*ticked).clone();
                if !now.remove(&index) {
                    now.insert(index);
                }
                ticked.set(now);
            })
        };
        html! {
            <button class={classes!("option", right, wrong)} {onclick} disabled={!open}
                role={if question.several { "checkbox" } else { "radio" }} aria-checked={chosen.to_string()}>
                <span class={if question.several { "box" } else { "dot" }} aria-hidden="true" />
                <span>{words(&answer.text)}</span>
                if right.is_some() {
                    <span class="verdict">{"✓"}<span class="hidden">{" this is so"}</span></span>
                }
                if wrong.is_some() {
                    <span class="verdict">{"✕"}<span class="hidden">{" your answer; it is not so"}</span></span>
                }
            </button>
        }
    };
    let answer = {
        let (on_answer, ticked) = (props.on_answer.clone(), ticked.clone());
        Callback::from(move |_: MouseEvent| on_answer.emit((*ticked).clone()))
    };
    let label = lesson::prose::plain(&question.question);
    html! {
        <div class="question">
            <p class="question-words">{line(&question.question, &Callback::noop())}</p>
            <div class="options" role={if question.several { "group" } else { "radiogroup" }}
                aria-label={label}>
                {for question.options.iter().enumerate().map(option)}
            </div>
            if open && question.several {
                <button class="button" onclick={answer} disabled={ticked.is_empty()}>{"That is my answer"}</button>
            }
            if let Some(chosen) = props.chosen.as_ref().filter(|_| props.told) {
                {came_of_it(question, chosen)}
            }
        </div>
    }
}

/// What was said, what is so, and why.
fn came_of_it(question: &Predict, chosen: &BTreeSet<usize>) -> Html {
    let said = question.options.iter().enumerate().filter(|(index, _)| chosen.contains(index));
    let wrong: Vec<&Answer> = said.map(|(_, it)| it).filter(|answer| !answer.right).collect();
    let right = question.options.iter().filter(|answer| answer.right);
    let all_right = wrong.is_empty() && !chosen.is_empty();
    html! {
        <div class="came" role="status">
            {for wrong.iter().map(|answer| html! {
                <p>
                    <b class="said">{"You said: "}</b>{words(&answer.text)}{". "}
                    {words(&answer.because)}
                    if let Some(name) = &answer.misconception {
                        <span class="misconception">{"A common idea: “"}{name}{"”."}</span>
                    }
                </p>
            })}
            {for right.map(|answer| html! {
                <p>
                    if all_right {
                        <b class="so">{"You said so: "}</b>
                    } else {
                        <b class="so">{"In fact: "}</b>{words(&answer.text)}{". "}
                    }
                    {words(&answer.because)}
                </p>
            })}
        </div>
    }
}
