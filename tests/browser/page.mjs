// The page as a person finds it: where things are, by role and label, and what is done with them.

import assert from "node:assert/strict";
import { open } from "./harness.mjs";

export const pods = (page, name) => page.getByRole("button", { name: new RegExp(`^Pod ${name}`) });
export const editor = (page) => page.getByRole("textbox", { name: "Manifest, YAML" });
export const status = (page) => page.getByRole("status", { name: "What the cluster said" });
export const trace = (page) => page.getByRole("complementary", { name: "Trace" });
export const slider = (page) => page.getByRole("slider", { name: "Step" });
export const step = (page) => trace(page).locator('[aria-current="step"]');
export const send = (page) => page.getByRole("button", { name: "Send", exact: true });
export const requests = (page) => page.getByRole("combobox", { name: "Requests made" });

export const palette = (page) => page.getByRole("dialog", { name: "Everything that can be done" });

/** Opens the palette; its field has the focus. */
export async function openPalette(page) {
  await page.locator("body").press("Control+k");
  await palette(page).getByRole("combobox", { name: "Find an action" }).and(page.locator(":focus")).waitFor();
}

/** Does what the palette's first line does, once a text is typed. */
export async function choose(page, text) {
  await openPalette(page);
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
  await palette(page).waitFor({ state: "detached" });
}

/** The page of test `t`, once its cluster is drawn and its editor can be written in. */
export async function started(t, options) {
  const page = await open(t, options);
  await pods(page, "frontend").waitFor();
  await editor(page).waitFor();
  return page;
}

/** What `read` comes to is what `check` asserts, now or within twenty seconds: the page answers when it has worked. */
export async function eventually(read, check) {
  for (const end = Date.now() + 20_000; ; await new Promise((done) => setTimeout(done, 50))) {
    try {
      return check(await read());
    } catch (wrong) {
      if (!(wrong instanceof assert.AssertionError) || Date.now() > end) throw wrong;
    }
  }
}

/** `read` comes to `expected`. */
export const becomes = (read, expected, message) => eventually(read, (now) => assert.deepEqual(now, expected, message));

/** So many elements are found. */
export const count = (locator, expected) => becomes(() => locator.count(), expected);

/** An element's text comes to match. */
export const reads = (locator, pattern) => eventually(() => locator.innerText(), (text) => assert.match(text, pattern));

/** The position of the playhead. */
export const position = async (page) => Number(await slider(page).getAttribute("aria-valuenow"));

/** The last position the playhead can take. */
export const last = async (page) => Number(await slider(page).getAttribute("aria-valuemax"));

/** Nothing sticks out to the side. */
export const fits = (page) => becomes(() => page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);

/** The page has written to storage what it keeps of the session: it writes a moment after the last change. */
export async function kept(page) {
  const read = () => page.evaluate(() => localStorage.getItem("podhop.session"));
  for (let now, before = ""; (now = await read()) === null || now !== before; before = now) await page.waitForTimeout(700);
}

/** The request in the form is sent, answered, and stands at its first step. */
export async function sent(page) {
  await send(page).click();
  await trace(page).getByText(/^200 OK from/).waitFor();
  await goTo(page, 1);
}

/** The playhead goes to a step, counted from 1, by keys, and stands there. */
export async function goTo(page, step) {
  // A key that comes before the request is on show does nothing, so it is pressed until it does.
  const home = async () => {
    await page.locator("body").press("Home");
    return position(page);
  };
  await becomes(home, 1);
  await page.getByRole("button", { name: /^Play/ }).waitFor();
  for (let at = 1; at < step; at++) {
    await page.locator("body").press("ArrowRight");
    await becomes(() => position(page), at + 1);
  }
}

/** A text takes the place of the editor's. */
export async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** A text takes the place of the editor's, and is applied. */
export async function apply(page, text) {
  await write(page, text);
  await page.keyboard.press("Control+Enter");
}

/** A line is typed in the terminal, opened before where it rests. */
export async function type(page, line) {
  const rest = page.getByRole("button", { name: "Open the terminal" });
  const terminal = page.getByRole("textbox", { name: "Terminal" });
  // It opens by itself too once the page has come to rest.
  if (await rest.isVisible()) await rest.press("Enter", { timeout: 2_000 }).catch(() => {});
  await terminal.waitFor({ state: "attached" });
  await terminal.focus();
  await page.keyboard.type(`${line}\n`);
}
