// The terminal: loaded when somebody turns to it, with a history, files and descriptions.

import { test } from "node:test";
import { open, shots } from "./harness.mjs";

const screen = (page) => page.getByRole("region", { name: "Inside the cluster" }).locator(".console-screen");
const shows = (page, text) =>
  page.waitForFunction((text) => document.querySelector(".console-screen")?.innerText.replaceAll("\u00a0", " ").includes(text), text);

async function started(t) {
  const page = await open(t);
  await page.getByRole("button", { name: /^Pod frontend/ }).waitFor();
  const rest = page.getByRole("button", { name: "Open the terminal" });
  if (await rest.isVisible()) await rest.click().catch(() => {});
  await page.getByRole("textbox", { name: "Terminal" }).waitFor({ state: "attached" });
  await screen(page).click();
  return page;
}

async function type(page, line) {
  await page.keyboard.type(line);
  await page.keyboard.press("Enter");
}

test("kubectl edit and vi open files beside the others", async (t) => {
  const page = await started(t);
  await type(page, "kubectl edit deploy web-app");
  await page.getByRole("tab", { name: "deployment-web-app.yaml" }).waitFor();
  await screen(page).click();
  await type(page, "vi notes.yaml");
  await page.getByRole("tab", { name: "notes.yaml" }).waitFor();
});

test("kubectl explain reads upstream's words, and logs show what arrived", async (t) => {
  const page = await started(t);
  await type(page, "kubectl explain service.spec.selector");
  await shows(page, "Route service traffic to pods with label keys");
  await type(page, "kubectl get pods -o wide | awk '{print $1}'");
  await shows(page, "frontend");
  await shots(page, "terminal");
});

test("lines typed on an earlier visit are found again", async (t) => {
  const page = await started(t);
  await type(page, "kubectl get svc");
  await shows(page, "web-service");
  await page.reload();
  await page.getByRole("button", { name: /^Pod frontend/ }).waitFor();
  await page.getByRole("textbox", { name: "Terminal" }).waitFor({ state: "attached" });
  await screen(page).click();
  await page.keyboard.press("Control+r");
  await page.keyboard.type("svc");
  await shows(page, "(reverse-i-search)`svc': kubectl get svc");
  await page.keyboard.press("Enter");
  await shows(page, "web-service");
});
