// The editor: CodeMirror with YAML, in the page's own type and colours. It knows nothing of Kubernetes; what is wrong
// with a text, the engine says.
//
//   create(parent, { text, onChange(text), ariaLabel }) → Editor
//   editor.setText(text)             replaces the text without telling onChange; the undo history starts anew
//   editor.setDiagnostics(list)      [{ from, to, severity: "error" | "warning" | "info", message, hint }]
//   editor.select(from, to)          marks lines, and scrolls to them
//   editor.focus() · editor.destroy()
//
// Places are UTF-16 units from the start of the text, as CodeMirror counts.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, bracketMatching, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  EditorView,
  drawSelection,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";

// Ctrl-Enter belongs to the page, which applies the text.
const keys = defaultKeymap.filter(({ key }) => key !== "Mod-Enter");

const colours = HighlightStyle.define([
  { tag: [tags.definition(tags.propertyName), tags.propertyName, tags.keyword], color: "var(--flow)" },
  { tag: [tags.comment], color: "var(--ink-3)", fontStyle: "italic" },
  { tag: [tags.string, tags.number, tags.bool, tags.content, tags.attributeValue], color: "var(--ink)" },
  { tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: "var(--ink-2)" },
  { tag: [tags.meta, tags.documentMeta], color: "var(--reply)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--sunken)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6", fontVariantLigatures: "none" },
  ".cm-content": { padding: "8px 0", caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "var(--sunken)", color: "var(--ink-3)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 10px 0 14px", minWidth: "42px" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused .cm-activeLine": { backgroundColor: "color-mix(in srgb, var(--ink) 5%, transparent)" },
  ".cm-selectionBackground, &.cm-focused .cm-scroller .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "var(--flow-soft)",
  },
  ".cm-shown": { backgroundColor: "var(--nat-soft)", boxShadow: "inset 3px 0 0 var(--nat)" },
  ".cm-lintRange-error": { backgroundImage: "none", textDecoration: "underline wavy var(--drop)", textUnderlineOffset: "3px" },
  ".cm-lintRange-warning": { backgroundImage: "none", textDecoration: "underline wavy var(--wrap)", textUnderlineOffset: "3px" },
  ".cm-lintRange-info": { backgroundImage: "none", textDecoration: "underline dotted var(--ink-3)", textUnderlineOffset: "3px" },
  ".cm-tooltip": {
    backgroundColor: "var(--card)",
    border: "1px solid var(--line-strong)",
    borderRadius: "8px",
    boxShadow: "var(--shadow)",
    color: "var(--ink)",
    maxWidth: "34rem",
  },
  ".cm-diagnostic": { padding: "6px 10px", borderLeft: "none", fontFamily: "var(--mono)", fontSize: "0.78rem", whiteSpace: "pre-wrap" },
  ".cm-diagnostic-hint": { display: "block", marginTop: "3px", color: "var(--ink-2)", fontFamily: "var(--ui)" },
  ".cm-panels": { backgroundColor: "var(--card)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-textfield, .cm-button": { background: "var(--card)", color: "var(--ink)", border: "1px solid var(--line)", borderRadius: "6px" },
  ".cm-searchMatch": { backgroundColor: "var(--wrap-soft)" },
  ".cm-matchingBracket": { backgroundColor: "var(--flow-soft) !important" },
});

/** The lines that caused something, marked until the text changes. */
const show = StateEffect.define();
const shown = StateField.define({
  create: () => Decoration.none,
  update(marks, transaction) {
    if (transaction.docChanged) marks = Decoration.none;
    for (const effect of transaction.effects) if (effect.is(show)) marks = effect.value;
    return marks;
  },
  provide: (field) => EditorView.decorations.from(field),
});
const shownLine = Decoration.line({ class: "cm-shown" });

export function create(parent, { text = "", onChange = () => {}, ariaLabel = "Editor" } = {}) {
  const extensions = [
    lineNumbers(),
    history(),
    drawSelection(),
    indentOnInput(),
    indentUnit.of("  "),
    bracketMatching(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    highlightSelectionMatches(),
    yaml(),
    syntaxHighlighting(colours),
    look,
    shown,
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ "aria-label": ariaLabel, spellcheck: "false", autocapitalize: "off" }),
    keymap.of([...keys, ...historyKeymap, ...searchKeymap, ...lintKeymap, indentWithTab]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
  const fresh = (doc) => EditorState.create({ doc, extensions });
  const view = new EditorView({ parent, state: fresh(text) });
  const within = (place) => Math.max(0, Math.min(place, view.state.doc.length));

  return {
    setText(text) {
      if (text !== view.state.doc.toString()) view.setState(fresh(text));
    },
    setDiagnostics(list) {
      const found = list.map(({ from, to, severity, message, hint }) => {
        const start = within(from);
        // An empty range has nothing to underline: take the rest of its line.
        const end = Math.max(within(to), Math.min(start + 1, view.state.doc.length));
        return { from: start, to: end, severity, message, renderMessage: () => words(message, hint) };
      });
      view.dispatch(setDiagnostics(view.state, found));
    },
    select(from, to) {
      const [first, last] = [view.state.doc.lineAt(within(from)), view.state.doc.lineAt(within(Math.max(from, to - 1)))];
      const lines = [];
      for (let number = first.number; number <= last.number; number++) lines.push(shownLine.range(view.state.doc.line(number).from));
      view.dispatch({
        selection: { anchor: first.from },
        effects: [show.of(Decoration.set(lines)), EditorView.scrollIntoView(first.from, { y: "center" })],
      });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

function words(message, hint) {
  const node = document.createElement("span");
  node.textContent = message;
  if (hint) {
    const advice = document.createElement("span");
    advice.className = "cm-diagnostic-hint";
    advice.textContent = hint;
    node.append(advice);
  }
  return node;
}
