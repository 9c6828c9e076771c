// What the page costs in a real Chromium: `cargo xtask bench --browser`. It reports and judges nothing; the machine's own
// speed is told by a fixed piece of work, so that two runs on two machines can be compared.

import { test } from "node:test";
import { open } from "./harness.mjs";

const rows = [];
const ms = (value) => `${value.toFixed(value < 10 ? 1 : 0)} ms`;
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const report = (name, figure) => rows.push([name, figure]);
const pods = (page, name) => page.getByRole("button", { name: new RegExp(`Pod.* ${name}|${name}`) });

/** Two hundred Pods behind the Service. */
async function crowded(page) {
  await pods(page, "frontend").first().waitFor();
  await page.locator(".xterm").click();
  await page.keyboard.type("kubectl scale deployment web-app --replicas=190\n");
  await page.waitForFunction(
    () => [...document.querySelectorAll('[aria-label*="web-app"]')].some((it) => /\b\d{2,} (Pods|endpoints)/.test(it.ariaLabel)),
    null,
    { timeout: 120_000 },
  );
}

/** The times between frames while the page is as it is, in milliseconds. */
const frames = (page, time) =>
  page.evaluate(
    (time) =>
      new Promise((done) => {
        const gaps = [];
        const begun = performance.now();
        let last = begun;
        requestAnimationFrame(function frame(now) {
          gaps.push(now - last);
          last = now;
          if (now - begun < time) requestAnimationFrame(frame);
          else done(gaps.slice(1));
        });
      }),
    time,
  );

test("the machine", { timeout: 60_000 }, async (t) => {
  const page = await open(t, { wait: false });
  const work = await page.evaluate(() => {
    const begun = performance.now();
    let sum = 0;
    for (let n = 0; n < 2e8; n++) sum = (sum * 31 + n) | 0;
    return [performance.now() - begun, sum];
  });
  report("a fixed piece of work (2·10⁸ steps of a loop)", ms(work[0]));
});

test("interactive after load", { timeout: 120_000 }, async (t) => {
  const times = [];
  for (let run = 0; run < 3; run++) {
    const begun = performance.now();
    const page = await open(t, { wait: false });
    await page.getByRole("button", { name: "Send", exact: true, disabled: false }).waitFor();
    times.push(performance.now() - begun);
    await page.close();
  }
  report("interactive after load, in a fresh profile", ms(median(times)));
});

test("a key to its diagnostics on 500 lines", { timeout: 180_000 }, async (t) => {
  const page = await open(t);
  const editor = page.locator(".cm-content").first();
  await editor.waitFor();
  const one = (n) => `apiVersion: v1\nkind: Service\nmetadata:\n  name: service-${n}\nspec:\n  selector:\n    app: web-app\n  ports:\n    - port: 80\n`;
  const lines = Array.from({ length: 50 }, (_, n) => one(n)).join("---\n");
  await editor.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(lines);
  await page.keyboard.press("Control+End");
  const problems = page.getByRole("list", { name: "Problems" }).getByRole("button");
  await problems.first().waitFor({ state: "detached" });
  const times = [];
  for (let run = 0; run < 5; run++) {
    const took = page.evaluate(
      () =>
        new Promise((done) => {
          let begun;
          addEventListener("keydown", () => (begun = performance.now()), { once: true, capture: true });
          new MutationObserver((_, observer) => {
            if (!document.querySelector('[aria-label="Problems"] button')) return;
            observer.disconnect();
            done(performance.now() - begun);
          }).observe(document.body, { subtree: true, childList: true });
        }),
    );
    await page.waitForTimeout(300);
    await page.keyboard.press("x");
    times.push(await took);
    await page.keyboard.press("Backspace");
    await problems.first().waitFor({ state: "detached" });
  }
  report("a key to its diagnostics on 500 lines", ms(median(times)));
});

test("one step of the playhead, and frames", { timeout: 400_000 }, async (t) => {
  const page = await open(t);
  await crowded(page);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("complementary", { name: "Trace" }).getByText(/^200 OK from/).waitFor();
  await page.locator("body").press("Home");
  const steps = await page.evaluate(async () => {
    const times = [];
    for (let step = 0; step < 40; step++) {
      const begun = performance.now();
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
      // The next frame, and the task after it: by then the step is painted.
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      times.push(performance.now() - begun);
    }
    return times;
  });
  report("one step of the playhead at 200 Pods, painted", `${ms(median(steps))} (the slowest ${ms(Math.max(...steps))})`);

  const idle = await frames(page, 2000);
  await page.getByRole("button", { name: "Keep sending" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".mote:not(.away)").length >= 20, null, { timeout: 60_000 }).catch(() => {});
  const moving = await page.locator(".mote:not(.away)").count();
  const busy = await frames(page, 5000);
  await page.getByRole("button", { name: "Stop traffic" }).click();
  const rate = (gaps) => (1000 * gaps.length) / gaps.reduce((sum, gap) => sum + gap, 0);
  report("frames a second at 200 Pods, nothing moving", rate(idle).toFixed(0));
  report(`frames a second at 200 Pods, ${moving} packets moving`, `${rate(busy).toFixed(0)} (the longest gap ${ms(Math.max(...busy))})`);
});

test("the report", () => {
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  for (const [name, figure] of rows) console.log(name.padEnd(width) + figure);
});
