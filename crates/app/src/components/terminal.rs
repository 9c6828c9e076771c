//! The terminal: xterm.js shows, the engine runs the lines.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use super::line_input::{LineInput, Wish};
use crate::js;
use crate::protocol::{Command, Completions};
use crate::shared::Shared;
use crate::state::Printed;
use crate::storage;

#[derive(PartialEq, Properties)]
pub struct Props {
    /// What the last line printed.
    pub printed: Option<Shared<Printed>>,
    /// How the present line may go on.
    pub completions: Option<Shared<Completions>>,
    /// A line that somebody else has typed, to be run.
    pub typed: Option<Shared<Printed>>,
    pub ask: Callback<Command>,
}

const PROMPT: &str = "\u{1b}[32m$\u{1b}[0m ";
const WELCOME: &str = "A terminal on this cluster. Try: kubectl get pods -o wide\n";

/// How long after the page stands the terminal is loaded unasked, in milliseconds.
const REST: u32 = 2_000;

/// The terminal; its module is loaded when somebody turns to it, or once the page has come to rest.
#[component]
pub fn Terminal(props: &Props) -> Html {
    let parent = use_node_ref();
    let screen = use_state(|| None::<js::Terminal>);
    let line =
        use_memo((), |()| Rc::new(RefCell::new(LineInput::remembering(storage::typed_lines()))));
    let wanted = use_state(|| None::<bool>);
    {
        let wanted = wanted.clone();
        use_effect_with((), move |()| {
            let timer = Timeout::new(REST, move || {
                if wanted.is_none() {
                    wanted.set(Some(false));
                }
            });
            move || drop(timer)
        });
    }
    {
        let (parent, screen) = (parent.clone(), screen.clone());
        let (line, ask) = (Rc::clone(&line), props.ask.clone());
        use_effect_with(*wanted, move |wanted| {
            let Some(focused) = *wanted else { return };
            if screen.is_some() {
                return;
            }
            spawn_local(async move {
                let Ok(module) = js::load_terminal().await else { return };
                let Some(parent) = parent.cast::<Element>() else { return };
                // A second wish may have come while the first was loading.
                if parent.child_element_count() > 0 {
                    return;
                }
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
                if focused {
                    terminal.focus();
                }
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
        let (line, screen) = (Rc::clone(&line), screen.clone());
        use_effect_with(props.completions.clone(), move |words| {
            if let (Some(screen), Some(words)) = (&*screen, words) {
                complete(screen, &mut line.borrow_mut(), words);
            }
        });
    }
    {
        let (line, ask) = (Rc::clone(&line), props.ask.clone());
        let (screen, wanted) = (screen.clone(), wanted.clone());
        let ran = use_mut_ref(|| 0);
        use_effect_with((props.typed.clone(), screen.is_some()), move |(typed, _)| {
            let Some(typed) = typed.as_ref().filter(|typed| typed.number > *ran.borrow()) else {
                return;
            };
            match &*screen {
                Some(screen) => {
                    *ran.borrow_mut() = typed.number;
                    run(screen, &line, &ask, &typed.text);
                }
                None => wanted.set(Some(true)),
            }
        });
    }
    let turn_to = Callback::from(move |()| wanted.set(Some(true)));
    let onclick = turn_to.reform(|_: MouseEvent| ());
    let onfocus = turn_to.reform(|_: FocusEvent| ());
    html! {
        <div class="console" id="terminal">
            if screen.is_none() {
                <button class="console-rest" aria-label="Open the terminal" {onclick} {onfocus}>
                    <span>{WELCOME.trim_end()}</span>
                    <span class="console-prompt">{"$"}</span>
                </button>
            }
            <div class="console-screen" ref={parent} />
        </div>
    }
}

fn listen(screen: &js::Terminal, line: &RefCell<LineInput>, ask: &Callback<Command>, data: &str) {
    let wishes = line.borrow_mut().typed(data);
    for wish in wishes {
        match wish {
            Wish::Redraw => draw(screen, &line.borrow()),
            Wish::Run(text) => {
                // After a search the found line stands where its prompt was.
                screen.write(&format!("\r\u{1b}[K{PROMPT}{text}\r\n"));
                storage::remember_typed_lines(line.borrow().history());
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
                ask.emit(Command::Interrupt);
            }
            Wish::Clear => {
                screen.clear();
                draw(screen, &line.borrow());
            }
            Wish::Complete(text) => ask.emit(Command::Complete(text)),
        }
    }
}

/// Runs a line as if it had been typed; what stood on the line is given up.
fn run(screen: &js::Terminal, line: &RefCell<LineInput>, ask: &Callback<Command>, text: &str) {
    if text.contains('\n') {
        // A here-document is one command: typed, each of its lines would be run by itself.
        screen.write(&format!("\r\u{1b}[K{PROMPT}{}\r\n", text.replace('\n', "\r\n")));
        ask.emit(Command::Run(text.to_owned()));
    } else {
        line.borrow_mut().typed("\u{5}\u{15}");
        listen(screen, line, ask, &format!("{text}\r"));
    }
}

/// Writes the line over itself and puts the cursor where it belongs.
fn draw(screen: &js::Terminal, line: &LineInput) {
    let back = match line.after_cursor() {
        0 => String::new(),
        columns => format!("\u{1b}[{columns}D"),
    };
    match line.searched() {
        Some((word, found)) => {
            screen.write(&format!("\r\u{1b}[K(reverse-i-search)`{word}': {found}"));
        }
        None => screen.write(&format!("\r\u{1b}[K{PROMPT}{}{back}", line.text())),
    }
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
