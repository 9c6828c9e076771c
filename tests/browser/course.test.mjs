// The course in the page: a lesson, a fault and an exam from first click to tick, by keyboard and terminal alone; a
// teacher's own files; progress that survives.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open, shots } from "./harness.mjs";
import { exam, goOn, goThrough, lessons, panel, perform, press, rest } from "./learner.mjs";
import { count, kept, openPalette, palette, reads, type } from "./page.mjs";

const check = (page, text) => panel(page).getByRole("listitem").filter({ hasText: text });
const ticked = (page, text) => check(page, text).getByText(/^true: /).waitFor({ state: "attached" });
const notYet = (page, text) => check(page, text).getByText(/^not yet true: /).waitFor({ state: "attached" });

const file = (name, text) => ({ name, mimeType: "text/markdown", buffer: Buffer.from(text) });

/** Chooses files for a button that asks for some. */
async function choose(page, button, files) {
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), button.press("Enter")]);
  await chooser.setFiles(files);
}

const TEACHERS = `---
id: my-lesson
title: My own lesson
kind: lesson
section: 1
minutes: 3
teaches: [pods]
---

# My own lesson

Welcome, class. <b onclick="alert(1)">No markup</b> gets through.

## Predict

\`\`\`predict
question: "What does \`frontend\` get?"
options:
- text: An answer
  right: true
  because: "Three Pods stand behind the Service."
- text: Silence
  because: "Nothing drops the packet."
  misconception: Services are slow to start
\`\`\`

\`\`\`watch
from: pod/default/frontend
to: http://web-service
expect: reaches
pause: nat
\`\`\`

That was the translation.

\`\`\`console try
$ kubectl get services
…
\`\`\`

\`\`\`recall
question: "What translated the address?"
options:
- text: The client's node
  right: true
  because: "kube-proxy's rules are on every node."
- text: The control plane
  because: "It only stores the Service."
\`\`\`

\`\`\`note
Ask somebody to draw it.
\`\`\`

## Scale

Run two Pods.

\`\`\`checks
- endpoints: {service: default/web-service, ready: 2}
\`\`\`

\`\`\`hint
Look at \`replicas\`.
\`\`\`

\`\`\`hint
Two is one less than three.
\`\`\`

\`\`\`console solution
$ kubectl scale deployment web-app --replicas=2
\`\`\`
`;

const task = (id, number, replicas) => `---
id: ${id}
title: Run ${replicas} Pods
kind: task
task: D${number}
minutes: 5
---

# Run ${replicas} Pods

## Scale it

Let the Deployment \`web-app\` run ${replicas} Pods.

\`\`\`checks
- endpoints: {service: default/web-service, ready: ${replicas}}
  text: "${replicas} Pods are ready"
  points: 4
- reaches: {from: pod/default/frontend, to: "http://nobody"}
  text: "\`frontend\` reaches \`nobody\`"
  points: 2
- exists: Service/default/web-service
  text: "the Service is there"
  control: true
  points: 1
\`\`\`

\`\`\`console solution
$ kubectl scale deployment web-app --replicas=${replicas}
\`\`\`
`;

const EXAM = `---
id: my-exam
title: A small exam
kind: exam
minutes: 31
pass: 40
tasks: [two-pods, five-pods, six-pods]
---

# A small exam

Good luck.
`;

/** Opens the catalogue by key, and in it something that comes with Podhop. */
async function choosing(page, name) {
  await press(page.getByRole("button", { name: "Course", exact: true }));
  await press(page.getByRole("dialog", { name: "Course" }).getByRole("button", { name }).first());
}

