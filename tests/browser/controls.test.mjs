// The cluster's controls: what it is made of, what is broken in it, and the way back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { keep, shots } from "./harness.mjs";
import { apply, becomes, count, editor, fits, pods, reads, send, started, status, trace } from "./page.mjs";

const menu = (page, name) => page.getByRole("group", { name: "Cluster" }).getByRole("button", { name });
const broken = (page) => page.getByRole("list", { name: "Broken now" });

test("another plugin is chosen from a menu that says whether it enforces policies", async (t) => {
  const page = await started(t);
  await menu(page, /^CNI/).click();
  const list = page.getByRole("menu", { name: "CNI" });
  await becomes(() => list.getByRole("menuitemradio", { checked: true }).innerText(), "Flannel · VXLAN\ndoes not enforce NetworkPolicy");
  await count(list.getByRole("menuitemradio"), 11);
  await shots(page, "menu-cni");
  await list.getByRole("menuitemradio", { name: /^Calico · BGP enforces NetworkPolicy/ }).click();
  await menu(page, "CNI Calico · BGP").waitFor();
  await count(pods(page, "web-app"), 3);
});

test("kube-proxy, the ingress controller and the load balancer are chosen with what is known of them", async (t) => {
  const page = await started(t);
  await menu(page, /^kube-proxy/).click();
  await page.getByRole("menuitemradio", { name: /^ipvs deprecated since 1\.35/ }).click();
  await menu(page, "kube-proxy ipvs").waitFor();
  await menu(page, /^way in/).click();
  await page.getByRole("menuitemradio", { name: /nginx.*retired in March 2026/ }).waitFor();
  await page.getByRole("menuitemradio", { name: /^Traefik/ }).click();
  await menu(page, "way in Traefik").waitFor();
  await menu(page, /^way in/).click();
  await page.getByRole("menuitemradio", { name: /^MetalLB/ }).click();
  await menu(page, "way in Traefik +1").waitFor();
});

test("what is chosen in haste is all kept", async (t) => {
  const page = await started(t);
  // Each menu is left before the cluster has been built anew.
  for (const name of [/^Traefik/, /^NGINX Gateway/, /^MetalLB/]) {
    await menu(page, /^way in/).click();
    await page.getByRole("menuitemradio", { name }).click();
  }
  await menu(page, "way in Traefik +2").waitFor();
});

test("the title and every button of the header are on the screen of a laptop", async (t) => {
  const page = await started(t);
  await menu(page, /^way in/).click();
  await page.getByRole("menuitemradio", { name: /^AWS Load Balancer Controller/ }).click();
  await menu(page, /^way in AWS/).waitFor();
  await fits(page);
  const header = page.locator("main > header");
  await header.getByText("A web app behind a Service").waitFor();
  const boxes = await header.getByRole("button").evaluateAll((all) => all.map((it) => it.getBoundingClientRect().toJSON()));
  for (const [at, box] of boxes.entries()) {
    assert.ok(box.right <= 1440, "inside the window");
    assert.ok(at === 0 || box.left >= boxes[at - 1].right - 1, "beside the one before");
  }
});

