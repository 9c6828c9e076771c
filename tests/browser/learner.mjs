// What a learner does in the course, for tests and for the walk through it: press, type, write, answer, watch; and the
// files of the lessons as far as that needs them (the page reads them by `crates/lesson`, this only finds their blocks).

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { becomes, editor, type } from "./page.mjs";
import { dist } from "./server.mjs";

/** The lesson that is open. */
export const panel = (page) => page.getByRole("region", { name: "Lesson" });
/** The exam that is open. */
export const exam = (page) => page.getByRole("region", { name: "Exam" });

/** Presses a button by key, so that no pointer is needed, once the page lets it be pressed. */
export async function press(button, key = "Enter") {
  await becomes(() => button.isEnabled(), true);
  await button.press(key);
}

/** Waits until the terminal shows a text, however its lines are broken. */
export function shows(page, text, options) {
  const wanted = text.replaceAll(/\s+/g, "");
  return page.waitForFunction(
    (wanted) => document.querySelector(".console-screen")?.innerText.replaceAll(/\s+/g, "").includes(wanted),
    wanted,
    options,
  );
}

/** Types a line in the terminal, and waits until its prompt is back. */
export async function run(page, line) {
  await type(page, line);
  await page.waitForFunction((line) => {
    const rows = [...document.querySelectorAll(".xterm-rows > div")].map((row) => row.textContent.replaceAll(/\s+/g, ""));
    const last = rows.findLastIndex((row) => row !== "");
    return rows[last] === "$" && rows.slice(0, last).join("").includes(line);
  }, line.replaceAll(/\s+/g, "").slice(0, 60));
}

/** Puts a text into a file of the editor, which is made if it is not there. */
export async function write(page, file, text) {
  const tab = page.getByRole("tab", { name: new RegExp(`^${file}( ?, has mistakes)?$`) });
  if ((await tab.count()) === 0) {
    await press(page.getByRole("button", { name: "New file" }));
    const fresh = page.getByRole("tablist", { name: "Files" }).getByRole("tab", { selected: true });
    await fresh.press("F2");
    const field = page.getByRole("textbox", { name: "The file's name" });
    await field.fill(file);
    await field.press("Enter");
  }
  await press(tab);
  await page.locator(".file-tab.shown", { hasText: file }).waitFor();
  await editor(page).focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}

/** Applies what stands in the editor, by key. */
export async function apply(page) {
  await editor(page).focus();
  await page.keyboard.press("Control+Enter");
  await page.locator(".apply .button:not(.main):not(:disabled)").waitFor();
}

/** Does what an action of a lesson's file says: writes and applies a file, or types commands. */
export async function perform(page, action) {
  if (action.lang === "yaml") {
    await write(page, action.file, action.text);
    return apply(page);
  }
  for (const line of action.text.split("\n").filter((line) => line.startsWith("$ "))) {
    await run(page, line.slice(2));
  }
}

/** All lessons of the built page, in the order of its index. */
export async function lessons() {
  const index = JSON.parse(await readFile(join(dist, "lessons/index.json"), "utf8"));
  return Promise.all(
    index.lessons.map(async ({ path }) => {
      const text = await readFile(join(dist, "lessons", path), "utf8");
      const about = (name) => text.match(new RegExp(`^${name}: *(.*)$`, "m"))?.[1];
      const tasks = [...(text.match(/^tasks:\n((?:- .*\n)+)/m)?.[1] ?? "").matchAll(/- (.*)/g)].map((task) => task[1]);
      return { path, id: about("id"), title: about("title"), kind: about("kind"), tasks, steps: steps(text) };
    }),
  );
}

