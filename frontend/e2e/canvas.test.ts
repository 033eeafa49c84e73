import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import type { WorkflowEdge, WorkflowNode } from "../src/domain/definition";
import { overlap, roughRects } from "../src/domain/geometry";
import { call, withBrowser } from "./browser";
import {
  edge,
  made,
  middleOf,
  node,
  nodeOf,
  noticeOf,
  open,
  paramOf,
  type Stored,
  type StoredNode,
  saved,
  stored,
} from "./workflows";

withBrowser();

const SOON = { timeout: 20_000 };
const START = node("start", "manual_trigger", "Start", 96);
const undo = (page: Page) => page.keyboard.press("Control+z");

const handleOf = (page: Page, id: string, kind: "source" | "target", name = "main") =>
  nodeOf(page, id).locator(`.graph-handle.${kind}[data-handleid="${name}"]`);

async function drag(page: Page, from: Locator, to: { x: number; y: number }): Promise<void> {
  const start = await middleOf(from);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + to.x) / 2, (start.y + to.y) / 2, { steps: 3 });
  await page.mouse.move(to.x, to.y, { steps: 3 });
  await page.mouse.up();
}

/** Waits until the canvas has come to rest: while it moves, nothing on it can be taken hold of. */
const stands = (page: Page) => page.locator(".react-flow.graph:not([data-moving])").waitFor();

/** Chooses the first kind that the palette finds. */
async function choose(page: Page, name: string): Promise<void> {
  await page.getByLabel("Search nodes").fill(name);
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.getByLabel("Search nodes").waitFor({ state: "detached" });
}

test("+ on a connection inserts between, deleting closes the gap, and a new name reaches every reference", async () => {
  const message = "{{ $('Amounts').item.json.total }} of {{ $node[\"Amounts\"].json.total }}";
  const id = await made(
    "Inserted",
    [
      START,
      node("amounts", "set", "Amounts", 416),
      node("tell", "stop_and_error", "Tell", 736, 96, { message, code: "{{ $('Amounts').item.json.code }}" }),
    ],
    [edge("start", "amounts"), edge("amounts", "tell")],
  );
  const start = await stored(id);
  const { page, canvas } = await open(id);
  await nodeOf(page, "tell").waitFor();
  const insert = page.getByRole("button", { name: "Insert a node here" });
  await expect
    .poll(async () => {
      const left = await middleOf(handleOf(page, "start", "source"));
      const right = await middleOf(handleOf(page, "amounts", "target"));
      await page.mouse.move((left.x + right.x) / 2, left.y, { steps: 2 });
      return await insert.count();
    }, SOON)
    .toBe(1);
  await insert.click();
  await choose(page, "no operation");
  await saved(page);
  const between = await stored(id);
  const added = between.nodes.find((one) => !start.nodes.some(({ id: known }) => known === one.id))?.id ?? "";
  const ways = (edges: typeof between.edges) => edges.map((one) => `${one.source}>${one.target}`).sort();
  expect(ways(between.edges)).toEqual([`${added}>amounts`, "amounts>tell", `start>${added}`].sort());

  await canvas.focus();
  await page.keyboard.press("Delete");
  await saved(page);
  expect(ways((await stored(id)).edges)).toEqual(["amounts>tell", "start>amounts"]);
  await undo(page);
  await undo(page);
  await saved(page);
  expect(await stored(id)).toEqual(start);

  await nodeOf(page, "amounts").click();
  await page.keyboard.press("F2");
  await page.getByLabel("New name of the node").fill("Sums");
  await page.keyboard.press("Enter");
  await noticeOf(page, "Renamed; 3 references rewritten.").waitFor();
  await saved(page);
  const renamed = await stored(id);
  expect(JSON.stringify(renamed.nodes)).not.toContain("Amounts");
  expect(JSON.stringify(renamed.nodes).split("Sums").length).toBe(5);
  await undo(page);
  await saved(page);
  expect(await stored(id)).toEqual(start);
});

test("a handle dragged to the empty canvas brings a connected node; a forbidden drop says why", async () => {
  const id = await made(
    "Dragged",
    [START, node("first", "no_op", "First", 416), node("second", "no_op", "Second", 736)],
    [edge("start", "first"), edge("first", "second")],
  );
  const { page, canvas } = await open(id);
  await nodeOf(page, "second").waitFor();
  await drag(page, handleOf(page, "second", "source"), await middleOf(nodeOf(page, "first")));
  await page.getByText("This would make a cycle: use a Loop node.").first().waitFor();
  expect((await stored(id)).edges.length).toBe(2);

  const [box, from] = [await canvas.boundingBox(), await middleOf(nodeOf(page, "second"))];
  await drag(page, handleOf(page, "second", "source"), { x: from.x, y: (box?.y ?? 0) + (box?.height ?? 0) - 120 });
  await choose(page, "http request");
  const url = page.locator("[data-inspector] [data-param='url'] :focus");
  await url.waitFor();
  await saved(page);
  const { nodes, edges } = await stored(id);
  const http = nodes.find((one) => one.type === "http_request");
  expect(edges.map((one) => [one.source, one.target])).toContainEqual(["second", http?.id]);

  for (const _ of [1, 2]) {
    await page.keyboard.press("Escape");
    await canvas.focus();
    await page.keyboard.press("Escape");
    await page.keyboard.press("n");
    await choose(page, "no operation");
  }
  await saved(page);
  const all = await stored(id);
  expect(all.nodes.length).toBe(6);
  expect(overlapping(all)).toBe(0);
});