test("a lesson of a teacher's own goes from first click to tick by keys alone", async (t) => {
  const page = await open(t);
  await press(page.getByRole("button", { name: "Course" }));
  const course = page.getByRole("dialog", { name: "Course" });
  await course.getByRole("region", { name: "The course" }).waitFor();
  await choose(page, course.getByRole("button", { name: "Open a file" }), file("my-lesson.md", TEACHERS));

  await panel(page).getByRole("heading", { name: "My own lesson" }).waitFor();
  await panel(page).getByText("step 1 of 2 · predict").waitFor();
  await panel(page).getByText(/line 12: raw HTML is not shown/).first().waitFor();
  await count(page.locator(".lesson b[onclick]"), 0);
  await press(panel(page).getByRole("radio", { name: "Silence" }), "Space");
  await count(panel(page).getByText("That was the translation."), 0);
  await press(panel(page).getByRole("button", { name: "Watch it" }));
  await panel(page).getByText("That was the translation.").waitFor({ timeout: 30_000 });
  await reads(page.getByRole("region", { name: "Send and replay" }), /./);
  await panel(page).getByText("You said: ").waitFor();
  await panel(page).getByText("Services are slow to start").waitFor();
  await count(panel(page).getByText("Ask somebody to draw it."), 0);
  await press(panel(page).getByRole("button", { name: /^run in terminal/ }));
  await page.locator(".xterm-rows").getByText("web-service").first().waitFor();
  await panel(page).getByText("✓ run again").waitFor();
  await shots(page, "lesson");

  await press(panel(page).getByRole("button", { name: "Next" }));
  await notYet(page, "ready endpoints");
  await press(panel(page).getByRole("button", { name: "A hint, please" }));
  await panel(page).getByText("Look at replicas.").waitFor();
  await count(panel(page).getByText("Two is one less"), 0);
  await type(page, "kubectl scale deployment web-app --replicas=2");
  await ticked(page, "ready endpoints");
  await press(panel(page).getByRole("button", { name: "Finish" }));
  await panel(page).getByText("You have met: pods.").waitFor();
  await press(panel(page).getByRole("button", { name: "Back to my own cluster" }));
  await page.getByRole("tab", { name: "deployment.yaml" }).waitFor();
  await count(panel(page), 0);
});

test("a fault is found with the terminal, and its checks say what they observe", async (t) => {
  const page = await open(t);
  await choosing(page, /The shop that refuses everybody, not begun/);
  await panel(page).getByRole("heading", { name: "The shop that refuses everybody" }).waitFor();
  const watch = panel(page).locator(".watch").getByRole("button", { name: "Skip" });
  await press(watch);
  await notYet(page, "gets an answer");
  await check(page, "gets an answer").getByText(/refused/).waitFor();
  await press(check(page, "gets an answer").getByRole("button", { name: /^show the packet/ }));
  await page.getByRole("button", { name: "pause" }).or(page.getByRole("button", { name: "play" })).first().waitFor();

  await press(panel(page).getByRole("button", { name: "How to search" }));
  const guide = page.getByRole("dialog", { name: "How to search" });
  await press(guide.getByRole("button", { name: "Failed to connect, within milliseconds" }));
  await guide.getByRole("heading", { name: "Does the Service have endpoints?" }).waitFor();
  await shots(page, "guide");
  await page.keyboard.press("Escape");

  await shots(page, "fault");
  await type(page, `kubectl patch service web-service -p '{"spec":{"selector":{"app":"web-app"}}}'`);
  await ticked(page, "gets an answer");
  await page.reload();
  await page.locator(".loading").waitFor({ state: "detached" });
  await ticked(page, "gets an answer");
  await press(panel(page).getByRole("button", { name: "Finish" }));
  await panel(page).getByRole("heading", { name: "Done" }).waitFor();
  await press(panel(page).getByRole("button", { name: "All lessons" }));
  const course = page.getByRole("dialog", { name: "Course" });
  await course.getByRole("button", { name: /The shop that refuses everybody, done/ }).waitFor();
  await shots(page, "catalogue");
  await course.getByRole("searchbox", { name: "Find a lesson" }).fill("zzz");
  await course.getByText("No lesson is about that.").waitFor();
});

test("nothing on the page tells what a fault asks to be found", async (t) => {
  const page = await open(t, { path: "?lesson=the-cut-cable" });
  await press(panel(page).locator(".watch").getByRole("button", { name: "Skip" }));
  await notYet(page, "reaches a Pod on node-1");
  await count(page.getByRole("list", { name: "Broken now" }), 0);
  await openPalette(page);
  await page.keyboard.type("mend");
  await palette(page).getByText("Nothing is called that.").waitFor();
  await page.keyboard.press("Escape");
  await type(page, "podhop heal link node-2; podhop wait 60s");
  await ticked(page, "reaches a Pod on node-1");
});

