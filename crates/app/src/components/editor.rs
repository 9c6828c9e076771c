//! The YAML editor: CodeMirror, kept in step with the page's state.

use cluster::SourceSpan;
use js_sys::{Array, Promise};
use manifest::{Diagnostic, Severity};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;
use yew::prelude::*;

use crate::js;
use crate::protocol::{Command, Update};

#[derive(PartialEq, Properties)]
pub struct Props {
    /// The file's name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Counts up when texts are replaced from outside.
    pub revision: u32,
    /// What was found in it.
    pub findings: Vec<Diagnostic>,
    /// Lines to show; the number counts up with every wish.
    pub shown: Option<(u32, SourceSpan)>,
    /// Hears what is typed.
    pub on_change: Callback<String>,
    /// Asks the engine for something that only the asker hears.
    pub ask_for: Callback<(Command, Callback<Update>)>,
    /// Hears the key that applies.
    pub on_apply: Callback<()>,
}

/// The editor.
#[component]
pub fn Editor(props: &Props) -> Html {
    let parent = use_node_ref();
    let editor = use_state(|| None::<js::Editor>);
    {
        let (parent, editor) = (parent.clone(), editor.clone());
        let calls = options(props);
        use_effect_with((), move |()| {
            spawn_local(async move {
                let Ok(module) = js::load_editor().await else { return };
                let Some(parent) = parent.cast::<Element>() else { return };
                let module: js::EditorModule = module.unchecked_into();
                editor.set(Some(module.create(&parent, &calls)));
            });
        });
    }
    // Another file, or other texts: not for every key, or the editor would be set to its own text.
    let text = use_mut_ref(String::new);
    *text.borrow_mut() = props.text.clone();
    use_effect_with(((*editor).clone().is_some(), props.name.clone(), props.revision), {
        let editor = editor.clone();
        move |_| {
            if let Some(editor) = &*editor {
                editor.set_text(&text.borrow());
            }
        }
    });
    use_effect_with(((*editor).clone().is_some(), props.findings.clone(), props.name.clone()), {
        let (editor, text) = (editor.clone(), props.text.clone());
        move |(_, findings, _)| {
            if let Some(editor) = &*editor {
                editor.set_diagnostics(&diagnostics(findings, &text));
            }
        }
    });
    use_effect_with(((*editor).clone().is_some(), props.shown.clone()), {
        let (editor, text) = (editor.clone(), props.text.clone());
        move |(_, shown)| {
            let Some(editor) = &*editor else { return };
            if let Some((_, lines)) = shown {
                let (from, to) = (utf16(&text, lines.span.start), utf16(&text, lines.span.end));
                let range = js::object(&[("from", from.into()), ("to", to.into())]);
                editor.highlight(&Array::of1(&range));
                editor.select(from, from);
            } else {
                editor.highlight(&Array::new());
            }
        }
    });
    html! {
        <div class="editor" ref={parent} />
    }
}

/// The editor lives as long as the page, and so does what it calls.
fn options(props: &Props) -> JsValue {
    let (on_change, on_apply) = (props.on_change.clone(), props.on_apply.clone());
    let heard = Closure::<dyn FnMut(String)>::new(move |text: String| on_change.emit(text));
    let asking = |command: fn(String, usize) -> Command| {
        let ask_for = props.ask_for.clone();
        Closure::<dyn FnMut(String, usize) -> Promise>::new(move |text: String, at: usize| {
            Promise::new(&mut |resolve, _| {
                let asker = Callback::from(move |update| {
                    // A function of the browser's own does not throw.
                    let _ = resolve.call1(&JsValue::NULL, &suggestions(update));
                });
                ask_for.emit((command(text.clone(), at), asker));
            })
        })
        .into_js_value()
    };
    js::object(&[
        ("doc", props.text.as_str().into()),
        ("onApply", Closure::<dyn FnMut()>::new(move || on_apply.emit(())).into_js_value()),
        ("onChange", heard.into_js_value()),
        ("complete", asking(|text, at| Command::Suggest { text, at })),
        ("hover", asking(|text, at| Command::Describe { text, at })),
        ("ariaLabel", "Manifest, YAML".into()),
    ])
}

fn suggestions(update: Update) -> JsValue {
    let Update::Suggested(found) = update else { return JsValue::NULL };
    let choices = Array::new();
    for choice in found.choices {
        choices.push(&js::object(&[
            ("label", choice.label.into()),
            ("detail", choice.detail.into()),
            ("apply", choice.text.into()),
            ("owner", choice.owner.into()),
            ("field", choice.field.into()),
        ]));
    }
    js::object(&[("from", found.from.into()), ("to", found.to.into()), ("options", choices.into())])
}

fn diagnostics(findings: &[Diagnostic], text: &str) -> JsValue {
    let list = Array::new();
    for finding in findings {
        let Some(span) = finding.span else { continue };
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::NotSimulated => "info",
        };
        list.push(&js::object(&[
            ("from", utf16(text, span.start).into()),
            ("to", utf16(text, span.end).into()),
            ("severity", severity.into()),
            ("message", finding.message.as_str().into()),
            ("hint", finding.hint.as_deref().map_or(JsValue::UNDEFINED, JsValue::from)),
        ]));
    }
    list.into()
}

/// A place in bytes as JavaScript counts: in UTF-16 units.
fn utf16(text: &str, byte: usize) -> usize {
    let mut end = byte.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].encode_utf16().count()
}