test("a menu is driven by keys and gives the focus back", async (t) => {
  const page = await started(t);
  await menu(page, /^kube-proxy/).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("menuitemradio", { name: /^iptables/ }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await menu(page, "kube-proxy nftables").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("menu", { name: "kube-proxy" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("menu", { name: "kube-proxy" }).waitFor({ state: "detached" });
  await becomes(() => page.evaluate(() => document.activeElement.textContent), "kube-proxy nftables");
});

test("a node joins and leaves", async (t) => {
  const page = await started(t);
  await menu(page, /^nodes/).click();
  await page.getByRole("menuitem", { name: /^add a node/ }).click();
  await menu(page, "nodes 3").waitFor();
  await reads(status(page), /node-3 joined/);
  await keep(page, "three-nodes");
  await menu(page, /^nodes/).click();
  await page.getByRole("menuitem", { name: "remove node-1" }).click();
  await page.getByRole("alert").getByText(/API server answers/).waitFor();
  await page.getByRole("alert").getByRole("button", { name: "Close" }).click();
  await menu(page, /^nodes/).click();
  await page.getByRole("menuitem", { name: "remove node-3" }).click();
  await menu(page, "nodes 2").waitFor();
});

test("what is broken is shown and mended with one click", async (t) => {
  const page = await started(t);
  await menu(page, "Break something").click();
  await shots(page, "menu-break");
  await page.getByRole("menuitem", { name: "cut the link of node-1" }).click();
  await broken(page).getByText("the link of node-1 is cut").waitFor();
  await menu(page, "Break something").click();
  await page.getByRole("menuitem", { name: "stop CoreDNS" }).click();
  await broken(page).getByText("CoreDNS is stopped").waitFor();
  await shots(page, "broken");
  await send(page).click();
  await trace(page).getByText(/no DNS server answered|did not resolve/).first().waitFor();
  await page.getByRole("button", { name: "mend the link of node-1" }).click();
  await page.getByRole("button", { name: "start CoreDNS", exact: true }).click();
  await page.getByRole("button", { name: "start CoreDNS", exact: true }).waitFor({ state: "detached" });
  await count(broken(page).getByRole("listitem"), 0);
});

test("every fault of the menu can be done", async (t) => {
  const page = await started(t);
  for (const [name, shown] of [
    [/^crash web-app/, null],
    [/^stop kube-proxy on node-2/, "kube-proxy is stopped on node-2"],
    [/^switch node-2 off/, "node-2 is switched off"],
    [/^misspell the image of web-app/, "the image of web-app is misspelt"],
  ]) {
    await menu(page, "Break something").click();
    await page.getByRole("menuitem", { name }).first().click();
    if (shown) await broken(page).getByText(shown).waitFor();
  }
});

test("undo and redo go through apply, configuration and faults, by key and by button", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicas: 4");
  await apply(page, text);
  await count(pods(page, "web-app"), 4);
  await page.getByRole("button", { name: "undo: apply" }).waitFor();
  await menu(page, /^CNI/).click();
  await page.getByRole("menuitemradio", { name: /^Weave/ }).click();
  await menu(page, /^CNI Weave/).waitFor();

  await page.locator("body").press("Control+z");
  await menu(page, /^CNI Flannel/).waitFor();
  await page.getByRole("button", { name: "undo: apply" }).click();
  await count(pods(page, "web-app"), 3);
  await reads(editor(page), /replicas: 3/);
  await page.getByRole("button", { name: "undo: nothing" }).waitFor();
  await page.locator("body").press("Control+Shift+Z");
  await count(pods(page, "web-app"), 4);
  await reads(editor(page), /replicas: 4/);
});

test("undo leaves text alone that was not applied", async (t) => {
  const page = await started(t);
  const text = (await editor(page).innerText()).replace("replicas: 3", "replicas: 4");
  await apply(page, text);
  await page.getByRole("button", { name: "undo: apply" }).waitFor();
  await page.keyboard.insertText("# mine\n");
  await page.getByRole("button", { name: "undo: apply" }).click();
  await status(page).getByText(/left as it is/).waitFor();
  await reads(editor(page), /# mine/);
});

test("on a phone the menus are usable in one column", async (t) => {
  const page = await started(t, { size: "phone" });
  await menu(page, "Break something").click();
  const list = page.getByRole("menu", { name: "Break something" });
  const box = await list.boundingBox();
  assert.ok(box.x >= 0 && box.x + box.width <= 390, "the menu stays on the screen");
  await keep(page, "phone-menu");
  await page.getByRole("menuitem", { name: "stop CoreDNS" }).click();
  await broken(page).getByText("CoreDNS is stopped").waitFor();
  await fits(page);
  await keep(page, "phone-broken");
});
