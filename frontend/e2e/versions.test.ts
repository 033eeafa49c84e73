import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const node = (id: string, type: string, label: string, x: number) => ({
  id,
  type,
  position: { x, y: 96 },
  data: { label, params: {} },
});
const edge = (source: string, target: string) => ({
  id: `${source}-${target}`,
  source,
  sourceHandle: "main",
  target,
  targetHandle: "main",
});
const START = node("start", "manual_trigger", "Start", 96);

test("two versions are compared node by node, and the older is restored as a new one", async () => {
  const path = "/api/orchestrator/workflows/";
  const made = await call<{ id: string }>("POST", path, {
    name: `Compared ${Date.now()}`,
    nodes: [START, node("a", "set", "Amounts", 416), node("old", "no_op", "Old step", 736)],
    edges: [edge("start", "a"), edge("a", "old")],
  });
  await call("PATCH", `${path}${made.id}/`, {
    nodes: [
      { ...START, position: { x: 0, y: 400 } },
      node("a", "set", "All amounts", 416),
      node("new", "no_op", "New step", 736),
    ],
    edges: [edge("start", "a"), edge("a", "new")],
  });
  await call("POST", `${path}${made.id}/versions/`, { label: "Renamed" });
  const { context, page, complaints } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}/versions`);
  const changes = page.getByRole("region", { name: "Changes" });
  await changes.getByRole("heading", { name: "1 added, 1 removed, 1 changed" }).waitFor();
  expect(await changes.getByRole("article").count()).toBe(4); // three nodes, and the connections; no move
  await page.getByRole("button", { name: "More for version 1" }).click();
  await page.getByRole("menuitem", { name: "Restore" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Restore" }).click();
  await page.getByRole("button", { name: "More for version 3" }).waitFor();
  const now = await call<{ nodes: { data: { label: string } }[] }>("GET", `${path}${made.id}/`);
  expect(now.nodes.map((one) => one.data.label).sort()).toEqual(["Amounts", "Old step", "Start"]);
  const { results: versions } = await call<{ results: { number: number; source: string }[] }>(
    "GET",
    `${path}${made.id}/versions/`,
  );
  expect(versions.map(({ number }) => number)).toEqual([3, 2, 1]); // the one before is kept
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("a run kept as a test passes", async () => {
  const path = "/api/orchestrator/workflows/";
  const made = await call<{ id: string }>("POST", path, {
    name: `Tested ${Date.now()}`,
    nodes: [START, node("pass", "no_op", "Pass on", 416)],
    edges: [edge("start", "pass")],
  });
  await call("POST", `${path}${made.id}/execute/`, { input: { sum: 3 }, wait_s: 30 });
  const { context, page, complaints } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}/tests`);
  await page.getByRole("button", { name: "Keep a run as a test" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Sums");
  await page.getByRole("button", { name: "Keep test" }).click();
  await page.getByRole("button", { name: "Run Sums" }).click();
  await page.getByRole("table", { name: "Results" }).getByText("Passed").waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});
