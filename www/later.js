// The code that the opening does not reach, in a wasm module of its own with the bytes of memory that it alone reads
// (crates/split says how they got there). The page downloads it when it has opened. Whoever calls one of its functions
// before that waits for it: the page and the engine's thread have memories of their own, and so each has this module,
// too, for itself.

const LOST = "Podhop could not load the rest of its engine. Check the connection and reload the page; your work is kept.";

let address;
let module;

/** Tells which module was started: it holds the name of its later part, or none when it is whole. */
export function started(first) {
  const [name] = WebAssembly.Module.customSections(first, "later");
  if (name) address = new URL(new TextDecoder().decode(name), import.meta.url);
}

/** Downloads the later part; what fails now is tried again when a function is called. */
export async function download() {
  if (address) module ??= await WebAssembly.compileStreaming(fetch(address)).catch(() => undefined);
  return module;
}

/** Takes the later part that another thread has downloaded. */
export function arrived(later) {
  module ??= later;
}

/** Puts the later functions in their places; Rust calls this in the middle of a call to one of them. */
export function load(exports) {
  try {
    module ??= new WebAssembly.Module(downloadNow());
    new WebAssembly.Instance(module, { first: exports });
  } catch (cause) {
    globalThis.document?.body.append(Object.assign(document.createElement("p"), { role: "alert", className: "lost", textContent: LOST }));
    throw new Error(LOST, { cause });
  }
}

/** The bytes, without going back to the event loop: a page may ask for them only as text. */
function downloadNow() {
  const request = new XMLHttpRequest();
  request.open("GET", address, false);
  request.overrideMimeType("text/plain; charset=x-user-defined");
  request.send();
  if (request.status !== 200) throw new Error(`${address} answered ${request.status}`);
  return Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0));
}
