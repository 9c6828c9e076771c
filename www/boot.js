// Starts the page. `globalThis.Podhop` is all that Rust needs from JavaScript; each part is loaded when first asked for:
//
//   Podhop.startEngine()   → Worker: the engine, running the same wasm module as the page (downloaded and compiled once)
//   Podhop.later(exports)  → puts the functions in their places that the opening does not need (see later.js)
//   await Podhop.editor()  → the module `vendor/editor.js` (see src/editor.js)
//   await Podhop.readFiles(event) → the files of a drop (see src/files.js)
//   await Podhop.share()   → the module `share.js`
//   await Podhop.lessons() → the module `lessons.js`
//   await Podhop.terminal() → the module `vendor/terminal.js` (see src/terminal.js)

import init from "./app.js";
import * as later from "./later.js";

// How long the opened page has the line to itself, in milliseconds.
const AFTER_OPENING = 500;

const compiled = WebAssembly.compileStreaming(fetch(new URL("./app_bg.wasm", import.meta.url)));

globalThis.Podhop = {
  startEngine() {
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "podhop-engine" });
    // The worker keeps messages that arrive before its engine runs, so nothing has to wait for this one.
    compiled.then((module) => worker.postMessage({ podhopModule: module }));
    // The engine's first answer is the cluster on the map.
    const opened = async () => {
      await new Promise((done) => setTimeout(done, AFTER_OPENING));
      worker.postMessage({ podhopLater: await later.download() });
    };
    worker.addEventListener("message", opened, { once: true });
    return worker;
  },
  later: later.load,
  editor: () => import("./vendor/editor.js"),
  // The event's files are gone once it is over, so they are taken before the module is there.
  async readFiles(event) {
    const dataTransfer = { files: [...(event.dataTransfer?.files ?? [])] };
    return (await import("./vendor/files.js")).read({ dataTransfer });
  },
  terminal: () => import("./vendor/terminal.js"),
  share: () => import("./share.js"),
  lessons: () => import("./lessons.js"),
};

try {
  const module = await compiled;
  later.started(module);
  await init({ module_or_path: module });
} catch (error) {
  const text = document.querySelector(".loading-text");
  if (text) text.textContent = "Podhop could not start. Please reload the page, or try another browser.";
  throw error;
}
