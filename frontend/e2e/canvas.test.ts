import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";

interface StoredNode {
  readonly id: string;
  readonly type: string;
  readonly position: { readonly x: number; readonly y: number };
  readonly data: {
    readonly label: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly version: number;
    readonly credentials: Readonly<Record<string, string | null>>;
    readonly settings: Readonly<Record<string, unknown>>;
  };
}

interface StoredEdge {
  readonly id: string;
  readonly source: string;
  readonly sourceHandle: string;
  readonly target: string;
  readonly targetHandle: string;
}

interface Graph {
  readonly nodes: readonly StoredNode[];
  readonly edges: readonly StoredEdge[];
}

function node(id: string, type: string, label: string, x: number, y: number, params: object = {}): StoredNode {
  return {
    id,
    type,
    position: { x, y },
    data: { version: 1, label, params: { ...params }, credentials: {}, settings: {} },
  };
}

function edge(source: string, target: string, sourceHandle = "main"): StoredEdge {
  return { id: `${source}-${sourceHandle}-${target}`, source, sourceHandle, target, targetHandle: "main" };
}

const START = node("start", "manual_trigger", "Start", 0, 0);
const readsStart = { assignments: [{ name: "who", type: "string", value: "{{ $('Start').item.json.who }}" }] };

async function made(name: string, graph: Graph): Promise<string> {
  const { id } = await call<{ id: string }>("POST", WORKFLOWS, { name: `${name} ${Date.now()}`, ...graph });
  return id;
}

/** Opens a workflow in a browser of its own that has seen the tour. */
async function opened(id: string) {
  const { context, page } = await freshPage();
  await context.addCookies([{ name: "heddle_tour", value: "seen", url: `${server.baseUrl}/app/` }]);
  await signIn(page, `/app/workflows/${id}`);
  await canvasOf(page).waitFor();
  return { context, page };
}

const canvasOf = (page: Page) => page.getByLabel("Workflow canvas");
const nodeOf = (page: Page, id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
const handleOf = (page: Page, id: string, name: string, side: "source" | "target") =>
  nodeOf(page, id).locator(`.react-flow__handle.${side}[data-handleid="${name}"]`);
const saved = (page: Page) => page.locator('[data-save-state="saved"]').waitFor();

async function stored(id: string): Promise<Graph> {
  const { nodes, edges } = await call<Graph>("GET", `${WORKFLOWS}${id}/`);
  return { nodes, edges };
}

async function middleOf(place: Locator): Promise<{ x: number; y: number }> {
  const box = await place.boundingBox();
  if (box === null) throw new Error("it is not to be seen");
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** Presses on one place, moves to another in steps, and lets go there. */
async function drag(page: Page, from: Locator, to: Locator | { x: number; y: number }): Promise<void> {
  const [start, end] = [await middleOf(from), "x" in to ? to : await middleOf(to)];
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  await page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2, { steps: 4 });
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
}

test("a node is put into a connection, its deletion closes the gap, and two undos restore the start", async () => {
  const id = await made("Between", {
    nodes: [START, node("tail", "set", "Tail", 320, 0, readsStart)],
    edges: [edge("start", "tail")],
  });
  const { page } = await opened(id);
  const before = await stored(id);
  const nodes = page.locator(".react-flow__node");
  const from = await middleOf(handleOf(page, "start", "main", "source"));
  const to = await middleOf(handleOf(page, "tail", "main", "target"));
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 2 });
  await page.getByRole("button", { name: "Insert a node here" }).click();
  await page.getByLabel("Search nodes").fill("no operation");
  await page.keyboard.press("Enter");
  await expect.poll(() => nodes.count()).toBe(3);
  await saved(page);
  const between = await stored(id);
  const added = between.nodes.find((one) => one.type === "no_op")?.id ?? "";
  expect(between.edges.map(({ source, target }) => [source, target]).sort()).toEqual(
    [
      ["start", added],
      [added, "tail"],
    ].sort(),
  );
  await page.locator("[data-editor-canvas] [role=application]:focus").waitFor();
  await page.keyboard.press("Delete");
  await expect.poll(() => nodes.count()).toBe(2);
  await expect
    .poll(async () => (await stored(id)).edges.map(({ source, target }) => [source, target]))
    .toEqual([["start", "tail"]]);
  await page.keyboard.press("Control+z");
  await expect.poll(() => nodes.count()).toBe(3);
  await page.keyboard.press("Control+z");
  await expect.poll(() => nodes.count()).toBe(2);
  await expect.poll(() => stored(id)).toEqual(before);
});

test("renaming a node rewrites every reference to it, and one undo takes all back", async () => {
  const more = { assignments: [{ name: "all", type: "array", value: '{{ $node["Start"].json }}' }] };
  const id = await made("Renamed", {
    nodes: [START, node("one", "set", "One", 320, 0, readsStart), node("two", "set", "Two", 640, 0, more)],
    edges: [edge("start", "one"), edge("one", "two")],
  });
  const { page } = await opened(id);
  const before = await stored(id);
  await nodeOf(page, "start").click();
  await page.keyboard.press("F2");
  await page.getByLabel("New name of the node").fill("Begin");
  await page.keyboard.press("Enter");
  await page.getByText("Renamed; 2 references rewritten.").first().waitFor();
  await expect
    .poll(async () => JSON.stringify((await stored(id)).nodes.map(({ data }) => [data.label, data.params])))
    .toContain('[\\"Begin\\"]');
  const after = JSON.stringify(await stored(id));
  expect(after).toContain("$('Begin').item.json.who");
  expect(after).not.toContain("Start");
  await page.keyboard.press("Control+z");
  await expect.poll(() => stored(id)).toEqual(before);
});

test("a handle dragged to the empty canvas brings a connected node; where nothing may lead, the reason is said", async () => {
  const id = await made("Dragged", {
    nodes: [START, node("a", "no_op", "First", 320, 0), node("b", "no_op", "Second", 320, 240)],
    edges: [edge("start", "a"), edge("a", "b")],
  });
  const { page } = await opened(id);
  const edges = async () => (await stored(id)).edges.length;
  // Second leads back to First: a circle.
  await drag(page, handleOf(page, "b", "main", "source"), handleOf(page, "a", "main", "target"));
  await page.getByRole("status").getByText("cycle").first().waitFor();
  await drag(page, handleOf(page, "b", "main", "source"), nodeOf(page, "start"));
  await page.getByRole("status").getByText("no input").first().waitFor();
  expect(await page.locator(".react-flow__edge").count()).toBe(2);
  expect(await edges()).toBe(2);

  const dot = await middleOf(handleOf(page, "b", "main", "source"));
  await drag(page, handleOf(page, "b", "main", "source"), { x: dot.x + 120, y: dot.y + 120 });
  await page.getByLabel("Search nodes").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("http");
  await page.getByRole("option", { name: /HTTP Request/ }).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-param=url] .cm-content:focus").waitFor();
  await expect.poll(edges).toBe(3);
  const now = await stored(id);
  const added = now.nodes.find((one) => one.type === "http_request")?.id;
  expect(now.edges.some(({ source, target }) => source === "b" && target === added)).toBe(true);
});