/** The steps of a lesson: title and fenced blocks, each with language, role, file, `says` and text. */
function steps(text) {
  const found = [];
  let block;
  for (const line of text.split("\n")) {
    const fence = line.match(/^```(\S+)? ?(.*)$/);
    if (block) {
      if (fence) block = undefined;
      else block.text += `${line}\n`;
    } else if (fence) {
      block = { lang: fence[1], rest: fence[2], text: "" };
      block.role = ["predict", "recall", "watch", "checks", "hint", "note"].includes(block.lang) ? block.lang : fence[2].split(" ")[0];
      block.file = fence[2].match(/\bfile=(\S+)/)?.[1];
      block.says = fence[2].match(/\bsays="([^"]*)"/)?.[1];
      found.at(-1)?.blocks.push(block);
    } else if (line.startsWith("## ")) {
      found.push({ title: line.slice(3), blocks: [] });
    }
  }
  return found;
}

/** The numbers of the right options of a `predict` or `recall` block. */
export function right(question) {
  const options = question.text.split(/^- (?=text:|right:)/m).slice(1);
  return options.flatMap((option, at) => (/^\s*right: true/m.test(option) || option.startsWith("right: true") ? [at] : []));
}

/** How long a request may take until it halts, and the engine until it has judged: the machine may be busy. */
const PATIENCE = { timeout: 60_000 };

/** What is to be done next in the step, in the order in which it stands there. */
const nextThing = (page) =>
  page.evaluate(() => {
    const nth = (block, kind) => [...document.querySelectorAll(`.lesson .step > .block.${kind}`)].indexOf(block);
    for (const block of document.querySelectorAll(".lesson .step > .block")) {
      const is = (kind) => block.classList.contains(kind);
      for (const kind of ["recall", "predict"]) {
        if (is(kind) && block.querySelector(".option:not(:disabled)")) return { kind, nth: nth(block, kind) };
      }
      if (is("watch") && block.querySelector("button.main")) return { kind: "watch", nth: nth(block, "watch") };
      const open = is("try") ? [...block.querySelectorAll("li")].findIndex((li) => !li.classList.contains("done")) : -1;
      if (open >= 0) return { kind: "try", nth: nth(block, "try"), line: open };
      if (is("checks") && block.querySelector(".check:not(.passed)")) return { kind: "checks", nth: 0 };
    }
    return null;
  });

/** The engine has answered, and the page rests. */
export const rest = (page) => page.locator(".apply .button:not(:disabled)").waitFor(PATIENCE);

/**
 * Goes through the step on show, by keys alone: answers, watches, runs, solves. `seen(what, block, detail)` is told of
 * each thing when it has come about. `answer(question)` gives the options to choose; the right ones if it is left out.
 * `thorough` opens every hint and makes every wrong attempt first.
 */
export async function goThrough(page, step, { seen = async () => {}, answer = right, thorough = false } = {}) {
  const of = (role) => step.blocks.filter((block) => block.role === role);
  await rest(page);
  await seen("arrive");
  for (let done = 0; done < 60; done += 1) {
    await rest(page);
    const next = await nextThing(page);
    if (!next) return seen("end");
    const block = panel(page).locator(`.step > .block.${next.kind}`).nth(next.nth);
    const source = of(next.kind)[next.nth];
    if (next.kind === "predict" || next.kind === "recall") {
      const options = next.kind === "recall" ? [0] : answer(source);
      for (const option of options) await press(block.locator(".option").nth(option), "Space");
      const sure = block.getByRole("button", { name: "That is my answer" });
      if (await sure.isVisible()) await press(sure);
      await block.locator(".option:not(:disabled)").first().waitFor({ state: "detached" });
    } else if (next.kind === "watch") {
      await press(block.getByRole("button", { name: "Watch it" }));
      await block.getByRole("button", { name: "Watch again" }).waitFor(PATIENCE);
    } else if (next.kind === "try") {
      const item = block.locator("li").nth(next.line);
      await press(item.getByRole("button"));
      await item.and(block.locator("li.done")).waitFor(PATIENCE);
    } else {
      if (thorough) await struggle(page, step, seen);
      for (const action of of("solution")) await perform(page, action);
      await block.locator(".check:not(.passed)").first().waitFor({ state: "detached", ...PATIENCE });
    }
    await seen(next.kind, block, { source, line: next.line });
  }
  throw new Error(`the step “${step.title}” does not come to its end`);
}

/** Opens every hint, and makes every wrong attempt. */
async function struggle(page, step, seen) {
  const checks = panel(page).locator(".block.checks");
  await checks.locator(".observed").first().waitFor(PATIENCE);
  const more = panel(page).getByRole("button", { name: /^(A hint, please|Tell me more)$/ });
  while ((await more.count()) > 0) await press(more);
  await seen("hints", checks);
  let attempt = [];
  for (const wrong of step.blocks.filter((block) => block.role === "wrong")) {
    attempt.push(wrong);
    if (wrong.says === undefined) continue;
    for (const action of attempt) await perform(page, action);
    attempt = [];
    const says = wrong.says.replaceAll("`", "");
    await checks.locator(".observed", { hasText: says }).first().waitFor(PATIENCE);
    await seen("wrong", checks);
    await press(panel(page).getByRole("button", { name: "Start again" }));
    await press(panel(page).getByRole("button", { name: "Yes, again" }));
    await rest(page);
    await checks.locator(".observed").first().waitFor(PATIENCE);
  }
}

/** On to the next step, or to the end. */
export const goOn = (page) => press(panel(page).locator(".lesson-foot").getByRole("button", { name: /^(Next|Finish)$/ }));
