// The terminal: loaded when somebody turns to it, with a history, files and descriptions.

import { test } from "node:test";
import { shots } from "./harness.mjs";
import { becomes, pods, started, type } from "./page.mjs";

const screen = (page) => page.getByRole("region", { name: "Inside the cluster" }).locator(".console-screen");
const shows = (page, text) =>
  page.waitForFunction((text) => document.querySelector(".console-screen")?.innerText.replaceAll("\u00a0", " ").includes(text), text);

test("kubectl edit and vi open files beside the others", async (t) => {
  const page = await started(t);
  await type(page, "kubectl edit deploy web-app");
  await page.getByRole("tab", { name: "deployment-web-app.yaml" }).waitFor();
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
  await pods(page, "frontend").waitFor();
  await page.getByRole("textbox", { name: "Terminal" }).waitFor({ state: "attached" });
  await screen(page).click();
  await page.keyboard.press("Control+r");
  await page.keyboard.type("svc");
  await shows(page, "(reverse-i-search)`svc': kubectl get svc");
  await page.keyboard.press("Enter");
  await shows(page, "web-service");
});

test("what is typed before the terminal is there is not lost", async (t) => {
  const page = await started(t);
  const rest = page.getByRole("button", { name: "Open the terminal" });
  await rest.evaluate((rest) => {
    rest.focus();
    for (const key of ["k", "x", "Backspace", ..." get svc -o name", "Enter"]) {
      rest.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    }
  });
  await shows(page, "$ k get svc -o name");
  await shows(page, "service/web-service");
});

test("a loop is typed over several lines, and a shell in a Pod is stayed in", async (t) => {
  const page = await started(t);
  await type(page, "for i in 1 2; do");
  await shows(page, "> ");
  await page.keyboard.type("echo round $i\ndone\n");
  await shows(page, "round 2");
  await page.keyboard.press("ArrowUp");
  await shows(page, "$ for i in 1 2; do echo round $i; done");
  await page.keyboard.press("Control+c");
  await type(page, "ssh node-1");
  await shows(page, "root@node-1:~# ");
  await type(page, "hostname -f");
  await page.keyboard.press("Control+d");
  await shows(page, "Connection to node-1 closed.");
});

test("the keyboard leaves the terminal in both directions", async (t) => {
  const page = await started(t);
  await type(page, "echo here");
  await shows(page, "\nhere");
  const inside = () => page.evaluate(() => document.activeElement.closest("#terminal") !== null);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await becomes(inside, false);
  await page.keyboard.press("Shift+Tab");
  await becomes(inside, true);
  await page.keyboard.press("Shift+Tab");
  await becomes(inside, false);
});
