// The editor: CodeMirror 6 for YAML, in the page's colours. It edits and shows; what is wrong with the text, what could
// be completed and what a field means are the engine's answers.
//
//   create(parent, options) → editor
//     options  doc, readOnly, ariaLabel,
//              onChange(text), onCursor(offset), onApply(),
//              complete(text, offset), hover(text, offset)
//                → Promise<{ from, to, options: [{ label, detail, apply, owner, field }] } | null>
//                  what may stand there; what does stand there. `owner` and `field` are looked up in `schema/`.
//   editor.doc() · setDoc(text) · setReadOnly(on) · focus() · destroy()
//   editor.setDiagnostics([{ from, to, severity: "error" | "warning" | "info", message, hint?, source? }])
//   editor.selectRange(from, to)           selects, scrolls there and takes the focus
//   editor.highlightRanges([{ from, to }]) marks the lines that caused something; an empty list clears
//
// Every offset is counted in UTF-16 code units from the start of the text, with "\n" between lines, as JavaScript
// counts; Rust turns its byte offsets into these. An offset past the end means the end.
//
// Tab indents by two spaces. To leave the editor by key, press Escape and then Tab. Ctrl-Enter (⌘-Enter) applies.

import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { Annotation, Compartment, EditorState, Prec, StateEffect, StateField } from "@codemirror/state";
import { Decoration, drawSelection, EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { description } from "./schema.js";

/** Marks a change that the page made, which is not reported back to it. */
const fromPage = Annotation.define();
const setHighlights = StateEffect.define();
const causeLine = Decoration.line({ class: "cm-cause" });

const highlights = StateField.define({
  create: () => Decoration.none,
  update(lines, transaction) {
    let next = lines.map(transaction.changes);
    for (const effect of transaction.effects) if (effect.is(setHighlights)) next = effect.value;
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--flow, #09707b)" },
  { tag: [tags.string, tags.content], color: "var(--ink, #1f2430)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--reply, #6a55c9)" },
  { tag: [tags.comment, tags.lineComment], color: "var(--ink-3, #8b90a0)", fontStyle: "italic" },
  { tag: [tags.separator, tags.punctuation, tags.meta], color: "var(--ink-2, #596173)" },
]);

const look = EditorView.theme({
  "&": { height: "100%", color: "var(--ink)", backgroundColor: "var(--sunken)", fontSize: "0.8125rem" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono, ui-monospace, monospace)", lineHeight: "1.62" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-cursor": { borderLeftColor: "var(--ink)" },
  ".cm-gutters": { backgroundColor: "transparent", color: "var(--ink-3)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "color-mix(in srgb, var(--ink) 4%, transparent)" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground": {
    backgroundColor: "var(--flow-soft)",
  },
  ".cm-cause": { backgroundColor: "color-mix(in srgb, var(--nat) 16%, transparent)" },
  ".cm-tooltip, .cm-panels": { backgroundColor: "var(--card)", color: "var(--ink)", borderColor: "var(--line)" },
  ".cm-tooltip": { border: "1px solid var(--line)", borderRadius: "8px", maxWidth: "60ch" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { backgroundColor: "var(--flow-soft)", color: "var(--ink)" },
  ".cm-note": { padding: "8px 12px", maxHeight: "16em", overflow: "auto", fontFamily: "var(--ui)", lineHeight: "1.5" },
  ".cm-field": { fontFamily: "var(--mono)", fontWeight: "600" },
  ".cm-type": { marginLeft: "1ch", color: "var(--ink-2)", fontWeight: "400" },
  ".cm-description": { whiteSpace: "pre-wrap", marginTop: "2px" },
  ".cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)" },
  ".cm-tooltip.cm-completionInfo": {
    padding: "8px 12px",
    maxHeight: "16em",
    overflow: "auto",
    fontFamily: "var(--ui)",
    lineHeight: "1.5",
    whiteSpace: "pre-wrap",
  },
  ".cm-completionDetail": { color: "var(--ink-3)", fontStyle: "normal" },
  ".cm-hint": { display: "block", color: "var(--ink-2)", marginTop: "2px" },
});

export function create(parent, options = {}) {
  const { doc = "", readOnly = false, ariaLabel = "Manifests in YAML", onChange, onCursor, onApply, complete, hover } = options;
  const editable = new Compartment();
  const locked = (on) => [EditorState.readOnly.of(on), EditorView.editable.of(!on)];

  // Completion, search and brackets are needed only by somebody who writes.
  const writing = new Compartment();
  let loading;
  const load = () =>
    (loading ??= import("./writing.js").then((module) => {
      view.dispatch({ effects: writing.reconfigure(module.writing(complete)) });
    }));

  const apply = () => {
    onApply?.();
    return true;
  };
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc,
      extensions: [
        keymap.of([
          { key: "Mod-Enter", run: apply },
          ...defaultKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...lintKeymap,
          indentWithTab,
        ]),
        yaml(),
        indentUnit.of("  "),
        EditorState.tabSize.of(2),
        EditorState.lineSeparator.of("\n"),
        lineNumbers(),
        foldGutter(),
        lintGutter(),
        history(),
        drawSelection(),
        highlightActiveLine(),
        bracketMatching(),
        indentOnInput(),
        syntaxHighlighting(colours),
        look,
        highlights,
        editable.of(locked(readOnly)),
        EditorView.contentAttributes.of({ "aria-label": ariaLabel, spellcheck: "false" }),
        // In front of the keys above: the completion list takes Enter and the arrows while it is open.
        Prec.high(writing.of([])),
        EditorView.domEventHandlers({
          focus: () => void load(),
          pointerenter: () => void load(),
          // Files become tabs of the page; text is dropped into the text.
          drop: (event) => event.dataTransfer?.files.length > 0,
        }),
        hover ? hoverTooltip((view, offset) => note(view, offset, hover)) : [],
        EditorView.updateListener.of((update) => {
          const own = update.transactions.some((transaction) => transaction.annotation(fromPage));
          if (update.docChanged && !own) onChange?.(update.state.doc.toString());
          if (update.selectionSet) onCursor?.(update.state.selection.main.head);
        }),
      ],
    }),
  });

  const within = (offset) => Math.max(0, Math.min(offset, view.state.doc.length));
  return {
    doc: () => view.state.doc.toString(),
    setDoc(text) {
      if (text === view.state.doc.toString()) return;
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text }, annotations: fromPage.of(true) });
    },
    setReadOnly: (on) => view.dispatch({ effects: editable.reconfigure(locked(on)) }),
    setDiagnostics(found) {
      const shown = found.map(({ from, to, severity, message, hint, source }) => ({
        from: within(from),
        to: Math.max(within(from), within(to)),
        severity,
        message: hint ? `${message}\n${hint}` : message,
        source,
        renderMessage: () => withHint(message, hint),
      }));
      view.dispatch(setDiagnostics(view.state, shown));
    },
    selectRange(from, to) {
      const selection = { anchor: within(from), head: within(to) };
      view.dispatch({ selection, effects: EditorView.scrollIntoView(within(from), { y: "center" }) });
      view.focus();
    },
    highlightRanges(ranges) {
      const starts = new Set();
      for (const { from, to } of ranges) {
        const last = view.state.doc.lineAt(within(Math.max(from, to - 1))).number;
        for (let line = view.state.doc.lineAt(within(from)).number; line <= last; line++) {
          starts.add(view.state.doc.line(line).from);
        }
      }
      const lines = [...starts].sort((a, b) => a - b).map((start) => causeLine.range(start));
      const effects = [setHighlights.of(Decoration.set(lines))];
      if (lines.length > 0) effects.push(EditorView.scrollIntoView(lines[0].from, { y: "nearest", yMargin: 40 }));
      view.dispatch({ effects });
    },
    focus: () => view.focus(),
    destroy: () => view.destroy(),
  };
}

async function note(view, offset, hover) {
  const found = await hover(view.state.doc.toString(), offset);
  const [choice] = found?.options ?? [];
  if (!choice) return null;
  const text = await description(choice.owner, choice.field);
  return { pos: found.from, end: found.to, above: true, create: () => ({ dom: documented(choice, text) }) };
}

/** A field's name, its type and what it means. */
function documented({ label, detail }, text) {
  const shown = document.createElement("div");
  shown.className = "cm-note";
  const head = paragraph("cm-field", label);
  const type = document.createElement("span");
  type.className = "cm-type";
  type.textContent = detail;
  head.append(type);
  shown.append(head, paragraph("cm-description", text));
  return shown;
}

function withHint(message, hint) {
  const shown = paragraph("cm-message", message);
  if (hint) shown.append(paragraph("cm-hint", hint));
  return shown;
}

/** Text is set and never parsed: a message quotes what a person typed. */
function paragraph(name, text) {
  const element = document.createElement("div");
  element.className = name;
  element.textContent = text;
  return element;
}