test("a node dropped on a connection in one fast move stands in it", async () => {
  const id = await made(
    "Dropped",
    [START, node("end", "no_op", "End", 736), node("loose", "no_op", "Loose", 416, 416)],
    [edge("start", "end")],
  );
  const { page } = await open(id);
  await nodeOf(page, "loose").waitFor();
  await stands(page);
  const [from, left, right] = [
    await middleOf(nodeOf(page, "loose")),
    await middleOf(handleOf(page, "start", "source")),
    await middleOf(handleOf(page, "end", "target")),
  ];
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((left.x + right.x) / 2, left.y); // as a busy browser makes one of all that happened
  await page.mouse.up();
  const ways = async () => (await stored(id)).edges.map((one) => `${one.source}>${one.target}`).sort();
  await expect.poll(ways).toEqual(["loose>end", "start>loose"]);
});

test("a drag follows the pointer from where it was pressed, in one move or many; a click moves nothing", async () => {
  const nodes = [node("start", "manual_trigger", "Start", 96), node("one", "no_op", "One", 416)];
  const id = await made("Moved", [...nodes, node("two", "no_op", "Two", 736, 416)], []);
  const { page } = await open(id);
  await nodeOf(page, "two").waitFor();
  await stands(page);
  const before = await stored(id);
  const pull = async (x: number, y: number) => {
    const from = await middleOf(nodeOf(page, "one"));
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x + x, from.y + y);
    await page.mouse.up();
  };
  await nodeOf(page, "one").click();
  await expect.poll(() => page.locator(".graph-node.is-selected").count()).toBe(1);
  await nodeOf(page, "two").click({ modifiers: ["Shift"] });
  await expect.poll(() => page.locator(".graph-node.is-selected").count()).toBe(2);
  expect(await stored(id)).toEqual(before);
  await nodeOf(page, "start").click();
  await expect.poll(() => page.locator(".graph-node.is-selected").count()).toBe(1);
  const zoom = await page
    .locator(".react-flow__viewport")
    .evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).a);
  await pull(160 * zoom, -96 * zoom);
  await expect
    .poll(async () => (await stored(id)).nodes.map(({ position }) => [position.x, position.y]))
    .toEqual([
      [96, 96],
      [576, 0],
      [736, 416],
    ]);
  await expect.poll(() => page.locator(".graph-node.is-selected").count()).toBe(1); // what was dragged
});

test("keys typed into fields, editors and dialogs do nothing on the canvas", async () => {
  const id = await made(
    "Typed",
    [
      START,
      node("ask", "http_request", "Ask", 416, 96, { url: "https://example.org/" }),
      node("stop", "stop_and_error", "Stop", 736, 96, { message: "no", code: "x" }),
    ],
    [edge("start", "ask"), edge("ask", "stop")],
  );
  const before = await stored(id);
  const { page, canvas } = await open(id);
  const shape = async () => {
    const { nodes, edges } = await stored(id);
    return { nodes: nodes.map((one) => ({ ...one, data: { ...one.data, params: {} } })), edges };
  };
  const start = await shape();
  const type = async (field: Locator) => {
    await field.click();
    for (const key of ["Backspace", "d", "p", "n", "Control+z", "Control+c", "o", "m", "Delete"]) {
      await page.keyboard.press(key);
    }
    expect(await page.locator(".react-flow__node").count()).toBe(3);
    expect(await page.locator(".graph-node[data-disabled]").count()).toBe(0);
    expect(await page.getByRole("region", { name: "Nodes", exact: true }).count()).toBe(0);
    expect(await page.getByRole("region", { name: "Outline" }).count()).toBe(0);
  };
  await nodeOf(page, "ask").click();
  const inspector = page.locator("[data-inspector]");
  await type(paramOf(inspector, "url"));
  await nodeOf(page, "stop").click();
  await type(paramOf(inspector, "code"));
  await canvas.focus();
  await page.keyboard.press("F2");
  await type(page.getByLabel("New name of the node"));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+f");
  await type(page.getByLabel("Find", { exact: false }).and(page.locator("input")));
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+s");
  await type(page.getByRole("dialog").getByRole("textbox"));
  await page.keyboard.press("Escape");
  await canvas.focus();
  await page.keyboard.press("Enter");
  const detail = page.getByRole("dialog", { name: "Stop", exact: true });
  await type(paramOf(detail, "message"));
  await page.keyboard.press("Escape");
  await saved(page);
  expect(await shape()).toEqual(start);
  expect((await stored(id)).pinned_data).toEqual(before.pinned_data);
  expect(await page.getByText(/^Copied /).count()).toBe(0);
});

