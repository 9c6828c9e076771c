// What a learner does first, as a learner does it: by role and label, with keys, on the real page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, open, shots } from "./harness.mjs";

const editor = (page) => page.locator(".cm-content").first();
const status = (page) => page.getByRole("status", { name: "What the cluster said" });
const pods = (page, name) => page.getByRole("button", { name: new RegExp(`^Pod ${name}`) });

/** Opens the page and waits until the cluster runs and the editor stands. */
async function started(t, options) {
  const page = await open(t, options);
  await pods(page, "frontend").waitFor();
  await editor(page).waitFor();
  return page;
}

/** Puts a text in place of the editor's. */
async function write(page, text) {
  await editor(page).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

const applied = (page, text) => page.waitForFunction((text) => document.querySelector(".said")?.textContent.includes(text), text);

/** Waits until what is read is as it should be: the page draws a moment after a key. */
async function until(read, holds) {
  const end = Date.now() + 10_000;
  let now = await read();
  while (!holds(now) && Date.now() < end) {
    await new Promise((done) => setTimeout(done, 50));
    now = await read();
  }
  assert.ok(holds(now), `it came to: ${now}`);
}

test("the page opens with a running cluster and its files", async (t) => {
  const page = await started(t);
  assert.equal(await pods(page, "web-app").count(), 3);
  for (const address of ["10.244.1.10", "10.244.1.11", "10.244.1.12"]) {
    assert.equal(await page.getByRole("button", { name: new RegExp(`${address.replaceAll(".", "\\.")}:8080`) }).count(), 1);
  }
  assert.equal(await page.getByRole("button", { name: /^Service web-service, 10\.96\.15\.20:80, 3 endpoints/ }).count(), 1);
  await page.getByRole("tab", { name: "service.yaml" }).click();
  await page.getByText("kind: Service").waitFor();
  await shots(page, "opened");
});

test("a change is applied by key, and the map follows", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicas: 5");
  await write(page, text);
  await page.keyboard.press("Control+Enter");
  await applied(page, "deployment.apps/web-app configured");
  await page.waitForFunction(() => document.querySelectorAll('[aria-label^="Pod web-app"]').length === 5);
});

test("a mistake is underlined with the API server's words, and nothing changes", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicsa: 4");
  await write(page, text);
  await page.locator(".cm-lintRange-error").first().waitFor();
  const problem = page.getByRole("list", { name: "Problems" }).getByRole("button").first();
  assert.match(await problem.innerText(), /unknown field "spec\.replicsa"/);
  await page.keyboard.press("Control+Enter");
  await applied(page, "nothing changed");
  assert.equal(await pods(page, "web-app").count(), 3);
  await keep(page, "mistake");
});

test("the article's abbreviated files are refused in the API server's words", async (t) => {
  const page = await started(t);
  await page.getByRole("combobox", { name: "Load an example" }).selectOption({ label: "As articles abbreviate it" });
  await page.keyboard.press("Control+Enter");
  await applied(page, "nothing changed");
  const problems = await page.getByRole("list", { name: "Problems" }).innerText();
  assert.match(problems, /spec\.selector: Required value/);
  assert.match(problems, /spec\.template\.spec\.containers: Required value/);
  await keep(page, "abbreviated");
});

test("a request is sent, stepped through by key, and leads to the YAML that caused it", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  const trace = page.getByRole("complementary", { name: "Trace" });
  await trace.getByText(/^200 OK from/).waitFor();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  await page.locator("body").press("Home");
  await page.getByRole("button", { name: /^Play/ }).waitFor();

  const current = () => trace.locator('[aria-current="step"]').innerText();
  const first = await current();
  await page.keyboard.press("ArrowRight");
  await until(current, (now) => now !== first);
  await page.keyboard.press("ArrowLeft");
  await until(current, (now) => now === first);
  await page.keyboard.press("End");
  await until(current, (now) => /delivered/.test(now));

  // The translation: the old address struck through, the new one beside it, on the map and in the headers.
  await trace.getByRole("button", { name: /SYN$/ }).first().click();
  await trace.getByRole("button", { name: /destination translated/ }).click();
  const headers = trace.getByRole("region", { name: "Headers" });
  assert.equal(await headers.locator("del").first().innerText(), "10.96.15.20");
  assert.match(await headers.locator("dd.changed b").first().innerText(), /^10\.244\.1\.1\d$/);
  assert.equal(await page.locator(".sign .old").textContent(), "10.96.15.20:80");
  await trace.getByRole("region", { name: "Tables" }).locator("li.matched").first().waitFor();
  await shots(page, "translated");
  await trace.getByRole("region", { name: "Why" }).getByRole("button").first().click();
  await page.locator(".cm-cause").first().waitFor();

  await trace.getByRole("button", { name: /wrapped/ }).first().click();
  assert.equal(await headers.getByText("VXLAN").count(), 1);
  await shots(page, "wrapped");
});

