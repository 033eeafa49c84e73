import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const START = { id: "start", type: "manual_trigger", position: { x: 96, y: 96 }, data: { label: "Start", params: {} } };
const FAILS = {
  id: "fails",
  type: "stop_and_error",
  position: { x: 416, y: 96 },
  data: { label: "Checks the order", params: { message: "the order has no lines" } },
};
const LEAD = { id: "e", source: "start", sourceHandle: "main", target: "fails", targetHandle: "main" };

test("a failed run is found, and opens on the node, the attempt and the item that failed, without a click", async () => {
  const check = "if item['json']['order'] == 18: raise ValueError('the order has no lines')\nreturn item";
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Fails ${Date.now()}`,
    nodes: [
      START,
      code("make", "Make", 416, "return [{'order': n} for n in (17, 18, 19)]"),
      {
        id: "check",
        type: "code",
        position: { x: 736, y: 96 },
        data: { label: "Checks the order", params: { language: "python", mode: "each_item", code: check } },
      },
      { id: "end", type: "no_op", position: { x: 1056, y: 96 }, data: { label: "End", params: {} } },
    ],
    edges: [
      { id: "a", source: "start", target: "make" },
      { id: "b", source: "make", target: "check" },
      { id: "c", source: "check", target: "end" },
    ],
  });
  const run = await call<{ id: string; status: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, {
    input: {},
    wait_s: 30,
  });
  expect(run.status).toBe("failed");
  const { page } = await freshPage();
  await signIn(page, `/app/runs?status=failed&workflow=${made.id}`);
  await page.locator(`a[href*="${run.id}"]`).first().click();
  const data = page.getByRole("complementary", { name: "Data of the node run" });
  await data.getByRole("heading", { name: "Checks the order" }).waitFor();
  const failure = data.getByRole("alert");
  await failure.getByText("ValueError: the order has no lines (line 1)").waitFor();
  await failure.getByText("item 2").waitFor();
  await failure.getByText("attempt 1").waitFor();
  const item = data.locator('tr[aria-current="true"]');
  await item.getByText("18").waitFor();
  await page.locator('[data-id="check"] .graph-badge[data-status="failed"]').waitFor();

  // From the list over the run to its repair: the third click.
  await page.getByRole("link", { name: "Open draft" }).click();
  const name = page.locator('[data-inspector="check"]').getByRole("textbox", { name: "Name" }).first();
  await expect.poll(() => name.inputValue(), { timeout: 20_000 }).toBe("Checks the order");
});

const code = (id: string, label: string, x: number, source: string) => ({
  id,
  type: "code",
  position: { x, y: 96 },
  data: { label, params: { language: "python", mode: "all_items", code: source } },
});

test("a run is watched live, round by round, and run again from a node that is then reused or not", async () => {
  const rounds = 4;
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Loops ${Date.now()}`,
    nodes: [
      START,
      code("make", "Make", 416, `return [{"n": n} for n in range(${rounds})]`),
      { id: "each", type: "loop", position: { x: 736, y: 96 }, data: { label: "Each", params: {} } },
      { id: "rest", type: "wait", position: { x: 1056, y: 224 }, data: { label: "Rest", params: { seconds: 1 } } },
      { id: "end", type: "no_op", position: { x: 1056, y: 0 }, data: { label: "End", params: {} } },
    ],
    edges: [
      { id: "a", source: "start", target: "make" },
      { id: "b", source: "make", target: "each" },
      { id: "c", source: "each", sourceHandle: "loop", target: "rest" },
      { id: "d", source: "rest", target: "each" },
      { id: "e", source: "each", sourceHandle: "done", target: "end" },
    ],
  });
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/runs");
  const run = await call<{ id: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, { input: {} });
  await page.goto(`/app/workflows/${made.id}/runs/${run.id}`);
  const head = page.getByRole("banner").or(page.locator("header")).first();
  await head.getByText("Completed").waitFor({ timeout: 30_000 });
  await page.getByText(`${rounds} rounds`).waitFor();
  await page.getByRole("button", { name: "Show what ran in Round 3" }).click();
  await page.getByRole("button", { name: /^Rest/ }).first().click();
  await page.getByText("Round 3", { exact: true }).first().waitFor();
  expect(new URL(page.url()).search).toBe("?node=rest&path=each%3A2");

  await page.getByRole("button", { name: /^End/ }).click();
  await page.getByRole("button", { name: "Rerun from here…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("1 node will run").waitFor();
  await dialog.getByText("Start, Make, Each, Rest").waitFor();
  await dialog.getByRole("button", { name: "Rerun as it ran" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(run.id));
  await head.getByText("Completed").waitFor({ timeout: 30_000 });
  const again = page.url().split("/").at(-1)?.split("?")[0] ?? "";
  const { node_runs: rows } = await call<{ node_runs: { node_id: string; reused: boolean }[] }>(
    "GET",
    `/api/orchestrator/executions/${again}/`,
  );
  expect(rows.filter((row) => !row.reused).map((row) => row.node_id)).toEqual(["end"]);
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("many runs are run again at once, after the page said how many", async () => {
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Fails often ${Date.now()}`,
    nodes: [START, FAILS],
    edges: [LEAD],
  });
  for (let at = 0; at < 2; at += 1)
    await call("POST", `/api/orchestrator/workflows/${made.id}/execute/`, { input: {} });
  const list = `/api/orchestrator/executions/?workflow_id=${made.id}`;
  const count = async (filter = "") => (await call<{ count: number }>("GET", `${list}${filter}`)).count;
  // Both, as the second one may be the first to fail: a list of one would offer one.
  await expect.poll(() => count("&status=failed"), { timeout: 30_000 }).toBe(2);
  const { context, page } = await freshPage();
  await signIn(page, `/app/runs?status=failed&workflow=${made.id}`);
  await page.getByRole("checkbox", { name: "Select all" }).click();
  await page.getByRole("button", { name: "Rerun…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Rerun 2 runs" }).click();
  await page.getByText("2 runs started again.").waitFor({ timeout: 30_000 });
  await expect.poll(() => count()).toBe(4);
  await context.close();
});

test("a rerun from the failed node says what it takes over and what runs, and acts no second time", async () => {
  const child = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Acts ${Date.now()}`,
    nodes: [START],
    edges: [],
  });
  const pay = { label: "Pay", params: { workflow_id: child.id, mode: "once" } };
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Pays ${Date.now()}`,
    nodes: [
      START,
      { id: "pay", type: "sub_workflow", position: { x: 416, y: 96 }, data: pay },
      code("fails", "Checks the order", 736, "raise ValueError('the order has no lines')"),
      { id: "tell", type: "no_op", position: { x: 1056, y: 96 }, data: { label: "Tell", params: {} } },
    ],
    edges: [
      { id: "a", source: "start", target: "pay" },
      { id: "b", source: "pay", sourceHandle: "success", target: "fails" },
      { id: "c", source: "fails", target: "tell" },
    ],
  });
  const run = await call<{ id: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, {
    input: {},
    wait_s: 30,
  });
  const acted = async () =>
    (await call<{ count: number }>("GET", `/api/orchestrator/executions/?workflow_id=${child.id}`)).count;
  expect(await acted()).toBe(1);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}/runs/${run.id}`);
  await page.getByRole("button", { name: "Rerun from here…" }).click();
  const dialog = page.getByRole("dialog");
  const listed = (title: string) => dialog.getByText(title, { exact: true }).locator("xpath=following-sibling::p");
  await listed("2 nodes reused").waitFor();
  expect(await listed("2 nodes reused").textContent()).toBe("Start, Pay");
  expect(await listed("2 nodes will run").textContent()).toBe("Checks the order, Tell");
  await dialog.getByRole("button", { name: "Rerun as it ran" }).click();
  await page.waitForURL((url) => !url.pathname.endsWith(run.id));
  const again = new URL(page.url()).pathname.split("/").at(-1) ?? "";
  await page.locator("header").first().getByText("Failed").waitFor();
  const { node_runs: rows } = await call<{ node_runs: { node_id: string; reused: boolean }[] }>(
    "GET",
    `/api/orchestrator/executions/${again}/`,
  );
  expect(rows.filter((row) => row.reused).map((row) => row.node_id)).toEqual(["start", "pay"]);
  expect(await acted()).toBe(1);
});