test("Ctrl+Enter in an expression field runs the workflow and writes nothing", async () => {
  const id = await made(
    "Run from a field",
    [START, node("stop", "stop_and_error", "Stop", 416, 96, { message: "no", code: "x" })],
    [edge("start", "stop")],
  );
  const { page } = await open(id);
  await nodeOf(page, "stop").click();
  await paramOf(page.locator("[data-inspector]"), "code").click();
  await page.locator("[data-inspector] [data-param='code'] .cm-content").waitFor();
  await page.keyboard.press("End");
  await page.keyboard.type("y");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("region", { name: "Run" }).getByText("Failed", { exact: true }).first().waitFor();
  await saved(page);
  expect((await stored(id)).nodes.find((one) => one.id === "stop")?.data.params.code).toBe("xy");
});

test("Tidy lays 200 nodes out without overlap, true above false, while the page answers; one undo takes it back", async () => {
  const nodes = [START];
  const edges = [];
  for (let at = 0; nodes.length < 200; at += 1) {
    nodes.push(node(`if${at}`, "if", `If ${at}`, 96 + (at % 7) * 40, 200 + (at % 11) * 30));
    nodes.push(node(`t${at}`, "no_op", `True ${at}`, 400 - (at % 5) * 50, 500 + (at % 3) * 20));
    nodes.push(node(`f${at}`, "no_op", `False ${at}`, 300 + (at % 5) * 50, 300 - (at % 3) * 20));
    edges.push(edge(at === 0 ? "start" : `f${at - 1}`, `if${at}`));
    edges.push(edge(`if${at}`, `f${at}`, "false"), edge(`if${at}`, `t${at}`, "true"));
  }
  const id = await made("Tidied", nodes, edges);
  const before = await stored(id);
  const { page, canvas } = await open(id);
  await page.locator(".react-flow__node").first().waitFor();
  await canvas.focus();
  await page.keyboard.press("Shift+T");
  await page.keyboard.press("o");
  await page.getByRole("region", { name: "Outline" }).first().waitFor();
  await page.getByRole("button", { name: "Undo: Tidy up" }).waitFor();
  await saved(page);
  const after = await stored(id);
  expect([after.nodes.length, overlapping(after)]).toEqual([nodes.length, 0]);
  const y = new Map(after.nodes.map((one) => [one.id, one.position.y]));
  const crossed = after.nodes.filter(
    ({ id: one }) => one.startsWith("t") && (y.get(one) ?? 0) >= (y.get(one.replace("t", "f")) ?? 0),
  );
  expect(crossed).toEqual([]);
  await canvas.focus();
  await undo(page);
  await saved(page);
  expect(await stored(id)).toEqual(before);
});

test("a workflow that was posted without places is laid out when it is opened, and saved with the first edit", async () => {
  const bare = ({ position: _, ...rest }: StoredNode) => rest as StoredNode; // as a program posts it
  const nodes = [START, node("a", "no_op", "A", 0), node("b", "no_op", "B", 0)].map(bare);
  const id = await made("Posted", nodes, [edge("start", "a"), edge("a", "b")]);
  const path = `/api/orchestrator/workflows/${id}/`;
  const before = await call<{ revision: number }>("GET", path);
  const { page, canvas } = await open(id);
  await nodeOf(page, "b").waitFor();
  const [start, a, b] = await Promise.all(["start", "a", "b"].map((one) => middleOf(nodeOf(page, one))));
  expect(start && a && b && start.x < a.x && a.x < b.x).toBe(true);
  expect(await page.getByRole("button", { name: "Undo", exact: true }).isDisabled()).toBe(true);
  await new Promise((resolve) => setTimeout(resolve, 1_500)); // longer than edits rest before they are saved
  expect(await call("GET", path)).toEqual(before);

  await nodeOf(page, "b").click();
  await canvas.focus();
  await page.keyboard.press("d");
  await page.getByRole("button", { name: /^Undo: / }).waitFor();
  await saved(page);
  const after = await stored(id);
  expect([after.nodes.filter((one) => one.position).length, overlapping(after)]).toEqual([3, 0]);
});

/** Counts the nodes that cover a later one. */
function overlapping({ nodes, edges }: Stored): number {
  // As the server has them: what the domain reads of them is there.
  const rects = roughRects(nodes as unknown as WorkflowNode[], edges as unknown as WorkflowEdge[]);
  return rects.filter((one, at) => rects.slice(at + 1).some((other) => overlap(one, other))).length;
}
