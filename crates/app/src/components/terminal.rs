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
    /// What stands before a line; empty if it is the usual.
    pub prompt: String,
    /// How the present line may go on.
    pub completions: Option<Shared<Completions>>,
    /// A line that somebody else has typed, to be run.
    pub typed: Option<Shared<Printed>>,
    pub ask: Callback<Command>,
}

const PROMPT: &str = "$ ";
const GOES_ON: &str = "> ";
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
    // What was typed before the module was there.
    let early = use_mut_ref(String::new);
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
        let (line, ask, early) = (Rc::clone(&line), props.ask.clone(), Rc::clone(&early));
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
                let line_begun = Rc::clone(&line);
                let heard_early = {
                    let (typed, line, ask) = (Rc::clone(&typed), Rc::clone(&line), ask.clone());
                    Callback::from(move |data: String| {
                        if let Some(screen) = &*typed.borrow() {
                            listen(screen, &line, &ask, &data);
                        }
                    })
                };
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
                terminal.write(&prompt(&line_begun.borrow()));
                *typed.borrow_mut() = Some(terminal.clone());
                let resting = parent.parent_element().and_then(|console| {
                    console.query_selector(".console-rest:focus").ok().flatten()
                });
                if focused || resting.is_some() {
                    terminal.focus();
                }
                let early = early.take();
                if !early.is_empty() {
                    heard_early.emit(early);
                }
                screen.set(Some(terminal));
            });
        });
    }
    {
        let (screen, line, before) = (screen.clone(), Rc::clone(&line), props.prompt.clone());
        use_effect_with(props.printed.clone(), move |printed| {
            line.borrow_mut().prompt = before;
            if let (Some(screen), Some(printed)) = (&*screen, printed) {
                screen.write(&printed.text);
                if !printed.text.is_empty() && !printed.text.ends_with('\n') {
                    screen.write("\n");
                }
                screen.write(&prompt(&line.borrow()));
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
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        let mut characters = key.chars();
        let typed = match (key.as_str(), characters.next(), characters.next()) {
            // The first one opens the terminal.
            ("Enter", ..) if early.borrow().is_empty() => None,
            ("Enter", ..) => Some('\r'),
            ("Backspace", ..) => Some('\u{7f}'),
            (_, Some(character), None) => Some(character),
            _ => None,
        };
        if let Some(typed) = typed {
            event.prevent_default();
            early.borrow_mut().push(typed);
        }
    });
    html! {
        <div class="console" id="terminal">
            if screen.is_none() {
                <button class="console-rest" aria-label="Open the terminal" {onclick} {onfocus}
                    {onkeydown}>
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
            Wish::GoOn => screen.write(&format!("\r\n{GOES_ON}")),
            Wish::Run(text) => {
                if text.contains('\n') {
                    screen.write("\r\n");
                } else {
                    // After a search the found line stands where its prompt was.
                    let before = prompt(&line.borrow());
                    screen.write(&format!("\r\u{1b}[K{before}{text}\r\n"));
                }
                storage::remember_typed_lines(line.borrow().history());
                if text.trim() == "clear" {
                    screen.clear();
                    screen.write(&prompt(&line.borrow()));
                } else if text.trim().is_empty() {
                    screen.write(&prompt(&line.borrow()));
                } else {
                    ask.emit(Command::Run(text));
                }
            }
            Wish::Cancel => {
                screen.write(&format!("^C\r\n{}", prompt(&line.borrow())));
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
    if !matches!(line.borrow().prompt.as_str(), "" | PROMPT) {
        // Whoever wrote the line does not stand inside a Pod.
        ask.emit(Command::Run("exit".into()));
    }
    if text.contains('\n') {
        // A here-document is one command: typed, each of its lines would be run by itself.
        let before = prompt(&line.borrow());
        screen.write(&format!("\r\u{1b}[K{before}{}\r\n", text.replace('\n', "\r\n")));
        ask.emit(Command::Run(text.to_owned()));
    } else {
        line.borrow_mut().typed("\u{5}\u{15}");
        listen(screen, line, ask, &format!("{text}\r"));
    }
}

/// What stands before a line.
fn prompt(line: &LineInput) -> String {
    let words = if line.prompt.is_empty() { PROMPT } else { &line.prompt };
    format!("\u{1b}[32m{words}\u{1b}[0m")
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
        None => {
            let (goes_on, text) = line.shown();
            let before = if goes_on { GOES_ON.to_owned() } else { prompt(line) };
            screen.write(&format!("\r\u{1b}[K{before}{text}{back}"));
        }
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
