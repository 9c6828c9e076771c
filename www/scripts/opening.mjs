// Walks through the opening of the page in `dist/`, whose wasm notes which of its points are reached (`split note`),
// and prints their numbers. The opening is: the map is drawn, the editor takes a change, and a request is sent; the page
// is left and comes back; and the same on a phone and on slower machines, as far as it is drawn.

import { launch } from "../../tests/browser/chromium.mjs";
import { serve } from "../../tests/browser/server.mjs";

/** The numbers of the points that one thread has reached so far; each has a byte in memory that tells. */
async function reached(root) {
  const { default: init } = await import(`${root}app.js`);
  const { memory, notesAt, noteCount } = await init();
  const notes = new Uint8Array(memory.buffer, notesAt.value, noteCount.value);
  return Array.from(notes.keys()).filter((number) => notes[number] !== 0);
}

/** What a first visitor does, and what every page hears sooner or later. */
async function walk(page) {
  const trace = page.getByRole("complementary", { name: "Trace" });
  const editor = page.locator(".cm-content").first();
  await stands(page);
  await page.mouse.move(300, 300);
  await page.mouse.move(900, 400, { steps: 20 });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await trace.getByText(/^200 OK from/).waitFor();
  const changed = (await editor.innerText()).replace("replicas: 3", "replicas: 5");
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(changed);
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => document.querySelectorAll('[aria-label^="Pod web-app"]').length === 5);
  await page.keyboard.press("Control+Enter");
  // The change and the packets have moved to their places.
  await page.waitForTimeout(3000);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.evaluate(() => {
    for (const hidden of [true, false]) {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }
  });
}

/** Waits until the map is drawn, the editor stands, and the page has done what it does by itself. */
async function stands(page) {
  await page.getByRole("button", { name: /^Pod frontend/ }).waitFor();
  await page.locator(".cm-content").first().waitFor();
  await page.waitForTimeout(1000);
}

// Some at another speed than the engine's thread, for on every machine something else comes first.
const OPENINGS = [
  { size: [1440, 900], colorScheme: "light", slower: 1, does: walk },
  { size: [390, 844], colorScheme: "dark", slower: 1, does: stands },
  { size: [1280, 720], colorScheme: "light", slower: 3, does: walk },
  { size: [1920, 1080], colorScheme: "dark", slower: 6, does: stands },
];

const [server, browser] = await Promise.all([serve(), launch()]);
try {
  const all = new Set();
  const note = async (page) => {
    for (const thread of [page, ...page.workers()]) {
      for (const number of await thread.evaluate(reached, server.address)) all.add(number);
    }
  };
  await Promise.all(
    OPENINGS.map(async ({ size: [width, height], colorScheme, slower, does }) => {
      const page = await browser.newPage({ viewport: { width, height }, colorScheme });
      page.setDefaultTimeout(60_000);
      const session = await page.context().newCDPSession(page);
      await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
      await page.goto(server.address);
      await does(page);
      await note(page);
      // Who comes back finds the files as they were left.
      await page.reload();
      await stands(page);
      await note(page);
      await page.close();
    }),
  );
  console.log([...all].sort((a, b) => a - b).join("\n"));
} finally {
  await Promise.all([browser.close(), server.close()]);
}
