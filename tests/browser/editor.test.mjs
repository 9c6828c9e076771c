// The editor and the terminal as modules of their own, under the page's content security policy.

import assert from "node:assert/strict";
import { test } from "node:test";
import { open } from "./harness.mjs";
import { becomes, eventually, reads } from "./page.mjs";

test("the editor underlines a mistake, marks a cause and applies by key", async (t) => {
  const page = await open(t);
  await page.evaluate(async () => {
    const host = document.body.appendChild(document.createElement("div"));
    host.id = "editor-under-test";
    window.applied = 0;
    const { create } = await Podhop.editor();
    window.editor = create(host, { doc: "kind: Pot\nname: é😀x\n", ariaLabel: "under test", onApply: () => window.applied++ });
    window.editor.setDiagnostics([{ from: 6, to: 9, severity: "error", message: "no such kind", hint: "did you mean `Pod`?" }]);
    window.editor.highlightRanges([{ from: 10, to: 20 }]);
    window.editor.selectRange(16, 19);
  });
  const editor = page.locator("#editor-under-test");
  await editor.getByText("Pot").waitFor();
  await becomes(() => editor.locator(".cm-lintRange-error").textContent(), "Pot");
  await reads(editor.locator(".cm-cause"), /^name/);
  await becomes(() => page.evaluate(() => getSelection().toString()), "é😀");
  await page.keyboard.press("Control+Enter");
  await becomes(() => page.evaluate(() => window.applied), 1);
});

test("the terminal shows what is written and says what is typed", async (t) => {
  const page = await open(t);
  await page.evaluate(async () => {
    const host = document.body.appendChild(document.createElement("div"));
    host.style.cssText = "width: 600px; height: 200px";
    window.typed = "";
    const { create } = await Podhop.terminal();
    window.terminal = create(host, { onData: (text) => (window.typed += text) });
    window.terminal.write("$ kubectl get pods\r\n");
    window.terminal.focus();
  });
  await page.keyboard.type("ls");
  await page.waitForFunction(() => window.typed === "ls");
  await eventually(() => page.evaluate(() => window.terminal.columns), (columns) => assert.ok(columns > 40));
});
