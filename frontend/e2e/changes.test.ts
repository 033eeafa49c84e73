import type { Locator, Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, server, withBrowser } from "./browser";
import { edge, made, node, nodeOf, open, paramOf, type StoredNode, saved, stored } from "./workflows";

withBrowser();

/** Saving waits for the end of writing. */
const SOON = { timeout: 20_000 };
const START = node("start", "manual_trigger", "Start", 96);

test("two browsers: different params both survive, the same one is asked, and what was hidden catches up", async () => {
  const id = await made(
    "Changed by two",
    [START, node("ask", "stop_and_error", "Ask", 416, 96, { message: "old", code: "old" })],
    [edge("start", "ask")],
  );
  const [{ page: one }, { page: two }] = await Promise.all([open(id), open(id)]);
  for (const page of [one, two]) await nodeOf(page, "ask").click();
  const now = async () => (await stored(id)).nodes.find((entry) => entry.id === "ask")?.data.params;

  await write(one, "message", "of one");
  await expect.poll(now, SOON).toEqual({ message: "of one", code: "old" });
  await write(two, "code", "of two");
  await expect.poll(now, SOON).toEqual({ message: "of one", code: "of two" });
  await shows(two, "message", "of one");

  await one.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); // a tab that is shown again
  await shows(one, "code", "of two");
  await saved(one);
  expect(await now()).toEqual({ message: "of one", code: "of two" });

  await write(one, "message", "mine again");
  await expect.poll(now, SOON).toEqual({ message: "mine again", code: "of two" });
  await write(two, "message", "another");
  const asked = two.getByRole("dialog", { name: "Changed here and elsewhere" });
  await asked.getByText("another", { exact: true }).waitFor();
  await asked.getByText("mine again", { exact: true }).waitFor();
  expect(await now()).toEqual({ message: "mine again", code: "of two" });
  await asked.getByRole("radio", { name: "Theirs" }).click();
  await asked.getByRole("button", { name: "Save this choice" }).click();
  await shows(two, "message", "mine again");
  await saved(two);
  expect(await now()).toEqual({ message: "mine again", code: "of two" });
});

test("20 nodes copied in one tab are pasted in another; a credential of somebody else stays behind", async () => {
  const credential = await call<{ id: string }>("POST", "/api/credentials/", {
    name: `Copied ${Date.now()}`,
    type: "http_bearer",
    data: { token: "secret-of-tests" },
  });
  const chain = Array.from({ length: 20 }, (_, at) =>
    at === 0
      ? withCredential(node("c0", "http_request", "Step 0", 96, 96, { url: "https://example.org/" }), credential.id)
      : node(`c${at}`, "stop_and_error", `Step ${at}`, 96 + (at % 5) * 320, 96 + Math.floor(at / 5) * 160, {
          message: `{{ $('Step ${at - 1}').item.json.n }} and {{ $('Elsewhere').item.json.n }}`,
        }),
  );
  const from = await made("Copied from", chain, [edge("c0", "c1")]);
  const to = await made("Pasted into", [node("own", "no_op", "Step 3", 96)], []);
  const { context, page, canvas } = await open(from, withoutClipboard);
  await nodeOf(page, "c19").waitFor();
  await canvas.focus();
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  await page.getByText("Copied 20 nodes.", { exact: true }).waitFor();

  const other = await context.newPage();
  await other.goto(`/app/workflows/${to}`);
  await paste(other);
  const { nodes, edges } = await stored(to);
  expect([nodes.length, edges.length]).toEqual([21, 1]);
  const labels = nodes.map((one) => one.data.label);
  expect(new Set(labels).size).toBe(21);
  expect(nodes.every((one) => one.id === "own" || !chain.some(({ id }) => id === one.id))).toBe(true);
  const [fourth, fifth] = [nodes.slice(-16)[0], nodes.slice(-15)[0]];
  expect(fifth?.data.params.message).toBe(
    `{{ $('${fourth?.data.label}').item.json.n }} and {{ $('Elsewhere').item.json.n }}`,
  );
  expect(fourth?.data.label).not.toBe("Step 3");
  expect(JSON.stringify(nodes)).toContain(credential.id);

  const email = `second-${Date.now()}@example.org`;
  const { api_key: key } = await call<{ api_key: string }>("POST", "/api/users/", {
    email,
    password: server.password,
    with_api_key: true,
  });
  const theirs = await made("Theirs", [], [], key);
  const somebody = await open(theirs, withoutClipboard, email);
  await paste(somebody.page);
  const pasted = await stored(theirs, key);
  expect(pasted.nodes.length).toBe(20);
  expect(JSON.stringify(pasted.nodes)).not.toContain(credential.id);
});

