// A walk through the course as a learner goes: every step of every lesson in the page, with a picture of each and its
// words beside it. Each question is answered (two of three wrongly), each request watched, each command run, each
// hint opened, each wrong attempt and each solution of the file done in editor and terminal.
//
//   cargo xtask walk                            the whole course
//   WALK=endpoints cargo xtask walk             a lesson, fault or card by its id, or several with commas
//   WALK=fault cargo xtask walk                 all of a kind; of exams, some tasks are solved, some not, one is spoilt
//
// Pictures and words go to `tests/browser/screenshots/walk/`; what is amiss stands there after `!!`. It takes minutes, so
// it is no part of the tests. A lesson that counts hundreds of requests is too much for an unoptimised engine on a busy
// machine: walk through the release build.

import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { open, screenshots } from "./harness.mjs";
import { exam, goOn, goThrough, lessons, panel, perform, press, rest, right, shows } from "./learner.mjs";

const folder = join(screenshots, "walk");
const PATIENCE = { timeout: 40_000 };
const wanted = (process.env.WALK ?? "lesson").split(",");
const theme = process.env.WALK_THEME ?? "light";
const size = process.env.WALK_SIZE ?? "laptop";

/** Whether something stands out of its box, or the packet is out of sight. */
const faults = (page) =>
  page.evaluate(() => {
    const found = [];
    const body = document.querySelector(".lesson-body");
    if (body && body.scrollWidth > body.clientWidth + 1) found.push("the lesson is wider than its column");
    if (document.documentElement.scrollWidth > innerWidth + 1) found.push("the page is wider than the window");
    for (const pre of document.querySelectorAll(".lesson-body .prose pre")) {
      if (pre.scrollWidth > pre.clientWidth + 1) found.push(`a text is cut: ${pre.textContent.slice(0, 40).replaceAll("\n", " ")}`);
    }
    const header = document.querySelector(".header");
    if (header.scrollWidth > header.clientWidth + 1) found.push("the header is wider than the window");
    const map = document.querySelector(".map")?.getBoundingClientRect();
    for (const sign of document.querySelectorAll(".map .sign, .map .packet")) {
      const box = sign.getBoundingClientRect();
      const inside = map && box.left >= map.left - 1 && box.right <= map.right + 1 && box.top >= map.top - 1 && box.bottom <= map.bottom + 1;
      if (box.width > 0 && !inside) found.push(`${sign.getAttribute("class")} is out of sight: ${sign.textContent.slice(0, 60)}`);
    }
    const current = document.querySelector(".right [aria-current='step']");
    if (current) {
      const [box, around] = [current.getBoundingClientRect(), current.closest(".right").getBoundingClientRect()];
      if (box.bottom < around.top || box.top > around.bottom) found.push("the present step of the trace is out of sight");
    }
    return found;
  });

class Walk {
  constructor(page, lesson) {
    Object.assign(this, { page, lesson, number: 0, questions: 0, words: [`# ${lesson.title}`] });
    this.name = lesson.path.replace(/\.md$/, "").replace("/", "-");
  }

  /** Keeps a picture of the page, and what is amiss in it. */
  async keep(what) {
    this.number += 1;
    const name = `${this.name}-${String(this.number).padStart(2, "0")}-${what}`;
    await this.page.waitForTimeout(350);
    await this.page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
    this.words.push(`[${name}]`, ...(await faults(this.page)).map((fault) => `!! ${fault}`));
  }

  /** The options to choose: every third time the right ones, so that what is said to wrong answers is seen too. */
  answer(question) {
    this.questions += 1;
    const rights = right(question);
    assert.ok(rights.length > 0, `no right option is found in: ${question.text}`);
    const count = question.text.match(/^- (text|right):/gm).length;
    const wrong = [...Array(count).keys()].filter((at) => !rights.includes(at));
    return this.questions % 3 === 0 ? rights : [wrong[this.questions % wrong.length]];
  }

  /** Looks at what has come about. */
  async seen(what, block, detail) {
    if (what === "try") return this.tried(detail.source, detail.line);
    if (what === "watch") await this.watched(detail.source);
    if (what === "predict" && !(await block.locator(".came").isVisible())) return;
    if (what === "recall") await block.locator(".came").waitFor();
    if (what === "end") await this.page.locator(".lesson-body").evaluate((body) => body.scrollTo(0, body.scrollHeight));
    else if (what === "checks" || what === "wrong") await block.scrollIntoViewIfNeeded();
    await this.keep(what);
    if (what === "end") this.words.push(await this.page.locator(".lesson-body").innerText(), "");
  }

  /** What the page tells of a request once it has halted. */
  async watched(watch) {
    const { page } = this;
    const now = page.locator(".right [aria-current='step']");
    const words = (await now.count()) ? (await now.first().innerText()).replaceAll("\n", " ") : "nothing";
    this.words.push(`(watched${watch.text.includes("pause:") ? `, ${watch.text.match(/pause: \S+/)[0]}` : ""}: it stands at “${words}”)`);
    if (await page.getByRole("button", { name: /^Pause/ }).count()) this.words.push("!! it plays on");
  }

  /** The longest piece of the last line that the file says the command prints must be seen. */
  async tried(transcript, line) {
    const prints = transcript.text.split(/^\$ /m).slice(1)[line].trimEnd().split("\n").slice(1);
    const last = (prints.at(-1) ?? "").split("…").sort((a, b) => b.length - a.length)[0];
    if (!last.trim()) return;
    await shows(this.page, last, { timeout: 8_000 }).catch(async () => {
      this.words.push(`!! the terminal does not show “${last}”`);
      await this.keep("not-shown");
    });
  }

