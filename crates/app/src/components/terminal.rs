//! The terminal: xterm.js shows, the engine runs the lines.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use super::line_input::{LineInput, Wish};
use crate::js;
use crate::protocol::{Command, Completions};
use crate::shared::Shared;
use crate::state::Printed;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the last line printed.
    pub printed: Option<Shared<Printed>>,
    /// How the present line may go on.
    pub completions: Option<Shared<Completions>>,
    pub ask: Callback<Command>,
}

const PROMPT: &str = "\u{1b}[32m$\u{1b}[0m ";
const WELCOME: &str = "A terminal on this cluster. Try: kubectl get pods -o wide\n";

/// The terminal.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let parent = use_node_ref();
    let screen = use_state(|| None::<js::Terminal>);
    let line = use_memo((), |()| Rc::new(RefCell::new(LineInput::default())));
    {
        let (parent, screen) = (parent.clone(), screen.clone());
        let (line, ask) = (Rc::clone(&line), props.ask.clone());
        use_effect_with((), move |()| {
            spawn_local(async move {
                let Ok(module) = js::load_terminal().await else { return };
                let Some(parent) = parent.cast::<Element>() else { return };
                let module: js::TerminalModule = module.unchecked_into();
                let typed: Rc<RefCell<Option<js::Terminal>>> = Rc::default();
                let heard = Rc::clone(&typed);
                let on_data = Closure::<dyn FnMut(String)>::new(move |data: String| {
                    if let Some(screen) = &*heard.borrow() {
                        listen(screen, &line, &ask, &data);
                    }
                });
                let options = js::object(&[
                    // The terminal lives as long as the page, and so does what it calls.
                    ("onData", on_data.into_js_value()),
                    ("ariaLabel", "Terminal".into()),
                ]);
                let terminal = module.create(&parent, &options);
                terminal.write(WELCOME);
                terminal.write(PROMPT);
                *typed.borrow_mut() = Some(terminal.clone());
                screen.set(Some(terminal));
            });
        });
    }
    {
        let screen = screen.clone();
        use_effect_with(props.printed.clone(), move |printed| {
            if let (Some(screen), Some(printed)) = (&*screen, printed) {
                screen.write(&printed.text);
                if !printed.text.is_empty() && !printed.text.ends_with('\n') {
                    screen.write("\n");
                }
                screen.write(PROMPT);
            }
        });
    }
    {
        let line = Rc::clone(&line);
        use_effect_with(props.completions.clone(), move |words| {
            if let (Some(screen), Some(words)) = (&*screen, words) {
                complete(screen, &mut line.borrow_mut(), words);
            }
        });
    }
    html! {
        <div class="console" ref={parent} />
    }
}

fn listen(screen: &js::Terminal, line: &RefCell<LineInput>, ask: &Callback<Command>, data: &str) {
    let wishes = line.borrow_mut().typed(data);
    for wish in wishes {
        match wish {
            Wish::Redraw => draw(screen, &line.borrow()),
            Wish::Run(text) => {
                screen.write("\r\n");
                if text.trim() == "clear" {
                    screen.clear();
                    screen.write(PROMPT);
                } else if text.trim().is_empty() {
                    screen.write(PROMPT);
                } else {
                    ask.emit(Command::Run(text));
                }
            }
            Wish::Cancel => {
                screen.write("^C\r\n");
                screen.write(PROMPT);
            }
            Wish::Clear => {
                screen.clear();
                draw(screen, &line.borrow());
            }
            Wish::Complete(text) => ask.emit(Command::Complete(text)),
        }
    }
}

/// Writes the line over itself and puts the cursor where it belongs.
fn draw(screen: &js::Terminal, line: &LineInput) {
    let back = match line.after_cursor() {
        0 => String::new(),
        columns => format!("\u{1b}[{columns}D"),
    };
    screen.write(&format!("\r\u{1b}[K{PROMPT}{}{back}", line.text()));
}

/// Completes the line as far as the words agree, or lists them.
fn complete(screen: &js::Terminal, line: &mut LineInput, found: &Completions) {
    let words = &found.words;
    let Some(first) = words.first() else { return };
    let shared = words.iter().skip(1).fold(first.clone(), |shared, word| {
        let same = shared.chars().zip(word.chars()).take_while(|(a, b)| a == b);
        same.map(|(a, _)| a).collect()
    });
    let typed = line.before_cursor().saturating_sub(found.start);
    if words.len() > 1 && shared.chars().count() <= typed {
        screen.write(&format!("\r\n{}\r\n", words.join("  ")));
    } else {
        line.complete(found.start, &shared, words.len() > 1);
    }
    draw(screen, line);
}
