// Packets in motion: playing, filtering, looking back, steady traffic, and rest.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, open } from "./harness.mjs";
import { becomes, count, eventually, last, pods, position, reads, requests, send, sent, slider, started, step, trace, type } from "./page.mjs";

/** Counts what asks for time from now on. */
const watch = (page) =>
  page.addInitScript(() => {
    window.asked = { frames: 0, timers: 0 };
    for (const [name, kind] of [["requestAnimationFrame", "frames"], ["setTimeout", "timers"], ["setInterval", "timers"]]) {
      const real = window[name].bind(window);
      window[name] = (...rest) => (window.asked[kind]++, real(...rest));
    }
  });

test("the opening request is played in the time of a lesson", async (t) => {
  const page = await started(t);
  const begun = Date.now();
  await send(page).click();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  await page.getByRole("button", { name: /^Play/ }).waitFor({ timeout: 40_000 });
  await becomes(() => position(page), await last(page));
  t.diagnostic(`played in ${((Date.now() - begun) / 1000).toFixed(1)} s`);
});

test("the loop begins again", async (t) => {
  const page = await started(t);
  await sent(page);
  const loop = page.getByRole("button", { name: "Loop" });
  await loop.click();
  await becomes(() => loop.getAttribute("aria-pressed"), "true");
  await page.getByRole("combobox", { name: "Speed" }).selectOption("4");
  await slider(page).focus();
  const { x, y, width } = await slider(page).boundingBox();
  await page.mouse.click(x + width * 0.98, y + 12);
  await eventually(() => position(page), (now) => assert.ok(now > 50));
  await page.getByRole("button", { name: /^Play/ }).click();
  await page.waitForFunction(() => Number(document.querySelector('[role="slider"][aria-label="Step"]').ariaValueNow) < 50);
  await page.getByRole("button", { name: /^Pause/ }).click();
});

test("one protocol is played and listed", async (t) => {
  const page = await started(t);
  await sent(page);
  const filter = page.getByRole("combobox", { name: "Packets shown" });
  await becomes(() => filter.locator("option").allInnerTexts(), ["all packets", "DNS", "TCP", "HTTP"]);
  const all = await last(page);
  await filter.selectOption("HTTP");
  const rows = trace(page).getByRole("list", { name: "Steps" }).locator(".flight-row");
  await becomes(() => rows.locator(".what").allInnerTexts(), ["GET /", "200 OK"]);
  await eventually(() => last(page), (now) => assert.ok(now < all));
  await page.locator("body").press("End");
  await reads(step(page), /delivered/);
  await filter.selectOption("all packets");
  await becomes(() => last(page), all);
});

test("the step that decided is found at once", async (t) => {
  const page = await started(t);
  await sent(page);
  await page.getByRole("button", { name: "Show the step that decided" }).click();
  await reads(step(page), /destination translated/);
  await becomes(() => page.locator(".sign .old").textContent(), "10.96.15.20:80");
});

test("an earlier request is looked at again, and says that it is past", async (t) => {
  const page = await started(t);
  await sent(page);
  const badge = page.getByRole("note");
  await becomes(() => badge.innerText(), "live");
  const menu = requests(page);
  await page.getByLabel("to", { exact: true }).fill("http://no-such-service");
  await send(page).click();
  await trace(page).getByText(/did not resolve/).waitFor();
  await count(menu.locator("option"), 2);
  await menu.selectOption({ index: 1 });
  await becomes(() => badge.innerText(), "past");
  await trace(page).getByText(/^200 OK from/).waitFor();
  await menu.selectOption({ index: 0 });
  await becomes(() => badge.innerText(), "live");
});

test("steady traffic is counted by who answers, follows the cluster, and stops", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: "Keep sending" }).click();
  const tally = page.getByRole("list", { name: "Answers so far" });
  await tally.getByText(/^web-app-.*%/).first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll(".mote:not(.away)").length >= 3);
  await keep(page, "traffic");
  await type(page, "kubectl scale deployment web-app --replicas=0");
  await tally.getByText(/connection refused \d+/).waitFor();
  const stop = page.getByRole("button", { name: "Stop traffic" });
  await stop.click();
  await page.getByRole("button", { name: "Keep sending" }).waitFor();
  await page.waitForTimeout(1500);
  const before = await tally.innerText();
  await page.waitForTimeout(1500);
  assert.equal(await tally.innerText(), before, "nothing is sent after the stop");
  await page.waitForFunction(() => document.querySelectorAll(".mote:not(.away)").length === 0, null, { timeout: 20_000 });
  assert.ok((await requests(page).locator("option").count()) <= 41);
});

test("steady traffic rests while the page is hidden", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: "Keep sending" }).click();
  const sum = page.getByRole("list", { name: "Answers so far" }).getByText(/^\d+ sent$/);
  await sum.waitFor();
  const hide = (hidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await hide(true);
  await page.waitForTimeout(1000);
  const before = await sum.innerText();
  await page.waitForTimeout(1500);
  assert.equal(await sum.innerText(), before);
  await hide(false);
  await page.waitForFunction((before) => document.querySelector(".tally .sum").textContent !== before, before);
});

test("nothing asks for time while nothing moves", async (t) => {
  const page = await open(t);
  await watch(page);
  await page.reload();
  await pods(page, "frontend").waitFor();
  await sent(page);
  // What was under way comes to its end.
  await page.waitForTimeout(2500);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((it) => it.name === "TaskDuration").value;
  };
  await page.evaluate(() => (window.asked = { frames: 0, timers: 0 }));
  const before = await busy();
  await page.waitForTimeout(4000);
  const used = (await busy()) - before;
  assert.deepEqual(await page.evaluate(() => window.asked), { frames: 0, timers: 0 });
  t.diagnostic(`the page's thread was busy for ${(used * 1000).toFixed(1)} ms of 4 s`);
});

test("with reduced motion the packet steps from place to place", async (t) => {
  const page = await started(t, { reducedMotion: "reduce" });
  await send(page).click();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  // As many places as steps, at most: nothing between them.
  const seen = await page.evaluate(
    () =>
      new Promise((done) => {
        const places = new Set();
        const begun = performance.now();
        const first = Number(document.querySelector('[role="slider"][aria-label="Step"]').ariaValueNow);
        requestAnimationFrame(function frame(now) {
          places.add(document.querySelector(".packet").getAttribute("transform"));
          const step = Number(document.querySelector('[role="slider"][aria-label="Step"]').ariaValueNow);
          if (now - begun < 3000) requestAnimationFrame(frame);
          else done({ places: places.size, steps: step - first + 2 });
        });
      }),
  );
  assert.ok(seen.places > 1 && seen.places <= seen.steps, JSON.stringify(seen));
});

test("on a phone the picture stays in view while the packet moves", async (t) => {
  const page = await started(t, { size: "phone" });
  await send(page).click();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  const before = await page.evaluate(() => scrollY);
  await page.waitForFunction(() => Number(document.querySelector('[role="slider"][aria-label="Step"]').ariaValueNow) > 20);
  assert.equal(await page.evaluate(() => scrollY), before);
});