test("an exam keeps a cluster for each task, and its report says what was observed", async (t) => {
  const page = await open(t, { path: "?course" });
  const course = page.getByRole("dialog", { name: "Course" });
  await choose(page, course.getByRole("button", { name: "Open a file" }), [
    file("my-exam.md", EXAM),
    file("two-pods.md", task("two-pods", 1, 2)),
    file("five-pods.md", task("five-pods", 2, 5)),
    file("six-pods.md", task("six-pods", 3, 6)),
  ]);
  await press(course.getByRole("button", { name: /A small exam/ }));
  const before = page.getByRole("dialog", { name: "Before the exam" });
  await before.getByText("3 tasks, 21 points, 31 minutes.").waitFor();
  await press(before.getByRole("button", { name: "Start the clock" }));

  await exam(page).getByRole("heading", { name: "1. Run 2 Pods" }).waitFor();
  await exam(page).getByRole("timer").getByText(/^3\d:\d\d$/).waitFor();
  await count(exam(page).getByText("Pods are ready"), 0);
  await type(page, "kubectl scale deployment web-app --replicas=2");
  await page.locator(".xterm-rows").getByText("scaled").first().waitFor();
  await press(exam(page).getByRole("button", { name: /Come back to it/ }));
  await press(exam(page).getByRole("button", { name: "Next task" }));
  await exam(page).getByRole("heading", { name: "2. Run 5 Pods" }).waitFor();
  await type(page, "kubectl get deployment web-app");
  await page.locator(".xterm-rows").getByText("3/3").first().waitFor();
  await shots(page, "exam");

  await page.reload();
  await page.locator(".loading").waitFor({ state: "detached" });
  await exam(page).getByRole("heading", { name: "2. Run 5 Pods" }).waitFor();
  await press(exam(page).getByRole("tab", { name: /^Task 1: .*to come back to/ }));
  await type(page, "kubectl get deployment web-app");
  await page.locator(".xterm-rows").getByText("2/2").first().waitFor();

  await press(exam(page).getByRole("button", { name: "End the exam" }));
  await press(exam(page).getByRole("button", { name: "Yes, end it" }));
  await exam(page).getByText("5 of 21 points, 23 per cent; 40 per cent pass.").waitFor();
  await exam(page).getByRole("heading", { name: "Not passed this time" }).waitFor();
  const second = exam(page).getByRole("region", { name: "Task 2" });
  await second.getByText("0 of 7").waitFor();
  await second.getByText(/has 3 ready endpoints/).waitFor();
  await exam(page).getByRole("region", { name: "Task 3" }).getByText("You did not begin this task.").waitFor();
  await press(second.getByRole("button", { name: /^show the packet: frontend reaches nobody/ }));
  await page.getByRole("region", { name: "Trace" }).or(page.locator(".right")).first().waitFor();
  await shots(page, "report");
  await press(exam(page).getByRole("button", { name: "Leave the exam" }));
  await page.getByRole("button", { name: "Course" }).waitFor();
  await count(exam(page), 0);
});

test("progress is written to a file, forgotten and read again; a lesson leads back to one's own text", async (t) => {
  const page = await open(t);
  await page.locator(".cm-content").getByText("replicas").waitFor();
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+Home");
  await page.keyboard.type("# mine\n");
  await page.waitForTimeout(300);
  await page.goto(`${page.podhop.address}?lesson=ping-a-cluster-ip`);
  await press(panel(page).getByRole("radio").first(), "Space");
  await press(panel(page).locator(".watch").getByRole("button", { name: "Skip" }));
  await press(panel(page).getByRole("button", { name: "Finish" }));
  await panel(page).getByRole("heading", { name: "Done" }).waitFor();
  await press(panel(page).getByRole("button", { name: "All lessons" }));
  const course = page.getByRole("dialog", { name: "Course" });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    press(course.getByRole("button", { name: "Save it to a file" })),
  ]);
  const saved = await download.path();
  const card = (state) => course.getByRole("button", { name: new RegExp(`Ping a ClusterIP, ${state}`) }).waitFor();
  await press(course.getByRole("button", { name: "Forget it" }));
  await press(course.getByRole("button", { name: "Yes, forget it" }));
  await card("not begun");
  await choose(page, course.getByRole("button", { name: "Read it from a file" }), {
    name: "podhop-progress.json",
    mimeType: "application/json",
    buffer: await (await import("node:fs/promises")).readFile(saved),
  });
  await card("done");
  await page.keyboard.press("Escape");
  await press(panel(page).getByRole("button", { name: "Back to my own cluster" }));
  await page.locator(".cm-content").getByText("# mine").waitFor();
});

