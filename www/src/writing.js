// What the editor needs only once somebody writes in it: completion, closing brackets, search. Loaded at the first focus.
//
//   writing(complete) → extensions; `complete` as in editor.js

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { keymap } from "@codemirror/view";
import { description } from "./schema.js";

export function writing(complete) {
  return [
    keymap.of([...closeBracketsKeymap, ...completionKeymap, ...searchKeymap]),
    closeBrackets(),
    highlightSelectionMatches(),
    search({ top: true }),
    complete ? autocompletion({ override: [(context) => completions(context, complete)], icons: false }) : [],
  ];
}

async function completions(context, complete) {
  // Only where a word is being written, or where completion was asked for.
  if (!context.explicit && !context.matchBefore(/[\w.\-/"]+$/)) return null;
  const found = await complete(context.state.doc.toString(), context.pos);
  if (!found || found.options.length === 0) return null;
  const options = found.options.map((option, place) => ({
    ...option,
    // The engine's order: required fields first.
    boost: -place / 10,
    info: option.owner ? () => info(option) : undefined,
  }));
  return { from: found.from, options, validFor: /^[\w.\-/]*$/ };
}

async function info({ owner, field }) {
  const text = await description(owner, field);
  if (!text) return null;
  const shown = document.createElement("div");
  shown.textContent = text;
  return shown;
}
