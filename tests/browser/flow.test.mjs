// What a learner does first, as a learner does it: by role and label, with keys, on the real page.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, open, shots } from "./harness.mjs";
import { becomes, count, editor, eventually, fits, goTo, last, pods, position, reads, send, sent, started, status, step, trace, type, write } from "./page.mjs";

const applied = (page, text) => page.waitForFunction((text) => document.querySelector(".said")?.textContent.includes(text), text);

test("the page opens with a running cluster and its files", async (t) => {
  const page = await started(t);
  await count(pods(page, "web-app"), 3);
  for (const address of ["10.244.1.10", "10.244.1.11", "10.244.1.12"]) {
    await count(page.getByRole("button", { name: new RegExp(`${address.replaceAll(".", "\\.")}:8080`) }), 1);
  }
  await count(page.getByRole("button", { name: /^Service web-service, 10\.96\.15\.20:80, 3 endpoints/ }), 1);
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
  await count(pods(page, "web-app"), 5);
});

test("a mistake is underlined with the API server's words, and nothing changes", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicsa: 4");
  await write(page, text);
  await page.locator(".cm-lintRange-error").first().waitFor();
  const problem = page.getByRole("list", { name: "Problems" }).getByRole("button").first();
  await reads(problem, /unknown field "spec\.replicsa"/);
  await page.keyboard.press("Control+Enter");
  await applied(page, "nothing changed");
  await count(pods(page, "web-app"), 3);
  await keep(page, "mistake");
});

test("the article's abbreviated files are refused in the API server's words", async (t) => {
  const page = await started(t);
  await page.getByRole("combobox", { name: "Load an example" }).selectOption({ label: "As articles abbreviate it" });
  await page.keyboard.press("Control+Enter");
  await applied(page, "nothing changed");
  const problems = page.getByRole("list", { name: "Problems" });
  await reads(problems, /spec\.selector: Required value/);
  await reads(problems, /spec\.template\.spec\.containers: Required value/);
  await keep(page, "abbreviated");
});

test("a request is sent, stepped through by key, and leads to the YAML that caused it", async (t) => {
  const page = await started(t);
  await sent(page);
  const steps = trace(page);
  const first = await step(page).innerText();
  await goTo(page, 2);
  await eventually(() => step(page).innerText(), (now) => assert.notEqual(now, first));
  await page.keyboard.press("ArrowLeft");
  await becomes(() => step(page).innerText(), first);
  await page.keyboard.press("End");
  await reads(step(page), /delivered/);

  // The translation: the old address struck through, the new one beside it, on the map and in the headers.
  await steps.getByRole("button", { name: /SYN$/ }).first().click();
  await steps.getByRole("button", { name: /destination translated/ }).click();
  const headers = steps.getByRole("region", { name: "Headers" });
  await becomes(() => headers.locator("del").first().innerText(), "10.96.15.20");
  await reads(headers.locator("dd.changed b").first(), /^10\.244\.1\.1\d$/);
  await becomes(() => page.locator(".sign .old").textContent(), "10.96.15.20:80");
  await steps.getByRole("region", { name: "Tables" }).locator("li.matched").first().waitFor();
  await shots(page, "translated");
  await steps.getByRole("region", { name: "Why" }).getByRole("button").first().click();
  await page.locator(".cm-cause").first().waitFor();

  await steps.getByRole("button", { name: /wrapped/ }).first().click();
  await count(headers.getByText("VXLAN"), 1);
  await shots(page, "wrapped");
});

test("Space plays and pauses, and time stands at the end", async (t) => {
  const page = await started(t);
  await send(page).click();
  await page.getByRole("button", { name: /^Pause/ }).waitFor();
  await page.locator("body").press("Space");
  await page.getByRole("button", { name: /^Play/ }).waitFor();
  const before = await position(page);
  await page.waitForTimeout(400);
  assert.equal(await position(page), before);
  await page.getByRole("combobox", { name: "Speed" }).selectOption("4");
  await page.locator("body").press("End");
  await becomes(() => position(page), await last(page));
});

test("a deleted Pod is replaced by one with another address", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: /10\.244\.1\.10:8080/ }).click();
  await page.getByRole("button", { name: "Delete Pod" }).click();
  await page.getByRole("button", { name: /10\.244\.1\.13:8080/ }).waitFor();
  await count(pods(page, "web-app"), 3);
  await count(page.getByRole("button", { name: /10\.244\.1\.10:8080/ }), 0);
  await reads(status(page), /deleted/);
  await keep(page, "replaced");
});

test("the terminal runs kubectl, and the map follows", async (t) => {
  const page = await started(t);
  await type(page, "kubectl scale deployment web-app --replicas=2");
  await count(pods(page, "web-app"), 2);
});

test("text survives a reload", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicas: 4");
  await write(page, text);
  await page.waitForFunction(() => localStorage.getItem("podhop.files")?.includes("replicas: 4"));
  await page.reload();
  await reads(editor(page), /replicas: 4/);
  await pods(page, "frontend").waitFor();
  // It was not applied before, so it is not now.
  await count(pods(page, "web-app"), 3);
  await status(page).getByText("changed, not applied yet").waitFor();
  await page.keyboard.press("Control+Enter");
  await count(pods(page, "web-app"), 4);
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
  await send(page).click();
  await trace(page).getByText(/^200 OK from/).waitFor();
  await fits(page);
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
  await becomes(() => page.evaluate(() => window.engines.length), 2);
  await becomes(() => editor(page).innerText(), text);
  await page.getByRole("alert").getByRole("button", { name: "Close" }).click();
  await send(page).click();
  await trace(page).getByText(/^200 OK from/).waitFor();
  await count(page.getByRole("button", { name: /10\.244\.1\.13:8080/ }), 1);
});
