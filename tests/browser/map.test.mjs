// The map: everything on it can be reached, read and moved, by hand and by key.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, shots } from "./harness.mjs";
import { apply, becomes, choose, count, eventually, pods, reads, started } from "./page.mjs";

const map = (page) => page.getByRole("region", { name: "Cluster map" });
const sheet = (page) => page.getByRole("group", { name: "Nodes, Pods, devices and Services" });
const card = (page) => page.getByRole("dialog", { name: /^Selected/ });

const policy = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: deny-all
spec:
  podSelector:
    matchLabels:
      app: web-app
  policyTypes: [Ingress]
`;

const many = [1, 2, 3, 4, 5]
  .map(
    (number) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: team-${number}
spec:
  replicas: 40
  selector:
    matchLabels:
      app: team-${number}
  template:
    metadata:
      labels:
        app: team-${number}
    spec:
      containers:
      - name: web
        image: nginx:1.29
        ports:
        - containerPort: 80
`,
  )
  .join("---\n");

test("zoom by wheel, key and button, pan by drag, and fit again", async (t) => {
  const page = await started(t);
  const seen = () => sheet(page).getAttribute("viewBox");
  await page.getByRole("button", { name: "Fit the map" }).click();
  const whole = await seen();
  const box = await sheet(page).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 12);
  await page.mouse.wheel(0, -300);
  const near = await eventually(seen, (now) => (assert.notEqual(now, whole), now));
  await page.mouse.down();
  await page.mouse.move(box.x + box.width / 2 + 60, box.y + box.height - 60, { steps: 4 });
  await page.mouse.up();
  await eventually(seen, (now) => assert.notEqual(now, near));
  await page.getByRole("button", { name: "Fit the map" }).click();
  await becomes(seen, whole);
  await sheet(page).focus();
  await page.keyboard.press("+");
  const width = (box) => Number(box.split(" ")[2]);
  await eventually(seen, (now) => assert.ok(width(now) < width(whole), "the key goes nearer"));
  await page.keyboard.press("0");
  await eventually(seen, (now) => assert.equal(width(now), width(whole)));
});

test("a card opens by key, tells who reaches the Pod, and closes by Esc", async (t) => {
  const page = await started(t);
  await pods(page, "web-app").first().focus();
  await page.keyboard.press("Enter");
  await card(page).getByRole("list", { name: "Who can reach it" }).getByText("frontend").waitFor();
  await card(page).getByRole("tab", { name: "YAML" }).click();
  await card(page).getByText(/kind: Pod/).waitFor();
  await card(page).getByRole("tab", { name: "Describe" }).click();
  await card(page).getByText(/Service Account/).waitFor();
  await shots(page, "card");
  await card(page).getByRole("tab", { name: "YAML" }).focus();
  await page.keyboard.press("Escape");
  await card(page).waitFor({ state: "detached" });
});

test("a policy that Flannel does not enforce is shown as such", async (t) => {
  const page = await started(t);
  await apply(page, policy);
  await pods(page, "web-app.*selected for ingress by deny-all, which this plugin does not enforce").first().waitFor();
  await pods(page, "web-app").first().click();
  await card(page).getByText(/does not enforce NetworkPolicies/).waitFor();
  await keep(page, "policy-idle");
});

test("two hundred Pods stand in stacks that unfold", async (t) => {
  const page = await started(t);
  const before = Date.now();
  await apply(page, many);
  const stack = page.getByRole("button", { name: /^40 Pods of team-1 on/ });
  await stack.waitFor();
  t.diagnostic(`200 Pods on the map ${Date.now() - before} ms after the key`);
  await keep(page, "two-hundred");
  await stack.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Pod team-1-/ }).first().waitFor();
  await count(page.getByRole("button", { name: /^Pod team-1-/ }), 40);
  const name = page.getByRole("button", { name: /^Pod team-1-/ }).first().locator("text");
  await eventually(() => name.boundingBox(), ({ height }) => assert.ok(height >= 10, `a name on an unfolded stack is ${height} pixels high`));
  await keep(page, "unfolded");
  await stack.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: /^Pod team-1-/ }).first().waitFor({ state: "detached" });
  await count(page.locator(".map-area.zoomed"), 0);
});

test("what the palette goes to is brought near, with its card", async (t) => {
  const page = await started(t);
  for (const [words, kind, object] of [
    ["go to service web-service", "Service", "web-service"],
    ["go to node node-2", "Node", "node-2"],
  ]) {
    await page.getByRole("button", { name: "Fit the map" }).click();
    const whole = await sheet(page).getAttribute("viewBox");
    await choose(page, words);
    await page.getByRole("dialog", { name: `Selected ${kind}` }).getByRole("heading", { name: object }).waitFor();
    await eventually(() => sheet(page).getAttribute("viewBox"), (now) => assert.notEqual(now, whole));
  }
});

test("the map is there in words", async (t) => {
  const page = await started(t);
  const words = page.getByRole("region", { name: "The map in words" });
  await reads(words, /node-1 192\.168\.1\.10, ready/);
  await reads(words, /web-service 10\.96\.15\.20:80, 3 of 3 endpoints ready/);
  await reads(words, /laptop 203\.0\.113\.9/);
  await map(page).waitFor();
});
