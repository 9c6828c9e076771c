// Writing manifests: what is offered, what is explained, and what happens to files.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, shots } from "./harness.mjs";
import { becomes, editor, eventually, started, write } from "./page.mjs";

const list = (page) => page.getByRole("listbox", { name: "Completions" });
const offered = (page) => list(page).locator(".cm-completionLabel").allInnerTexts();

/** Asks for completion until the list shows: the module behind it may be under way. */
async function complete(page) {
  for (let tries = 0; tries < 20; tries++) {
    await page.keyboard.press("Control+Space");
    if (await list(page).waitFor({ timeout: 500 }).then(() => true, () => false)) return offered(page);
  }
  throw new Error("no completion was offered");
}

const TWO = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
spec:
  rules:
    - http:
        paths:
          - path: /
            `;

test("completion knows the document under the cursor, and says what a field means", async (t) => {
  const page = await started(t);
  await write(page, TWO);
  await becomes(async () => (await complete(page)).sort(), ["backend", "pathType"]);
  await page.getByText(/backend defines the referenced service endpoint/).waitFor();
  await shots(page, "completion");
  await page.keyboard.type("pathT");
  await page.keyboard.press("Enter");
  await becomes(() => complete(page), ["Prefix", "Exact", "ImplementationSpecific"]);
});

test("completion offers the names of the cluster's Services", async (t) => {
  const page = await started(t);
  await write(page, `${TWO}pathType: Prefix\n            backend:\n              service:\n                name: `);
  await eventually(() => complete(page), (labels) => assert.ok(labels.some((label) => label.startsWith("web-service"))));
});

test("an empty file is begun with a kind", async (t) => {
  const page = await started(t);
  await write(page, "");
  await eventually(() => complete(page), (labels) => assert.ok(labels.some((label) => label.startsWith("apiVersion"))));
  await page.keyboard.type("NetworkP");
  await list(page).getByRole("option", { name: /^NetworkPolicy/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("kind: NetworkPolicy\n"));
});

test("a field is explained where the pointer rests", async (t) => {
  const page = await started(t);
  await editor(page).getByText("replicas").first().hover();
  await page.getByText(/Number of desired pods/).waitFor();
  await page.getByText("integer", { exact: true }).waitFor();
  await shots(page, "hover");
});

const file = (page, name) => page.getByRole("tab", { name, exact: true });

/** Drops files on the left side: `[name, text or bytes]`. */
async function drop(page, files) {
  const transfer = await page.evaluateHandle((files) => {
    const transfer = new DataTransfer();
    for (const [name, text] of files) transfer.items.add(new File([typeof text === "string" ? text : new Uint8Array(text)], name));
    return transfer;
  }, files);
  await editor(page).dispatchEvent("drop", { dataTransfer: transfer });
}

test("files are dragged in, and what is no manifest is refused with a sentence", async (t) => {
  const page = await started(t);
  const dump = "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: dumped\n    uid: 1\n    managedFields: []\n";
  await drop(page, [["dump.yaml", dump], ["photo.png", [137, 80]], ["broken.yml", [255, 254, 0]]]);
  await file(page, "dump.yaml").waitFor();
  await page.getByText("photo.png was left out: only .yaml, .yml, .json and .md files are read.").waitFor();
  await page.getByText(/broken\.yml was left out: it is not text in UTF-8/).waitFor();
  await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("name: dumped"));
  await drop(page, [["dump.yaml", "kind: Pod\n"]]);
  await file(page, "dump-2.yaml").waitFor();
});

test("a file is begun, named, closed and brought back", async (t) => {
  const page = await started(t);
  await page.getByRole("button", { name: "New file" }).click();
  await file(page, "manifest.yaml").waitFor();
  await file(page, "manifest.yaml").press("F2");
  await page.getByRole("textbox", { name: "The file's name" }).fill("service");
  await page.keyboard.press("Enter");
  // The name is taken, so it gets a number.
  await file(page, "service-2.yaml").waitFor();
  await write(page, "kind: Service\n");
  await page.getByRole("button", { name: "Close service-2.yaml" }).click();
  await file(page, "service-2.yaml").waitFor({ state: "detached" });
  await keep(page, "closed");
  await page.getByRole("button", { name: "Reopen service-2.yaml" }).click();
  await file(page, "service-2.yaml").waitFor();
  await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("kind: Service"));
});
