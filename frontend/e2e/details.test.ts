import type { Page, Route } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, go, signIn, withBrowser } from "./browser";
import { edge, made, middleOf, node, nodeOf, open, paramOf, saved, stored } from "./workflows";

withBrowser();

const START = node("start", "manual_trigger", "Start", 96);
const SOON = { timeout: 20_000 };
const WORKFLOWS = "/api/orchestrator/workflows/";

/** How the canvas is moved and zoomed. */
const viewOf = (page: Page) =>
  page.locator(".react-flow__viewport").evaluate((element) => (element as HTMLElement).style.transform);

async function dragBy(page: Page, from: { x: number; y: number }, x: number, y: number): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + x / 2, from.y + y / 2, { steps: 3 });
  await page.mouse.move(from.x + x, from.y + y, { steps: 3 });
}

test("a note is written, coloured and sized; what is written in it is text; undoing takes it back", async () => {
  const id = await made("Noted", [START, node("far", "no_op", "Far", 896)], []);
  const start = await stored(id);
  const { page, canvas } = await open(id);
  await canvas.focus();
  await page.keyboard.press("Shift+N");
  const note = page.locator(".graph-note");
  await note.dblclick();
  const text = "**Ask Ana** <img src=x onerror=alert(1)> [first](javascript:alert(2))";
  await page.getByLabel("Text of the note").fill(text);
  await page.keyboard.press("Escape");
  await note.locator("strong").getByText("Ask Ana").waitFor();
  expect(await note.locator("img, [href^=javascript], [onerror]").count()).toBe(0);

  await note.click({ button: "right" });
  await page.getByRole("menuitem", { name: "Violet" }).click();
  await page.locator('.graph-note[data-tint="violet"]').waitFor();
  const corner = await middleOf(page.locator(".graph-resize-handle.bottom.right"));
  await dragBy(page, corner, 96, 64);
  await page.mouse.up();
  await saved(page);
  const noted = async () =>
    (await stored(id)).nodes.find((one) => one.type === "note") as
      | ({ width?: number; height?: number } & (typeof start.nodes)[number])
      | undefined;
  await expect.poll(async () => (await noted())?.data.params, SOON).toMatchObject({ text, color: "violet" });
  await expect.poll(async () => (await noted())?.width ?? 0, SOON).toBeGreaterThan(240);

  await canvas.focus();
  for (let step = 0; step < 4; step += 1) await page.keyboard.press("Control+z");
  await expect.poll(() => stored(id), SOON).toEqual(start);
});

test("a dragged node shows where it stands level, and the minimap leads there", async () => {
  const id = await made(
    "Dragged level",
    [START, node("a", "no_op", "A", 416, 96), node("b", "no_op", "B", 416, 288)],
    [],
  );
  const { page, canvas } = await open(id);
  const lines = page.locator(".react-flow__viewport-portal .bg-accent");
  await nodeOf(page, "b").hover();
  await dragBy(page, await middleOf(nodeOf(page, "b")), 0, 64);
  await lines.first().waitFor();
  await page.mouse.up();
  await lines.first().waitFor({ state: "detached" });
  await saved(page);
  const { position } = (await stored(id)).nodes.find((one) => one.id === "b") ?? {};
  expect(position).toMatchObject({ x: 416 });

  const minimap = page.getByRole("img", { name: "Minimap" });
  expect(await minimap.count()).toBe(0);
  await canvas.focus();
  await page.keyboard.press("m");
  await minimap.waitFor();
  const before = await viewOf(page);
  await minimap.click({ position: { x: 8, y: 8 } });
  await expect.poll(() => viewOf(page)).not.toBe(before);
  await page.getByRole("button", { name: "Hide the minimap" }).click();
  await minimap.waitFor({ state: "detached" });
});

