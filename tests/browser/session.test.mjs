// A session is kept: by reload, by link, and when the browser keeps nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, open } from "./harness.mjs";
import { becomes, choose, count, editor, goTo, kept, pods, reads, sent, started, step, trace } from "./page.mjs";

const hash = (page) => page.evaluate(() => location.hash);

/** Does a few things and stops at a step in the middle. */
async function used(page) {
  await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).click();
  await page.getByRole("button", { name: "Delete Pod" }).click();
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  await sent(page);
  await goTo(page, 6);
  return step(page).innerText();
}

async function shared(page) {
  await page.locator("body").press("Control+s");
  await page.getByRole("alert").getByText(/The link is copied/).waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(link, /#v1\/[\w-]+$/);
  return link.slice(link.indexOf("#"));
}

test("a session survives a reload, down to the step on show", async (t) => {
  const page = await started(t);
  const at = await used(page);
  await kept(page);
  await page.reload();
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  await trace(page).getByText(/^200 OK from/).waitFor();
  await becomes(() => step(page).innerText(), at);
  await page.getByRole("button", { name: /^undo: delete/ }).waitFor();
});

test("a link restores the session elsewhere, and survives a reload there", async (t) => {
  const page = await started(t);
  const at = await used(page);
  const link = await shared(page);
  const other = await open(t, { path: link });
  for (let times = 0; times < 2; times++) {
    await other.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
    await trace(other).getByText(/^200 OK from/).waitFor();
    await becomes(() => step(other).innerText(), at);
    await becomes(() => hash(other), link);
    await kept(other);
    await other.reload();
  }
  await keep(other, "shared");
});

test("what was done after a link was opened survives a reload too", async (t) => {
  const page = await started(t);
  await used(page);
  const link = await shared(page);
  const other = await open(t, { path: link });
  await other.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  await other.getByRole("button", { name: "Break something" }).click();
  await other.getByRole("menuitem", { name: "stop CoreDNS" }).click();
  const row = other.getByRole("list", { name: "Broken now" });
  await row.getByText("CoreDNS is stopped").waitFor();
  await kept(other);
  await other.reload();
  await row.getByText("CoreDNS is stopped").waitFor();
});

test("opening a link does not lose one's own session", async (t) => {
  const page = await started(t);
  const link = await shared(page);
  await used(page);
  await kept(page);
  await page.evaluate(() => localStorage.removeItem("podhop.link"));
  await page.evaluate((link) => (location.hash = `${link}`), "#");
  await page.evaluate((link) => (location.hash = link), link);
  await page.getByRole("alert").getByText(/was here before is kept/).waitFor();
  await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).waitFor();
  await choose(page, "my own");
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
});

test("links that cannot be read say why, and the page starts as usual", async (t) => {
  const page = await started(t);
  const link = await shared(page);
  const damaged = link.slice(0, 40) + (link[40] === "A" ? "B" : "A") + link.slice(41);
  for (const [bad, words] of [
    ["#v2/abc", /another version of Podhop/],
    [link.slice(0, -30), /its end was cut off|damaged/],
    [damaged, /damaged|cut off/],
    ["#v1/!!!", /damaged/],
  ]) {
    const other = await open(t, { path: bad });
    await other.getByRole("alert").getByText(words).waitFor();
    await pods(other, "frontend").waitFor();
    await count(pods(other, "web-app"), 3);
  }
});

test("a very long link warns", async (t) => {
  const page = await started(t);
  await editor(page).click();
  const noise = await page.evaluate(() =>
    Array.from(crypto.getRandomValues(new Uint8Array(9000)), (byte) => byte.toString(16).padStart(2, "0")).join(""),
  );
  await page.keyboard.press("Control+End");
  await page.keyboard.insertText(`\n# ${noise}`);
  await page.locator("body").click({ position: { x: 700, y: 4 } });
  await page.getByRole("button", { name: "Share" }).click();
  await page.getByRole("alert").getByText(/characters long: some mail and chat programs cut it/).waitFor();
});

for (const [how, stub] of [
  ["full", () => (Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); })],
  ["forbidden", () => Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } })],
]) {
  test(`a ${how} storage is said, and loses nothing`, async (t) => {
    const page = await open(t);
    await page.addInitScript(stub);
    await page.reload();
    await page.getByRole("alert").getByText(/keeps nothing for Podhop/).waitFor();
    await page.getByRole("alert").getByRole("button", { name: "Close" }).click();
    await editor(page).waitFor();
    await editor(page).click();
    await page.keyboard.press("Control+End");
    await page.keyboard.insertText("\n# mine");
    await used(page);
    await reads(editor(page), /# mine/);
    await count(page.getByRole("alert"), 0);
    const link = await shared(page);
    const other = await open(t, { path: link });
    await other.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
    await reads(editor(other), /# mine/);
  });
}

test("a session that breaks the engine does not keep the page from starting", async (t) => {
  const page = await open(t);
  await page.addInitScript(() => {
    const Plain = Worker;
    window.engines = [];
    window.Worker = class extends Plain {
      constructor(...options) {
        super(...options);
        window.engines.push(this);
      }
      postMessage(message, ...more) {
        // The first engine breaks while it repeats the session, the first thing it is asked for.
        const first = window.engines[0] === this && message instanceof Uint8Array && !this.broken;
        if (!first) return super.postMessage(message, ...more);
        this.broken = true;
        setTimeout(() => this.dispatchEvent(new ErrorEvent("error", { message: "on purpose", cancelable: true })), 0);
      }
    };
  });
  await pods(page, "frontend").waitFor();
  await kept(page);
  await page.reload();
  await page.getByRole("alert").getByText(/stopped while it repeated/).waitFor();
  await pods(page, "frontend").waitFor();
});
