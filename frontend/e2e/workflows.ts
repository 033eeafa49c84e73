import type { BrowserContext, Locator, Page } from "playwright-core";
import { call, freshPage, server, signIn } from "./browser";

const PATH = "/api/orchestrator/workflows/";

export interface StoredNode {
  readonly id: string;
  readonly type: string;
  readonly position: { readonly x: number; readonly y: number };
  readonly data: {
    readonly label: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly version: number;
    readonly settings: object;
    readonly credentials: Readonly<Record<string, string>>;
  };
}

export interface StoredEdge {
  readonly id: string;
  readonly source: string;
  readonly sourceHandle: string;
  readonly target: string;
  readonly targetHandle: string;
}

export interface Stored {
  readonly nodes: StoredNode[];
  readonly edges: StoredEdge[];
  readonly pinned_data: unknown;
}

export function node(id: string, type: string, label: string, x: number, y = 96, params = {}): StoredNode {
  return { id, type, position: { x, y }, data: { label, params, version: 1, settings: {}, credentials: {} } };
}

export function edge(source: string, target: string, sourceHandle = "main", targetHandle = "main"): StoredEdge {
  return { id: `${source}-${sourceHandle}-${target}`, source, sourceHandle, target, targetHandle };
}

/** Makes a workflow and returns its id. */
export async function made(
  name: string,
  nodes: readonly StoredNode[],
  edges: readonly StoredEdge[],
  apiKey?: string,
): Promise<string> {
  const body = { name: `${name} ${Date.now()}`, nodes, edges };
  return (await call<{ id: string }>("POST", PATH, body, apiKey)).id;
}

/** Returns what the server has, without what says how the canvas was left. */
export async function stored(id: string, apiKey?: string): Promise<Stored> {
  const { nodes, edges, pinned_data } = await call<Stored>("GET", `${PATH}${id}/`, undefined, apiKey);
  return { nodes, edges, pinned_data };
}

interface Open {
  readonly context: BrowserContext;
  readonly page: Page;
  readonly canvas: Locator;
}

/** Opens a workflow in a browser of its own, which has seen the tour. */
export async function open(id: string, before?: () => void, email?: string): Promise<Open> {
  const { context, page } = await freshPage();
  await context.addCookies([
    { name: "heddle_tour", value: "seen", domain: new URL(server.baseUrl).hostname, path: "/app/" },
  ]);
  if (before) await context.addInitScript(before);
  await signIn(page, `/app/workflows/${id}`, email);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.waitFor();
  return { context, page, canvas };
}

/** Waits until all that was done is on the server. */
export async function saved(page: Page): Promise<void> {
  await page.locator('[data-save-state="saved"]').waitFor();
}

export const nodeOf = (page: Page, id: string): Locator => page.locator(`.react-flow__node[data-id="${id}"]`);

/** Returns a param's control in the inspector. */
export function paramOf(scope: Page | Locator, name: string): Locator {
  return scope.locator(`[data-param='${name}'] :is([role=textbox], input, textarea)`).first();
}

/** Returns the middle of what no longer moves: a canvas that fits its view glides for a moment. */
export async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  let before = await locator.boundingBox();
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const box = await locator.boundingBox();
    if (box && before && box.x === before.x && box.y === before.y) {
      return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    }
    before = box;
  }
}

/** The notice that stands for a moment, not what a screen reader is told of it. */
export function noticeOf(page: Page, text: string): Locator {
  return page.getByText(text, { exact: true });
}