test("a lesson of the course goes from first click to its end by keys and terminal alone", async (t) => {
  const page = await open(t);
  const lesson = (await lessons()).find((lesson) => lesson.id === "a-simple-application");
  await choosing(page, new RegExp(`^2 ${lesson.title}, not begun`));
  for (const [at, step] of lesson.steps.entries()) {
    await panel(page).getByText(`step ${at + 1} of ${lesson.steps.length} · `).waitFor();
    await goThrough(page, step);
    await goOn(page);
  }
  await panel(page).getByRole("heading", { name: "Done" }).waitFor();
  await panel(page).getByRole("button", { name: "Next: " }).waitFor();
});

test("a task of the practice exam goes from first click to its points by keys and terminal alone", async (t) => {
  const page = await open(t);
  const all = await lessons();
  const practice = all.find((lesson) => lesson.kind === "exam");
  await choosing(page, new RegExp(`^${practice.title}`));
  await press(page.getByRole("dialog", { name: "Before the exam" }).getByRole("button", { name: "Start the clock" }));
  const task = all.find((lesson) => lesson.id === practice.tasks[0]);
  await exam(page).getByRole("heading", { name: `1. ${task.title}` }).waitFor();
  await rest(page);
  for (const block of task.steps.flatMap((step) => step.blocks).filter((block) => block.role === "solution")) {
    await perform(page, block);
  }
  await press(exam(page).getByRole("button", { name: "End the exam" }));
  await press(exam(page).getByRole("button", { name: "Yes, end it" }));
  await exam(page).getByRole("region", { name: "Task 1", exact: true }).getByText("10 of 10").waitFor();
  await exam(page).getByText("10 of 100 points").waitFor();
});

/** Stops the clock. Before the page is there, because timers that began before it could not be ended. */
const stop = (page) => page.clock.setFixedTime(Date.now());

test("the time of an exam runs out, also while the page is closed", async (t) => {
  const begun = Date.now();
  const page = await open(t, { path: "?lesson=practice-1", before: stop });
  await press(page.getByRole("dialog", { name: "Before the exam" }).getByRole("button", { name: "Start the clock" }));
  await exam(page).getByRole("timer").getByText(/^(59|60):/).waitFor();
  await page.clock.setFixedTime(begun + 56 * 60_000);
  await exam(page).getByRole("alert").getByText("less than 5 minutes left").waitFor();
  await page.clock.setFixedTime(begun + 62 * 60_000);
  await page.reload();
  await exam(page).getByText("0 of 100 points").waitFor();
  await exam(page).getByRole("heading", { name: "Not passed this time" }).waitFor();
});

test("a question comes back in the next lesson, and after days", async (t) => {
  const page = await open(t, { path: "?course", before: stop });
  const course = page.getByRole("dialog", { name: "Course" });
  await choose(page, course.getByRole("button", { name: "Open a file" }), file("my-lesson.md", TEACHERS));
  await press(panel(page).getByRole("radio", { name: "An answer" }), "Space");
  await press(panel(page).locator(".watch").getByRole("button", { name: "Skip" }));
  await panel(page).getByText("A question about this will come back later.").waitFor();
  await count(panel(page).getByText("What translated the address?"), 0);
  await goOn(page);
  await press(panel(page).locator(".lesson-foot").getByRole("button", { name: "Skip" }));
  await press(panel(page).getByRole("button", { name: "All lessons" }));
  await count(course.getByText("due for another look"), 0);
  await press(course.getByRole("button", { name: /Ping a ClusterIP, not begun/ }));

  await panel(page).getByText("Do you remember?").waitFor();
  await panel(page).getByText("From “My own lesson”").waitFor();
  await press(panel(page).getByRole("radio", { name: "The control plane" }), "Space");
  await panel(page).getByText("It only stores the Service.").waitFor();
  await panel(page).getByText("In fact: ").waitFor();

  const day = 24 * 60 * 60_000;
  const today = Date.now();
  const after = async (days) => {
    await kept(page);
    await page.clock.setFixedTime(today + days * day);
    await page.goto(`${page.podhop.address}?course`);
    await course.getByRole("region", { name: "The course" }).waitFor();
  };
  await after(1);
  await course.getByText("1 question is due for another look.").waitFor();
  await press(course.getByRole("button", { name: "Ask me" }));
  await press(course.getByRole("radio", { name: "The client's node" }), "Space");
  await course.getByText("You said so: ").waitFor();
  await after(2);
  await count(course.getByText("due for another look"), 0);
  await after(4);
  await course.getByText("1 question is due for another look.").waitFor();
});

