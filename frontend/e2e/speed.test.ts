import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { withBrowser } from "./browser";
import { edge, made, node, open, paramOf, saved, stored } from "./workflows";

withBrowser();

const SOON = { timeout: 20_000 };
const NODES = 500;
const COLUMNS = 25;

/** 500 nodes in rows of 25, each connected to the next and every fifth to the one below it. */
function fixture() {
  const nodes = Array.from({ length: NODES }, (_, at) => {
    const place = [96 + (at % COLUMNS) * 320, 96 + Math.floor(at / COLUMNS) * 160] as const;
    if (at === 0) return node("n0", "manual_trigger", "Start", ...place);
    return node(`n${at}`, "stop_and_error", `Node ${at}`, ...place, { message: `No ${at}`, code: "x" });
  });
  const next = nodes.slice(1, -1).map((_, at) => edge(`n${at}`, `n${at + 1}`));
  const below = nodes.flatMap((_, at) =>
    at % 5 === 0 && at + COLUMNS < NODES ? [edge(`n${at}`, `n${at + COLUMNS}`)] : [],
  );
  return { nodes, edges: [...next, ...below] };
}

const drawn = (page: Page) => page.locator(".react-flow__node").count();

test("500 nodes paint, only what is in view is drawn, and typing in the inspector draws no other node again", async () => {
  const { nodes, edges } = fixture();
  const id = await made("Many nodes", nodes, edges);
  const { page, canvas } = await open(id);
  await page.locator(".react-flow__node").first().waitFor();
  await canvas.focus();
  await page.keyboard.press("1");
  await expect.poll(() => drawn(page), SOON).toBe(NODES);
  await page.keyboard.press("0");
  await expect.poll(() => drawn(page), SOON).toBeLessThan(NODES / 4);

  await canvas.focus();
  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: /^Find/ }).fill("Node 260");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  const field = paramOf(page.locator("[data-inspector]"), "code");
  await field.click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type("first");
  await saved(page);
  await remember(page);
  await page.keyboard.type("second");
  await saved(page);
  expect((await stored(id)).nodes.find((one) => one.data.label === "Node 260")?.data.params.code).toBe("firstsecond");
  const { again, others } = await drawnAgain(page);
  expect(others).toBeGreaterThan(5);
  expect(again.filter((name) => name !== "n260")).toEqual([]);
});

// React gives an element new props each time that its component is drawn, whether or not they differ.
interface Remembering {
  heddleProps?: Map<Element, unknown>;
}

async function remember(page: Page): Promise<void> {
  await page.evaluate(() => {
    const props = new Map<Element, unknown>();
    for (const element of document.querySelectorAll(".graph-node")) {
      const key = Object.keys(element).find((name) => name.startsWith("__reactProps$"));
      props.set(element, key && Reflect.get(element, key));
    }
    (window as Remembering).heddleProps = props; // this test's own
  });
}

async function drawnAgain(page: Page): Promise<{ again: string[]; others: number }> {
  return await page.evaluate(() => {
    const again: string[] = [];
    const before = (window as Remembering).heddleProps ?? new Map<Element, unknown>();
    for (const [element, props] of before) {
      const key = Object.keys(element).find((name) => name.startsWith("__reactProps$"));
      const id = element.closest(".react-flow__node")?.getAttribute("data-id") ?? "gone";
      if (!key || Reflect.get(element, key) !== props) again.push(id);
    }
    return { again, others: before.size - 1 };
  });
}