test("Space plays and pauses, and time stands at the end", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  await page.locator("body").press("Space");
  await page.getByRole("button", { name: /^Play/ }).waitFor();
  const slider = page.getByRole("slider", { name: "Step" });
  const before = await slider.getAttribute("aria-valuenow");
  await page.waitForTimeout(400);
  assert.equal(await slider.getAttribute("aria-valuenow"), before);
  await page.getByRole("combobox", { name: "Speed" }).selectOption("4");
  await page.locator("body").press("End");
  assert.equal(await slider.getAttribute("aria-valuenow"), await slider.getAttribute("aria-valuemax"));
});

test("a deleted Pod is replaced by one with another address", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).click();
  await page.getByRole("button", { name: "Delete Pod" }).click();
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  assert.equal(await pods(page, "web-app").count(), 3);
  assert.equal(await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).count(), 0);
  assert.match(await status(page).innerText(), /deleted/);
  await keep(page, "replaced");
});

test("the terminal runs kubectl, and the map follows", async (t) => {
  const page = await started(t);
  await page.locator(".xterm").click();
  await page.keyboard.type("kubectl scale deployment web-app --replicas=2");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll('[aria-label^="Pod web-app"]').length === 2);
});

test("text survives a reload", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicas: 4");
  await write(page, text);
  await page.waitForFunction(() => localStorage.getItem("podhop.files")?.includes("replicas: 4"));
  await page.reload();
  await editor(page).waitFor();
  assert.match(await editor(page).innerText(), /replicas: 4/);
  await pods(page, "frontend").waitFor();
  // It was not applied before, so it is not now.
  assert.equal(await pods(page, "web-app").count(), 3);
  await status(page).getByText("changed, not applied yet").waitFor();
  await page.keyboard.press("Control+Enter");
  await page.waitForFunction(() => document.querySelectorAll('[aria-label^="Pod web-app"]').length === 4);
});

test("the sheet of keys opens and closes by key", async (t) => {
  const page = await started(t);
  await page.locator("body").press("?");
  const sheet = page.getByRole("dialog", { name: "Keys and colours" });
  await sheet.waitFor();
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
});

test("a phone shows everything in one column", async (t) => {
  const page = await started(t, { size: "phone" });
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("complementary", { name: "Trace" }).getByText(/^200 OK from/).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  assert.equal(wide, false, "nothing sticks out to the side");
});

test("a broken engine is started again, and nothing is lost", async (t) => {
  const page = await open(t);
  await page.addInitScript(() => {
    const Plain = Worker;
    window.engines = [];
    window.Worker = class extends Plain {
      constructor(...options) {
        super(...options);
        window.engines.push(this);
      }
    };
  });
  await page.reload();
  await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).click();
  await page.getByRole("button", { name: "Delete Pod" }).click();
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  const text = await editor(page).innerText();

  await page.evaluate(() => window.engines[0].dispatchEvent(new ErrorEvent("error", { message: "on purpose", cancelable: true })));
  await page.getByRole("alert").getByText(/The engine stopped \(on purpose\)/).waitFor();
  assert.equal(await page.evaluate(() => window.engines.length), 2);
  assert.equal(await editor(page).innerText(), text);
  await page.getByRole("alert").getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await page.getByRole("complementary", { name: "Trace" }).getByText(/^200 OK from/).waitFor();
  assert.equal(await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).count(), 1);
});