  async finish() {
    const { page } = this;
    await panel(page).getByRole("heading", { name: "Done" }).waitFor();
    await this.keep("done");
    await this.write();
  }

  /** Writes down what was read, and says what was amiss. */
  async write() {
    await writeFile(join(folder, `${this.name}.txt`), this.words.join("\n"));
    const amiss = this.words.filter((line) => line.startsWith("!!"));
    if (amiss.length > 0) console.log(`${this.name}:\n  ${amiss.join("\n  ")}`);
  }
}

/** What a candidate does with each task in turn. */
const HABITS = ["solves", "solves", "tries wrongly", "solves", "spoils", "solves", "solves in part", "looks at", "solves", "leaves"];

/** Takes an exam: some tasks are solved, others not; the page is loaded anew in the middle; then the report is read. */
async function sit(page, lesson, all, walk) {
  const before = page.getByRole("dialog", { name: "Before the exam" });
  await before.getByText(/tasks, 100 points/).waitFor();
  await walk.keep("before");
  await press(before.getByRole("button", { name: "Start the clock" }));
  const tasks = lesson.tasks.map((id) => all.find((each) => each.id === id));
  for (const [at, task] of tasks.entries()) {
    const habit = HABITS[at % HABITS.length];
    if (habit === "leaves") continue;
    if (at > 0) await press(exam(page).getByRole("button", { name: "Next task" }));
    await exam(page).getByRole("heading", { name: `${at + 1}. ${task.title}` }).waitFor();
    await rest(page);
    await walk.keep(`task-${at + 1}`);
    walk.words.push(`(${habit})`, await page.locator(".lesson-body").innerText(), "");
    const blocks = task.steps.flatMap((step) => step.blocks);
    const of = (role) => blocks.filter((block) => block.role === role);
    const spoilt = of("checks")[0].text.match(/unchanged: (\w+)\/([\w-]+)\/([\w-]+)/);
    const actions = {
      solves: of("solution"),
      "solves in part": of("solution").slice(0, 1),
      "tries wrongly": of("wrong").slice(0, of("wrong").findIndex((wrong) => wrong.says !== undefined) + 1),
      spoils: [...of("solution"), { lang: "console", text: spoilt && `$ kubectl delete ${spoilt[1]} ${spoilt[3]} -n ${spoilt[2]}` }],
      "looks at": [],
    }[habit];
    for (const action of actions) await perform(page, action);
    await walk.keep(`task-${at + 1}-left`);
    if (habit === "looks at") await press(exam(page).getByRole("button", { name: /Come back to it/ }));
    if (at === 4) {
      await page.reload();
      await page.locator(".loading").waitFor({ state: "detached" });
      await exam(page).getByRole("heading", { name: `${at + 1}. ${task.title}` }).waitFor(PATIENCE);
      await walk.keep("loaded-anew");
    }
  }
  await press(exam(page).getByRole("button", { name: "End the exam" }));
  await walk.keep("really");
  await press(exam(page).getByRole("button", { name: "Yes, end it" }));
  await exam(page).getByText(/ of 100 points/).waitFor(PATIENCE);
  await walk.keep("report");
  for (const [at] of tasks.entries()) {
    const section = exam(page).getByRole("region", { name: `Task ${at + 1}`, exact: true });
    const points = await section.locator(".points").innerText();
    const habit = HABITS[at % HABITS.length];
    const full = points === "10 of 10";
    walk.words.push(`Task ${at + 1}, ${habit}: ${points}`);
    if (habit !== "solves in part" && full !== (habit === "solves")) walk.words.push(`!! a candidate who ${habit} task ${at + 1} gets ${points}`);
    const replay = section.getByRole("button", { name: /^show the packet/ }).first();
    if ((await replay.count()) === 0) continue;
    await section.scrollIntoViewIfNeeded();
    await press(replay);
    await page.locator(".right [aria-current='step']").first().waitFor(PATIENCE);
    await walk.keep(`replay-${at + 1}`);
  }
  walk.words.push(await page.locator(".lesson-body").innerText());
}

await mkdir(folder, { recursive: true });
const all = await lessons();
for (const lesson of all) {
  if (!wanted.includes(lesson.kind) && !wanted.includes(lesson.id)) continue;
  test(lesson.title, { timeout: 600_000 }, async (t) => {
    const page = await open(t, { path: "?course", theme, size });
    page.setDefaultTimeout(60_000);
    const course = page.getByRole("dialog", { name: "Course" });
    await press(course.getByRole("button", { name: new RegExp(`(^| )${lesson.title.replaceAll(/[^\w ]/g, ".")}, `) }).first());
    const walk = new Walk(page, lesson);
    if (lesson.kind === "exam") {
      await sit(page, lesson, all, walk);
      return walk.write();
    }
    await panel(page).getByRole("heading", { name: lesson.title }).first().waitFor();
    await page.getByRole("combobox", { name: "Speed" }).selectOption("4");
    for (const [at, step] of lesson.steps.entries()) {
      await panel(page).locator(".lesson-where").getByText(new RegExp(`^(step ${at + 1} of|fault|card) `)).waitFor();
      const [answer, seen] = [(it) => walk.answer(it), (...all) => walk.seen(...all)];
      await goThrough(page, step, { answer, seen, thorough: true });
      await goOn(page);
    }
    await walk.finish();
  });
}
