// The panels and the inspector, by role and label: bytes, files, matrix, rounds, names, tables, captures.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { keep, shots } from "./harness.mjs";
import { apply, becomes, count, eventually, fits, pods, reads, requests, send, sent, started, trace, type } from "./page.mjs";

const panel = (page) => page.getByRole("tabpanel");

/** The page once the request in its form was answered, at its first step. */
async function answered(t, options) {
  const page = await started(t, options);
  await sent(page);
  return page;
}

const openPanel = (page, name) => page.getByRole("tab", { name, exact: true }).click();

async function translated(page) {
  await trace(page).getByRole("button", { name: /SYN$/ }).first().click();
  await trace(page).getByRole("button", { name: /destination translated/ }).click();
}

const denyAll = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: nobody
spec:
  podSelector:
    matchLabels:
      app: web
  policyTypes: [Ingress]
`;

test("a header and its bytes show each other", async (t) => {
  const page = await answered(t);
  await translated(page);
  await trace(page).getByRole("button", { name: "Show the bytes" }).click();
  const hex = trace(page).getByRole("img", { name: /^\d+ bytes$/ });
  const headers = trace(page).getByRole("region", { name: "Headers" });
  const destination = headers.locator("dd.changed").first();
  const address = await destination.locator("b").innerText();
  await destination.hover();
  const lit = async () => (await hex.locator(".hex-row > span:nth-child(2) .lit").allInnerTexts()).map((byte) => parseInt(byte, 16)).join(".");
  await becomes(lit, address);
  await hex.locator(".hex-row").nth(3).locator("span:nth-child(2) > span").nth(6).hover();
  await headers.locator(".lit").first().waitFor();
  await shots(page, "bytes");
});

test("the rule stands marked inside its chain, and in sight", async (t) => {
  const page = await answered(t);
  await translated(page);
  const rule = trace(page).getByRole("region", { name: "Tables" }).locator("li[aria-current]").first();
  await reads(rule, /-A KUBE-/);
  const inside = (rule) => {
    const [list, item] = [rule.parentElement.getBoundingClientRect(), rule.getBoundingClientRect()];
    return item.top >= list.top - 1 && item.bottom <= list.bottom + 1;
  };
  await becomes(() => rule.evaluate(inside), true);
});

test("the whole journey is a file that a capture tool reads", async (t) => {
  const page = await answered(t);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    trace(page).getByRole("button", { name: "Download pcap" }).click(),
  ]);
  assert.equal(file.suggestedFilename(), "podhop.pcapng");
  const bytes = await readFile(await file.path());
  assert.equal(bytes.readUInt32LE(0), 0x0a0d0d0a);
  assert.ok(bytes.length > 2000, `${bytes.length} bytes`);
});

test("captures are listed as tcpdump prints them, by device, and lead to the step", async (t) => {
  const page = await answered(t);
  await openPanel(page, "capture");
  const point = page.getByRole("combobox", { name: "Capture at" });
  const lines = panel(page).getByRole("listitem");
  const everywhere = await eventually(() => lines.count(), (now) => (assert.ok(now > 0), now));
  const name = (await point.locator("option").allInnerTexts()).find((text) => /frontend.* · eth0$/.test(text));
  await point.selectOption({ label: name });
  await eventually(() => lines.count(), (now) => assert.ok(now > 0 && now < everywhere, `${now} of ${everywhere}`));
  await reads(
    lines.first(),
    /^\d\d:\d\d:\d\d\.\d{6} eth0  Out IP 10\.244\.\d+\.\d+\.\d+ > 10\.96\.0\.10\.53: \d+\+ A{1,4}\? web-service\.default\.svc\.cluster\.local\. \(\d+\)$/,
  );
  await panel(page).getByText(/Flags \[S\], seq \d+, win \d+, length 0/).first().click();
  await panel(page).locator("li[aria-current]").getByText(/Flags \[S\]/).waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    panel(page).getByRole("button", { name: "Download pcap" }).click(),
  ]);
  assert.match(file.suggestedFilename(), /^podhop-frontend.*-eth0\.pcapng$/);
  await shots(page, "capture");
});

test("rules are asked for when their panel opens, searched, and marked at the step", async (t) => {
  const page = await answered(t);
  await openPanel(page, "rules");
  await translated(page);
  const rules = panel(page).getByRole("list", { name: "Rules" });
  await rules.locator("[aria-current]").first().waitFor();
  await reads(rules.locator("[aria-current]").first(), /-A KUBE-/);
  const all = await rules.getByRole("listitem").count();
  await page.getByRole("searchbox", { name: "Search the rules" }).fill("default/web-service");
  await eventually(() => rules.getByRole("listitem").count(), (now) => assert.ok(now > 0 && now < all, `${now} of ${all}`));
  await page.getByRole("searchbox", { name: "Search the rules" }).fill("no such words");
  await panel(page).getByText(/Clear the search/).waitFor();
  await page.getByRole("searchbox", { name: "Search the rules" }).fill("");
  await shots(page, "rules");
});

test("conntrack shows states and how long they last", async (t) => {
  const page = await answered(t);
  await openPanel(page, "conntrack");
  await translated(page);
  const rows = panel(page).getByRole("row");
  await rows.nth(1).waitFor();
  await reads(panel(page).getByRole("table"), /TIME_WAIT|ESTABLISHED/);
  await reads(panel(page).getByRole("table"), /\d+ s/);
  await shots(page, "conntrack");
});

test("every DNS query is listed with its answer and why it was asked", async (t) => {
  const page = await started(t);
  await page.getByRole("combobox", { name: "to" }).fill("http://nowhere");
  await send(page).click();
  await openPanel(page, "DNS");
  const table = panel(page).getByRole("table", { name: "DNS queries" });
  await table.getByRole("button", { name: /^nowhere\.default\.svc\.cluster\.local/ }).first().waitFor();
  await reads(table, /NXDOMAIN/);
  await reads(table, /search list comes first/);
  await reads(table, /The one before it did not exist/);
  await shots(page, "dns");
});

test("an earlier round shows the cluster as it was, and leads back", async (t) => {
  const page = await started(t);
  await type(page, "kubectl scale deployment web-app --replicas=5");
  await count(pods(page, "web-app"), 5);
  const rounds = panel(page).getByRole("button", { name: /^The cluster after the round/ });
  await rounds.first().click();
  const banner = page.getByRole("status", { name: "The map shows the past" });
  await banner.waitFor();
  const earlier = banner.getByRole("button", { name: "‹ Earlier" });
  for (let round = 0; round < 40; round++) {
    if ((await pods(page, "web-app").count()) === 3) break;
    await earlier.click();
    await page.waitForTimeout(60);
  }
  await count(pods(page, "web-app"), 3);
  await shots(page, "past");
  await banner.getByRole("button", { name: "Back to now" }).click();
  await banner.waitFor({ state: "detached" });
  await count(pods(page, "web-app"), 5);
});

test("the matrix says who may connect to whom and why, and opens the connection", async (t) => {
  const page = await started(t);
  await openPanel(page, "connectivity");
  const grid = panel(page).getByRole("grid", { name: "Who may connect to whom" });
  const sign = grid.getByRole("button", { name: /^frontend.* to web-app.*: may connect/ }).first();
  await sign.hover();
  await panel(page).getByText(/No policy selects/).first().waitFor();
  await shots(page, "matrix");
  await sign.click();
  await trace(page).getByText(/connected/).first().waitFor();
});

test("where the plugin enforces nothing, the matrix says so", async (t) => {
  const page = await started(t);
  await openPanel(page, "connectivity");
  await panel(page).getByText(/does not enforce NetworkPolicies/).waitFor();
  await apply(page, denyAll);
  await panel(page).getByText(/nobody.* has no effect here/).waitFor();
});

test("the panels' tabs are moved through by arrow keys", async (t) => {
  const page = await started(t);
  await openPanel(page, "events");
  await page.keyboard.press("ArrowRight");
  await becomes(() => page.getByRole("tab", { name: "connectivity" }).getAttribute("aria-selected"), "true");
  await page.keyboard.press("End");
  await becomes(() => page.getByRole("tab", { name: "capture" }).getAttribute("aria-selected"), "true");
  await panel(page).getByText(/Send a request/).waitFor();
});

test("on a phone no panel sticks out to the side", async (t) => {
  const page = await answered(t, { size: "phone" });
  for (const name of ["terminal", "events", "connectivity", "DNS", "rules", "conntrack", "capture"]) {
    await openPanel(page, name);
    await keep(page, `phone-${name}`);
    await fits(page);
  }
});

const denyWeb = denyAll.replace("app: web\n", "app: web-app\n");

test("the matrix counts nodes and the internet, and marks what the last apply changed", async (t) => {
  const page = await started(t);
  await page.getByRole("group", { name: "Cluster" }).getByRole("button", { name: /^CNI/ }).click();
  await page.getByRole("menuitemradio", { name: /^Calico · VXLAN/ }).click();
  await page.getByRole("group", { name: "Cluster" }).getByRole("button", { name: "CNI Calico · VXLAN" }).waitFor();
  await openPanel(page, "connectivity");
  const grid = panel(page).getByRole("grid", { name: "Who may connect to whom" });
  await grid.getByRole("button", { name: /^laptop to web-app.*: may connect$/ }).first().waitFor();
  await apply(page, denyWeb);
  await grid.getByRole("button", { name: /^laptop to web-app.*: may not connect, changed/ }).first().waitFor();
  await grid.getByRole("button", { name: /^node-1 to web-app.*: may connect$/ }).first().waitFor();
  const closed = grid.getByRole("button", { name: /^frontend to web-app.*: may not connect, changed/ }).first();
  await closed.hover();
  await panel(page).getByText(/isolates/).first().waitFor();
  await shots(page, "matrix-denied");
  await closed.click();
  await trace(page).getByText(/timed out|dropped|no answer/i).first().waitFor();
});

test("an object's name opens its card, whatever its kind, and in a past round tells of that round", async (t) => {
  const page = await started(t);
  await openPanel(page, "events");
  await panel(page).getByRole("button", { name: /^Open the card of ReplicaSet web-app-/ }).first().click();
  const card = page.getByRole("dialog", { name: "Selected ReplicaSet" });
  await card.getByText(/Controlled By:\s+Deployment\/web-app/).waitFor();
  await page.keyboard.press("Escape");
  await type(page, "kubectl scale deployment web-app --replicas=1");
  await count(pods(page, "web-app"), 1);
  await page.getByRole("button", { name: /^Service web-service/ }).first().click();
  await page.getByRole("dialog", { name: "Selected Service" }).getByRole("tab", { name: "Describe" }).click();
  await panel(page).getByRole("button", { name: /^The cluster after the round at/ }).last().click();
  const past = page.getByRole("dialog", { name: "Selected Service" });
  await past.getByText(/^As it was at/).waitFor();
  await count(past.getByRole("button", { name: "Delete Service" }), 0);
  await shots(page, "card-past");
});

test("every request of a terminal line can be looked at again", async (t) => {
  const page = await started(t);
  await type(page, "kubectl exec frontend -- curl -s http://web-service; kubectl exec frontend -- curl -s -m 2 http://web-service:81");
  await page.getByText(/2 · frontend → http:\/\/web-service:81/).first().waitFor({ state: "attached" });
  await count(requests(page).getByRole("option"), 2);
});
