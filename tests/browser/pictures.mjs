// Pictures of the page in ten states, for people to look at: `cargo xtask pictures` writes them to `www/pictures/` from
// the page of the last build. Two of them stand in the README.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { open } from "./harness.mjs";
import { goTo } from "./page.mjs";

const folder = fileURLToPath(new URL("../../www/pictures", import.meta.url));
const TIME = { timeout: 240_000 };

const trace = (page) => page.getByRole("complementary", { name: "Trace" });
const send = (page) => page.getByRole("button", { name: "Send", exact: true });

async function keep(page, name) {
  await mkdir(folder, { recursive: true });
  await page.evaluate(() => document.fonts.ready);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}

/** Sends what stands in the form, and stops at the first step of this name. */
async function stopAt(page, packet, step) {
  await send(page).click();
  // While it plays, the list moves under the pointer.
  await goTo(page, 1);
  await trace(page).getByRole("button", { name: packet }).first().click();
  await trace(page).getByRole("button", { name: step }).first().click();
}

async function ready(t, options) {
  const page = await open(t, options);
  await page.getByRole("button", { name: /^Pod frontend/ }).first().waitFor();
  return page;
}

test("the opening", TIME, async (t) => keep(await ready(t), "opening"));

test("a Service's address becomes a Pod's", TIME, async (t) => {
  const page = await ready(t);
  await stopAt(page, /SYN$/, /destination translated/);
  await keep(page, "playground-light");
});

test("a packet within a packet, in the dark", TIME, async (t) => {
  const page = await ready(t, { theme: "dark" });
  await stopAt(page, /SYN$/, /wrapped/);
  await keep(page, "playground-dark");
});

test("a lesson asks first", TIME, async (t) => {
  const page = await ready(t, { path: "?lesson=how-traffic-reaches-a-pod&step=2" });
  await page.getByRole("region", { name: "Lesson" }).getByRole("radio").first().waitFor();
  await keep(page, "lesson");
});

test("the course", TIME, async (t) => {
  const page = await ready(t);
  await page.getByRole("button", { name: "Course", exact: true }).click();
  await page.getByRole("dialog").getByText("Names lead to Services").first().waitFor();
  await keep(page, "course");
});

test("a policy keeps a packet out", TIME, async (t) => {
  const page = await ready(t, { path: "?lesson=the-policy-and-the-service-port" });
  const lesson = page.getByRole("region", { name: "Lesson" });
  await lesson.getByRole("button", { name: /watch/i }).first().click();
  await page.getByRole("button", { name: "Show the step that decided" }).click();
  await keep(page, "policy");
});

test("from the internet to a Pod", TIME, async (t) => {
  const page = await ready(t, { size: "desktop", path: "?lesson=the-site-without-an-address" });
  const terminal = page.getByRole("button", { name: "Open the terminal" });
  await terminal.press("Enter");
  await page.getByRole("textbox", { name: "Terminal" }).focus();
  await page.keyboard.type("kubectl patch ingress shop -p '{\"spec\":{\"ingressClassName\":\"nginx\"}}'\n");
  await page.getByRole("combobox", { name: "from" }).selectOption({ label: "laptop" });
  await page.getByRole("combobox", { name: "to" }).fill("http://shop.example.com");
  await stopAt(page, /SYN$/, /./);
  await keep(page, "internet");
});

test("who reaches whom", TIME, async (t) => {
  const page = await ready(t, { path: "?lesson=the-policy-and-the-service-port" });
  await page.getByRole("tab", { name: "connectivity" }).click();
  await page.getByRole("grid", { name: "Who may connect to whom" }).waitFor();
  await keep(page, "matrix");
});

test("an exam", TIME, async (t) => {
  const page = await ready(t, { path: "?lesson=practice-1" });
  await page.getByRole("button", { name: /start|begin/i }).first().click();
  await page.getByText("ledger").first().waitFor();
  await page.waitForTimeout(5000);
  await keep(page, "exam");
});

test("a phone", TIME, async (t) => {
  const page = await ready(t, { size: "phone", theme: "dark" });
  await keep(page, "phone");
});
