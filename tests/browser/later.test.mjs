// The part of the engine that is loaded when the page has opened: the opening does without it, whoever needs it early
// waits for it, and when it cannot be had the page says so.

import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { open } from "./harness.mjs";
import { editor, pods, send, trace, type } from "./page.mjs";
import { dist } from "./server.mjs";

// A debug build is in one piece.
const inParts = (await readdir(dist)).some((name) => name.startsWith("later-"));
const skip = inParts ? false : "the engine is in one piece";

/** Opens the page; `download` and `atOnce` say what becomes of the two ways to load the later part. */
async function opened(t, download, atOnce) {
  const asked = [];
  const before = (page) =>
    page.route("**/later-*.wasm", (route) => {
      const way = route.request().resourceType() === "xhr" ? atOnce : download;
      asked.push(way);
      return way === "never" ? route.abort("aborted") : route.continue();
    });
  const page = await open(t, { before });
  await pods(page, "frontend").waitFor();
  return { page, asked };
}

test("opening, sending and applying do without the download of the later part", { skip }, async (t) => {
  const { page, asked } = await opened(t, "never", "at once");
  await send(page).click();
  await trace(page).getByText(/^200 OK from/).waitFor();
  await editor(page).click();
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => document.querySelector(".said")?.textContent.includes("unchanged"));
  // The guess is only as good as the walk through the opening was: a wrong one costs time and nothing else.
  t.diagnostic(asked.includes("at once") ? "the opening waited for the later part" : "it needed nothing of it");
});

test("who needs the later part early waits for it", { skip }, async (t) => {
  const { page, asked } = await opened(t, "never", "at once");
  await type(page, "kubectl describe service web-service");
  await page.locator(".xterm-rows").getByText("10.96.15.20").first().waitFor();
  assert.ok(asked.includes("at once"));
});

test("a later part that cannot be loaded is told", { skip }, async (t) => {
  const { page, asked } = await opened(t, "never", "at once");
  if (asked.includes("at once")) return t.skip("the opening has loaded it already");
  await page.unroute("**/later-*.wasm");
  await page.route("**/later-*.wasm", (route) => route.abort("aborted"));
  page.podhop.allow(/later-|could not load the rest/);
  await type(page, "kubectl describe service web-service");
  await page.getByText(/could not load the rest of its engine/).first().waitFor();
});