test("a long run shows how it began and how it ended before all of it is there", async () => {
  const rounds = 120;
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Long ${Date.now()}`,
    nodes: [
      START,
      {
        id: "each",
        type: "loop",
        position: { x: 416, y: 96 },
        data: { label: "Each", params: { count: rounds, max_loop_count: rounds, concurrency: 20 } },
      },
      { id: "pass", type: "no_op", position: { x: 736, y: 224 }, data: { label: "Pass", params: {} } },
      { id: "rest", type: "no_op", position: { x: 1056, y: 224 }, data: { label: "Rest", params: {} } },
      { ...FAILS, position: { x: 736, y: 0 } },
    ],
    edges: [
      { ...LEAD, id: "a", target: "each" },
      { ...LEAD, id: "b", source: "each", sourceHandle: "loop", target: "pass" },
      { ...LEAD, id: "c", source: "pass", target: "rest" },
      { ...LEAD, id: "d", source: "rest", target: "each" },
      { ...LEAD, id: "e", source: "each", sourceHandle: "done" },
    ],
  });
  const run = await call<{ id: string; status: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, {
    input: {},
    wait_s: 30,
  });
  expect(run.status).toBe("failed");
  const { page } = await freshPage();
  let goOn = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // What lies between its first and its last rows is long in coming.
  await page.route(/\/node-runs\/\?page=2&/, async (route) => {
    await asked;
    await route.continue();
  });
  await signIn(page, `/app/workflows/${made.id}/runs/${run.id}`);
  const timeline = page.getByRole("tabpanel", { name: "Timeline" });
  await timeline.getByText("Checks the order").waitFor();
  const loop = timeline.getByText(`${rounds} rounds`);
  expect(await loop.count()).toBe(0);
  goOn();
  await loop.waitFor();
});
