// Everything by keyboard: the palette, the sheet of keys, the focus.

import assert from "node:assert/strict";
import { test } from "node:test";
import { shots } from "./harness.mjs";
import { becomes, choose, count, eventually, openPalette, palette, reads, started, trace } from "./page.mjs";

test("the palette finds by words, moves by arrows and runs by Enter", async (t) => {
  const page = await started(t);
  await openPalette(page);
  await shots(page, "palette");
  await page.keyboard.type("cni: calico");
  const options = palette(page).getByRole("option");
  await count(options, 3);
  await reads(palette(page).getByRole("option", { selected: true }), /VXLAN/);
  await page.keyboard.press("ArrowDown");
  await reads(palette(page).getByRole("option", { selected: true }), /IP in IP/);
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "CNI Calico · IP in IP" }).waitFor();
});

test("the palette does what menus, keys and panels do", async (t) => {
  const page = await started(t);
  await choose(page, "send the request");
  await trace(page).getByText(/^200 OK from/).waitFor();
  await choose(page, "show conntrack");
  await page.getByRole("tab", { name: "conntrack", selected: true }).waitFor();
  await choose(page, "theme dark");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await choose(page, "stop coredns");
  const broken = page.getByRole("list", { name: "Broken now" }).getByText("CoreDNS is stopped");
  await broken.waitFor();
  await choose(page, "undo");
  await broken.waitFor({ state: "detached" });
  await choose(page, "go to pod frontend");
  await page.getByRole("button", { name: "Delete Pod" }).waitFor();
  await choose(page, "text 200");
  await becomes(() => page.evaluate(() => getComputedStyle(document.documentElement).fontSize), "32px");
  await choose(page, "keys and colours");
  await page.getByRole("dialog", { name: "Keys and colours" }).waitFor();
});

test("nothing found is said", async (t) => {
  const page = await started(t);
  await openPalette(page);
  await page.keyboard.type("zzz");
  await palette(page).getByText("Nothing is called that.").waitFor();
  await page.keyboard.press("Escape");
  await palette(page).waitFor({ state: "detached" });
});

test("a dialog keeps the focus and gives it back", async (t) => {
  const page = await started(t);
  const button = page.getByRole("button", { name: "keys and colours" });
  await button.focus();
  await page.keyboard.press("Enter");
  const sheet = page.getByRole("dialog", { name: "Keys and colours" });
  await sheet.waitFor();
  for (let times = 0; times < 4; times++) {
    await page.keyboard.press("Tab");
    await becomes(() => sheet.evaluate((it) => it.contains(document.activeElement)), true);
  }
  await page.keyboard.press("Escape");
  await sheet.waitFor({ state: "detached" });
  await becomes(() => button.evaluate((it) => document.activeElement === it), true);
});

test("the sheet names every key that the palette names", async (t) => {
  const page = await started(t);
  await page.locator("body").press("?");
  const sheet = await page.getByRole("dialog", { name: "Keys and colours" }).innerText();
  await page.keyboard.press("Escape");
  await openPalette(page);
  const keyed = palette(page).getByRole("option").filter({ has: page.locator("kbd") }).locator(".item-name");
  const names = await eventually(() => keyed.allInnerTexts(), (names) => (assert.ok(names.length >= 9), names));
  for (const words of names) assert.ok(sheet.includes(words), words);
});

test("Ctrl-Z in a text is the text's", async (t) => {
  const page = await started(t);
  const target = page.getByRole("combobox", { name: "to" });
  await page.getByRole("button", { name: "Break something" }).click();
  await page.getByRole("menuitem", { name: "stop CoreDNS" }).click();
  await page.getByRole("button", { name: "undo: stop CoreDNS" }).waitFor();
  await target.focus();
  await page.keyboard.press("Control+z");
  await page.waitForTimeout(300);
  await page.getByRole("button", { name: "undo: stop CoreDNS" }).waitFor();
});
