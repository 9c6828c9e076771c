// The page starts, and nothing complains.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shots } from "./harness.mjs";
import { count } from "./page.mjs";

test("the page starts without an error, in every size and both themes", async (t) => {
  const page = await open(t);
  assert.match(await page.title(), /Podhop/);
  await page.evaluate(() => document.fonts.ready);
  await shots(page, "start");
});

test("the page holds no inline script", async (t) => {
  const page = await open(t);
  await count(page.locator("script:not([src])"), 0);
});