test("a lesson is dragged in, wherever it falls", async (t) => {
  const page = await open(t);
  await page.locator(".cm-content").first().waitFor();
  const drop = (where, name, text) =>
    page.locator(where).first().evaluate(
      (element, [name, text]) => {
        const data = new DataTransfer();
        data.items.add(new File([text], name, { type: "text/markdown" }));
        const asked = new DragEvent("dragover", { bubbles: true, cancelable: true, dataTransfer: data });
        element.dispatchEvent(asked);
        element.dispatchEvent(new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data }));
        return asked.defaultPrevented;
      },
      [name, text],
    );
  assert.ok(await drop(".cm-content", "my-lesson.md", TEACHERS), "the page takes it");
  await panel(page).getByRole("heading", { name: "My own lesson" }).waitFor();
  assert.ok(await drop(".lesson-body", "other.md", TEACHERS.replaceAll("My own lesson", "Another of mine").replace("my-lesson", "other")));
  await panel(page).getByRole("heading", { name: "Another of mine" }).waitFor();
  assert.ok(await drop(".map", "broken.md", "no lesson at all"));
  await panel(page).getByRole("alert").first().waitFor();
});

test("where storage is forbidden a lesson and an exam go on, and that is said", async (t) => {
  const before = (page) =>
    page.addInitScript(() => Object.defineProperty(window, "localStorage", { get() { throw new DOMException("no", "SecurityError"); } }));
  const page = await open(t, { before });
  const notice = page.getByRole("alert").filter({ hasText: "keeps nothing for Podhop" });
  await press(notice.getByRole("button", { name: "Close" }));
  await page.locator(".cm-content").first().focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.insertText("# mine\n");
  await choosing(page, /Ping a ClusterIP, not begun/);
  await press(panel(page).getByRole("radio").first(), "Space");
  await press(panel(page).locator(".watch").getByRole("button", { name: "Skip" }));
  await goOn(page);
  await panel(page).getByRole("heading", { name: "Done" }).waitFor();
  await choosing(page, /^Practice exam/);
  await press(page.getByRole("dialog", { name: "Before the exam" }).getByRole("button", { name: "Start the clock" }));
  await press(exam(page).getByRole("button", { name: "Next task" }));
  await exam(page).getByRole("heading", { name: /^2\. / }).waitFor();
  await press(exam(page).getByRole("button", { name: "End the exam" }));
  await press(exam(page).getByRole("button", { name: "Yes, end it" }));
  await exam(page).getByText(/ of 100 points/).waitFor();
  await press(exam(page).getByRole("button", { name: "Leave the exam" }));
  await page.locator(".cm-content").first().getByText("# mine").waitFor();
});

test("what cannot be loaded is said in a sentence", async (t) => {
  const page = await open(t, { path: "?lesson=no-such-lesson" });
  await page.getByRole("alert").getByText("There is no lesson called “no-such-lesson”.").waitFor();
  page.podhop.allow(/content security policy|Refused to connect|Connecting to|violates|failed request|Fetch API/i);
  await page.goto(`${page.podhop.address}?lesson-url=https://lessons.example.com/a.md`);
  await page.getByRole("alert").getByText(/may load lessons from .* only/).waitFor();
});
