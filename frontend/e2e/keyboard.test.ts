import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const MOST_TABS = 40;

/** Goes on with Tab until something has the focus. */
async function tabTo(page: Page, wanted: Locator): Promise<void> {
  for (let at = 0; at < MOST_TABS; at += 1) {
    await page.keyboard.press("Tab");
    if (await wanted.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error("Tab does not lead there");
}

const isOnCanvas = (page: Page) => page.locator("[data-editor-canvas] [role=application]:focus").waitFor();

/** Adds a node by its name; `n` asks for it. */
async function add(page: Page, name: string): Promise<void> {
  await page.getByLabel("Search nodes").waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
  await page.getByLabel("Search nodes").waitFor({ state: "detached" });
}

test("with the keyboard alone: two branches are built, connected, run, looked at and taken back", async () => {
  const { page } = await freshPage();
  await signIn(page);
  const create = page.getByRole("button", { name: "New workflow", exact: true });
  await create.waitFor();
  await tabTo(page, create);
  await page.keyboard.press("Enter");

  await add(page, "if");
  // The condition that it needs is asked for; Esc leads back to the canvas.
  await page.getByRole("button", { name: "Add to Conditions" }).and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Enter");
  await page.locator("[data-param='conditions.0.left'] :focus").waitFor();
  await page.keyboard.type("5");
  await page.keyboard.press("Escape");
  await isOnCanvas(page);

  await page.keyboard.press("n");
  await add(page, "set");
  await isOnCanvas(page);
  // A second one that stands alone, to be connected by the name of what leads to it.
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await add(page, "set");
  await isOnCanvas(page);
  const nodes = page.locator(".react-flow__node");
  await expect.poll(() => nodes.count()).toBe(4);
  await page.keyboard.press("c");
  const connect = page.getByRole("dialog");
  await connect.getByRole("combobox").and(page.locator(":focus")).waitFor();
  await page.keyboard.type("if false");
  await connect.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await isOnCanvas(page);
  const chosen = page.locator(".graph-node[aria-current]");
  for (let at = 0; at < 4 && !(await chosen.getAttribute("aria-label"))?.startsWith("If"); at += 1) {
    await page.keyboard.press("ArrowLeft");
  }
  const id = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  const edges = async () => {
    const path = `/api/orchestrator/workflows/${id}/`;
    const stored = await call<{ edges: { sourceHandle: string }[] }>("GET", path);
    return stored.edges.map((edge) => edge.sourceHandle).sort();
  };
  await expect.poll(edges).toEqual(["false", "main", "true"]);

  await page.keyboard.press("Control+Enter");
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
  // The two branches stand below each other; the condition does not hold: the lower one ran.
  await page.keyboard.press("ArrowRight");
  await expect.poll(() => chosen.getAttribute("aria-label")).toMatch(/^Set/);
  if (!(await chosen.getAttribute("aria-label"))?.startsWith("Set 2")) await page.keyboard.press("ArrowDown");
  await expect.poll(() => chosen.getAttribute("aria-label")).toMatch(/^Set 2, Set, completed/);
  await page.keyboard.press("Enter");
  const detail = page.getByRole("dialog", { name: "Set 2", exact: true });
  await detail.getByRole("region", { name: "Output", exact: true }).getByText("1 of 1").waitFor();
  await page.keyboard.press("Escape");
  await isOnCanvas(page);

  // The outline has the same nodes in a tree, with the same menu, and leads back.
  await page.keyboard.press("o");
  const tree = page.getByRole("tree");
  await tree.and(page.locator(":focus")).waitFor();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await tree.getByRole("treeitem", { name: /^If/, selected: true }).waitFor();
  await expect.poll(() => chosen.getAttribute("aria-label")).toMatch(/^If/);
  await page.keyboard.press("Shift+F10");
  await page
    .getByRole("menu")
    .getByRole("menuitem", { name: /^Rename/ })
    .waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  await page.keyboard.press("Escape");
  await tree.waitFor({ state: "detached" });
  await isOnCanvas(page);

  // What the header offers is found by name as well.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("deploy");
  await page.getByRole("option", { name: "Deploy", exact: true }).waitFor();
  await page.keyboard.press("Escape");
  await isOnCanvas(page);

  await page.keyboard.press("Control+z");
  await expect.poll(edges).toEqual(["main", "true"]);
  // Undo reaches what stands beside the canvas as well.
  await tabTo(page, page.getByRole("tab", { name: "Params" }));
  await page.keyboard.press("Control+z");
  await expect.poll(() => nodes.count()).toBe(3);
});

test("Tab leads out of an editor of code, both ways", async () => {
  const code = { id: "code", type: "code", position: { x: 96, y: 96 }, data: { label: "Code", params: {} } };
  const body = { name: `Tab ${Date.now()}`, nodes: [code], edges: [] };
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", body);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}?node=code`);
  const editor = page.locator("[data-param=code] .cm-content");
  const isInside = () => editor.evaluate((element) => element.contains(document.activeElement));
  for (const key of ["Tab", "Shift+Tab"]) {
    await editor.click();
    await page.keyboard.press(key);
    expect(await isInside()).toBe(false);
  }
  expect(await editor.textContent()).not.toMatch(/^\s{2}/);
});