test("a sub-workflow is entered from its node, and the way back leads to the same node and view", async () => {
  const child = await made("Called", [START], []);
  const calling = node("call", "sub_workflow", "Calls", 416, 96, { workflow_id: child });
  const id = await made("Calling", [START, calling], [edge("start", "call")]);
  const { page, canvas } = await open(id);
  await nodeOf(page, "call").click();
  await page.keyboard.press("0");
  await middleOf(nodeOf(page, "call"));
  const before = await viewOf(page);
  await page.keyboard.press("Control+Shift+O");
  await page.waitForURL((url) => url.pathname === `/app/workflows/${child}`);
  const back = page.getByRole("link", { name: /^Calling \d+$/ });
  await back.waitFor();
  await nodeOf(page, "call").waitFor({ state: "detached" });
  await back.click();
  await page.locator('[data-inspector="call"]').waitFor();
  await canvas.waitFor();
  expect(await viewOf(page)).toBe(before);
  await page.goBack();
  await nodeOf(page, "start").waitFor();
  expect(new URL(page.url()).pathname).toBe(`/app/workflows/${child}`);
});

test("a pin is a step like any other: undone and done again; what a node lacked is not written into it", async () => {
  const bare = {
    id: "set",
    type: "set",
    position: { x: 416, y: 96 },
    data: { label: "Set", params: { keep_other: true } },
  };
  const name = `Pinned ${Date.now()}`;
  const { id } = await call<{ id: string }>("POST", WORKFLOWS, {
    name,
    nodes: [START, bare],
    edges: [edge("start", "set")],
  });
  const before = await stored(id);
  const { page, canvas } = await open(id);
  await nodeOf(page, "set").waitFor();
  await canvas.focus();
  await page.keyboard.press("Control+Enter");
  await nodeOf(page, "set").locator('.graph-badge[data-status="completed"]').waitFor();
  await nodeOf(page, "set").click();
  await page.keyboard.press("p");
  const chip = nodeOf(page, "set").getByText("pinned · 1 item");
  await chip.waitFor();
  const pins = async () => Object.keys((await stored(id)).pinned_data as object);
  await expect.poll(pins, SOON).toEqual(["set"]);
  await page.keyboard.press("Control+z");
  await chip.waitFor({ state: "detached" });
  await expect.poll(() => stored(id), SOON).toEqual(before);
  await page.keyboard.press("Control+Shift+z");
  await chip.waitFor();
  await page.keyboard.press("Alt+ArrowDown");
  await expect.poll(pins, SOON).toEqual(["set"]);
  await saved(page);
  const { nodes } = await stored(id);
  expect(nodes.map((one) => one.data)).toEqual(before.nodes.map((one) => one.data));
});

test("keys that are pressed before a field's editor is there are not lost", async () => {
  const id = await made("Slow editor", [node("ask", "stop_and_error", "Ask", 96, 96, { message: "old" })], []);
  const { page } = await open(id);
  const held: Route[] = [];
  await page.route(/LoadedExpressionEditor.*\.js$/, (route) => void held.push(route));
  await nodeOf(page, "ask").click();
  await paramOf(page.locator("[data-inspector]"), "message").click();
  await page.locator("[data-param='message'] textarea:focus").waitFor();
  await page.keyboard.press("Control+a");
  await expect.poll(() => held.length).toBe(1);
  await held[0]?.continue();
  await page.locator("[data-param='message'] .cm-content:focus").waitFor();
  await page.keyboard.type("new");
  await expect.poll(async () => (await stored(id)).nodes[0]?.data.params, SOON).toEqual({ message: "new" });
});

test("on a phone a run is stopped and started again", async () => {
  const waits = node("wait", "wait", "Rest", 416, 96, { seconds: 600 });
  const id = await made("Stopped", [START, waits], [edge("start", "wait")]);
  const run = await call<{ id: string }>("POST", `${WORKFLOWS}${id}/execute/`, { input: {} });
  const { page } = await freshPage({ viewport: { width: 390, height: 844 } });
  await signIn(page, "/app/inbox");
  await go(page, `/app/workflows/${id}/runs/${run.id}`);
  const status = page.getByRole("main").getByRole("status").first();
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await page.locator('[role="dialog"], [role="alertdialog"]').getByRole("button", { name: "Stop" }).click();
  await expect.poll(() => status.textContent(), SOON).toContain("Cancelled");
  await page.getByRole("button", { name: "Rerun…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rerun as it ran" }).click();
  await page.waitForURL((url) => url.pathname.includes("/runs/") && !url.pathname.endsWith(run.id));
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
  await call("POST", `/api/orchestrator/executions/${new URL(page.url()).pathname.split("/").at(-1)}/stop/`, {});
});
