import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const START = { id: "start", type: "manual_trigger", position: { x: 96, y: 96 }, data: { label: "Start", params: {} } };

test("a workflow is built, saved by itself, undone and run in the browser", async () => {
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Built in the browser ${Date.now()}`,
    nodes: [START],
    edges: [],
  });
  const { context, page, complaints } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Start", { exact: true }).click();

  await page.keyboard.press("n");
  await page.getByLabel("Search nodes").fill("set");
  await page.keyboard.press("Enter");
  await page.locator('[data-save-state="saved"]').waitFor();
  const stored = await call<{ nodes: unknown[]; edges: unknown[] }>("GET", `/api/orchestrator/workflows/${made.id}/`);
  expect([stored.nodes.length, stored.edges.length]).toEqual([2, 1]);

  await canvas.focus();
  await page.keyboard.press("Control+z");
  await page.locator('[data-save-state="saved"]').waitFor();
  await expect.poll(() => page.locator(".react-flow__node").count()).toBe(1);
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(() => page.locator(".react-flow__node").count()).toBe(2);

  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
  const panel = page.getByRole("region", { name: "Run" });
  await panel.getByRole("button", { name: "Start" }).click();
  await panel.getByRole("tabpanel", { name: "Output" }).getByText("[1]").waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("two people change different things of one workflow, and both stay", async () => {
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Changed by two ${Date.now()}`,
    nodes: [START],
    edges: [],
  });
  const { context, page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Start", { exact: true }).waitFor();
  const other = { id: "other", type: "no_op", position: { x: 96, y: 320 }, data: { label: "Theirs", params: {} } };
  await call("PATCH", `/api/orchestrator/workflows/${made.id}/`, { nodes: [START, other] });

  await canvas.focus();
  await page.keyboard.press("n");
  await page.getByLabel("Search nodes").fill("wait");
  await page.keyboard.press("Enter");
  await canvas.getByText("Theirs", { exact: true }).waitFor();
  await page.locator('[data-save-state="saved"]').waitFor();
  const stored = await call<{ nodes: unknown[] }>("GET", `/api/orchestrator/workflows/${made.id}/`);
  expect(stored.nodes.length).toBe(3);
  await context.close();
});
