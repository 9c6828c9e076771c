// The engine's thread. It imports the page's own glue and receives the page's own compiled module, so the engine is
// downloaded and compiled once; Rust's `main` sees that it runs in a worker and listens for messages.
//
// Messages that arrive before the engine listens are kept and handed over in order.

// `Podhop.schema(name)` is the text of `schema/NAME.json`, read at once: the engine answers one command after another.

import init from "./app.js";
import * as later from "./later.js";

globalThis.Podhop = {
  later: later.load,
  schema(name) {
    const request = new XMLHttpRequest();
    request.open("GET", new URL(`./schema/${name}.json`, import.meta.url), false);
    try {
      request.send();
    } catch {
      // Without a network there are no descriptions.
      return undefined;
    }
    return request.status === 200 ? request.responseText : undefined;
  },
};

const early = [];
const keep = async (event) => {
  if (!event.data?.podhopModule) {
    early.push(event.data);
    return;
  }
  try {
    later.started(event.data.podhopModule);
    await init({ module_or_path: event.data.podhopModule });
  } catch (error) {
    // Reaches the page as the worker's `error` event.
    reportError(error);
    return;
  }
  removeEventListener("message", keep);
  for (const data of early) dispatchEvent(new MessageEvent("message", { data }));
};
addEventListener("message", keep);
addEventListener("message", (event) => {
  if (event.data?.podhopLater) later.arrived(event.data.podhopLater);
});
