// The harness of the browser tests: the built page in a real Chromium, which fails a test on any console error, page
// error, failed request or violation of the content security policy.
//
//   import { test } from "node:test";
//   import { open, shots } from "./harness.mjs";
//
//   test("a learner sends a request", async (t) => {
//     const page = await open(t);                        // or open(t, { size: "phone", theme: "dark", path: "?lesson=6" })
//     await page.getByRole("button", { name: "Send" }).click();
//     await shots(page, "sent");                         // sent-<size>-<theme>.png for three sizes in both themes
//   });
//
// `page` is a Playwright page: prefer role locators, which wait by themselves. `page.podhop.allow(/regex/)` forgives
// console errors that a test provokes on purpose.
//
// PODHOP_SLOW=6 makes the page's thread six times slower: what a test asserts too early fails then.

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { launch } from "./chromium.mjs";
import { serve } from "./server.mjs";

export const sizes = {
  laptop: { width: 1440, height: 900 },
  desktop: { width: 1920, height: 1080 },
  phone: { width: 390, height: 844 },
};
export const themes = ["light", "dark"];
export const screenshots = fileURLToPath(new URL("./screenshots", import.meta.url));

/** How many times slower than this machine the page runs. */
const slow = Number(process.env.PODHOP_SLOW ?? 1);

let started;

/** One server and one browser for all tests of a file. */
function start() {
  started ??= (async () => {
    const [server, browser] = await Promise.all([serve(), launch()]);
    return { server, browser };
  })();
  return started;
}

after(async () => {
  const { server, browser } = (await started?.catch(() => {})) ?? {};
  await browser?.close();
  await server?.close();
});

/**
 * Opens the built page for test `t`, in a browser profile of its own, and closes it when the test ends.
 * Waits until the page has replaced its loading sign, unless `wait` is false. `before` is given the page while it is
 * still empty.
 */
export async function open(t, { size = "laptop", theme = "light", path = "", reducedMotion = "no-preference", wait = true, before } = {}) {
  const { server, browser } = await start();
  const context = await browser.newContext({
    viewport: sizes[size],
    colorScheme: theme,
    reducedMotion,
    locale: "en-GB",
    timezoneId: "UTC",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  context.setDefaultTimeout(30_000);
  const page = await context.newPage();
  if (slow > 1) await (await context.newCDPSession(page)).send("Emulation.setCPUThrottlingRate", { rate: slow });
  const wrong = [];
  const allowed = [];
  page.podhop = { address: server.address, allow: (pattern) => allowed.push(pattern), wrong };

  page.on("console", (message) => {
    if (message.type() === "error") wrong.push(`console error: ${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => wrong.push(`page error: ${error.stack ?? error}`));
  page.on("requestfailed", (request) => {
    // Leaving or reloading the page cancels what is still under way; nothing is wrong with that.
    const reason = request.failure()?.errorText ?? "";
    if (reason !== "net::ERR_ABORTED") wrong.push(`failed request: ${request.url()} ${reason}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400) wrong.push(`${response.status()}: ${response.url()}`);
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => {
      console.error(`content security policy: ${event.violatedDirective} blocked ${event.blockedURI || event.sample}`);
    });
  });

  t.after(async () => {
    if (!t.passed) await keep(page, `failed-${t.name}`).catch(() => {});
    await context.close();
    assert.deepEqual(
      wrong.filter((line) => !allowed.some((pattern) => pattern.test(line))),
      [],
      "the page reported errors",
    );
  });

  await before?.(page);
  await page.goto(server.address + path);
  if (wait) await page.locator(".loading").waitFor({ state: "detached" });
  return page;
}

/** Keeps one picture of the page as it is, in `tests/browser/screenshots/`. */
export async function keep(page, name) {
  await mkdir(screenshots, { recursive: true });
  const file = join(screenshots, `${name.replaceAll(/[^\w.-]+/g, "-")}.png`);
  await page.screenshot({ path: file, animations: "disabled" });
  return file;
}

/** Keeps the page's present state in every size and both themes: `NAME-SIZE-THEME.png`. */
export async function shots(page, name) {
  const before = page.viewportSize();
  for (const theme of themes) {
    await page.emulateMedia({ colorScheme: theme });
    await page.evaluate((theme) => (document.documentElement.dataset.theme = theme), theme);
    for (const [size, viewport] of Object.entries(sizes)) {
      await page.setViewportSize(viewport);
      // Two frames, so that what follows the size (the map, the editor, the terminal) has settled.
      await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
      await keep(page, `${name}-${size}-${theme}`);
    }
  }
  await page.setViewportSize(before);
}