test("200 actions at random, all undone, lead back to the start; all redone, to the end", async () => {
  const id = await made(
    "At random",
    [START, node("a", "set", "A", 416), node("b", "no_op", "B", 736), node("note", "note", "", 96, 400)],
    [edge("start", "a"), edge("a", "b")],
  );
  const start = await stored(id);
  const { page, canvas } = await open(id);
  await nodeOf(page, "b").waitFor();
  await canvas.focus();
  const keys = [
    ...["d", "d", "Control+d", "Alt+ArrowRight", "Alt+Shift+ArrowDown", "Alt+ArrowUp", "Alt+ArrowLeft", "Control+d"],
    ...["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ArrowRight", "Delete", "Alt+Delete"],
    ...["Control+z", "Control+z", "Control+Shift+z", "Shift+N", "Escape"],
  ];
  const draw = numbers(20_260);
  const drawn = Array.from({ length: 199 }, () => keys[draw(keys.length)] ?? "d");
  await press(canvas, [...drawn, "Shift+N"]); // the last one leaves nothing to redo
  await saved(page);
  const end = await stored(id);
  expect(end.nodes.length).toBeGreaterThan(start.nodes.length);
  await press(canvas, Array<string>(201).fill("Control+z"));
  await page.getByRole("button", { name: "Undo", exact: true, disabled: true }).waitFor();
  await saved(page);
  expect(await stored(id)).toEqual(start);
  await press(canvas, Array<string>(201).fill("Control+Shift+z"));
  await page.getByRole("button", { name: "Redo", exact: true, disabled: true }).waitFor();
  await saved(page);
  expect(await stored(id)).toEqual(end);
});

/** Presses keys quicker than a person can: nothing is drawn between them. */
async function press(canvas: Locator, keys: readonly string[]): Promise<void> {
  await canvas.evaluate((element, all) => {
    for (const combination of all) {
      const parts = combination.split("+");
      const has = (name: string) => parts.includes(name);
      const held = { ctrlKey: has("Control"), altKey: has("Alt"), shiftKey: has("Shift") };
      const key = parts.at(-1) ?? "";
      element.dispatchEvent(new KeyboardEvent("keydown", { key, ...held, bubbles: true, cancelable: true }));
    }
  }, keys);
}

/** Numbers that are the same at each run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** The clipboard that scripts may write exists on https alone; nothing may need it. */
function withoutClipboard(): void {
  Object.defineProperty(navigator, "clipboard", { value: undefined });
}

async function paste(page: Page): Promise<void> {
  await page.getByLabel("Workflow canvas").focus();
  await page.keyboard.press("Control+v");
  await page.locator(".react-flow__node.selected").first().waitFor();
  await saved(page);
}

/** Writes a param in the inspector. */
async function write(page: Page, name: string, text: string): Promise<void> {
  await paramOf(page.locator("[data-inspector]"), name).click();
  await page.keyboard.press("Control+a");
  await page.keyboard.type(text);
}

/** Waits until the inspector shows this value of a param. */
async function shows(page: Page, name: string, text: string): Promise<void> {
  await page.locator(`[data-inspector] [data-param='${name}']`).getByText(text, { exact: true }).waitFor();
}

function withCredential(one: StoredNode, id: string): StoredNode {
  return { ...one, data: { ...one.data, credentials: { auth: id } } };
}
