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

test("a form's fields are written in a list; deploying says where it is called, and a change waits for the next time", async () => {
  const path = `leave-${Date.now()}`;
  const trigger = { id: "form", type: "form_trigger", position: { x: 96, y: 96 } };
  const end = { id: "end", type: "no_op", position: { x: 416, y: 96 }, data: { label: "End", params: {} } };
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Form ${path}`,
    nodes: [{ ...trigger, data: { label: "Leave", params: { path } } }, end],
    edges: [{ id: "e", source: "form", target: "end" }],
  });
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${made.id}?node=form`);
  const panel = page.getByRole("complementary", { name: "Node", exact: true });
  await panel.getByRole("button", { name: "Add to Form" }).click();
  await panel.getByRole("group", { name: "Field 2" }).getByLabel("Label").fill("Days");
  await panel.getByRole("button", { name: "Move Field 2 up" }).click();
  await page.locator('[data-save-state="saved"]').waitFor();

  const address = panel.getByRole("region", { name: "Called at" });
  await address.getByText("Not deployed").waitFor();
  await page.getByRole("button", { name: "Deploy", exact: true }).click();
  const notice = page.getByRole("listitem").filter({ hasText: "Deployed." });
  await notice.getByRole("button", { name: "Triggers" }).waitFor();
  await address.getByText("In service").waitFor();
  const url = await address.locator("code").filter({ hasText: path }).first().textContent();
  const shown = await (await fetch(url ?? "")).text();
  expect(shown.indexOf("Days")).toBeGreaterThan(0);
  expect(shown.indexOf("Days")).toBeLessThan(shown.indexOf(">Name"));
  await notice.getByRole("button", { name: "Triggers" }).click();
  await page.waitForURL((to) => to.pathname.endsWith("/triggers"));
  await page.getByRole("region", { name: "Leave" }).getByText("In service").waitFor();

  await page.goBack();
  await panel.locator("[data-param=path] :is([role=textbox], input)").fill(`${path}-later`);
  await address.getByText("Changed since", { exact: true }).waitFor();
  await address.getByText("comes into service with the next deployment", { exact: false }).waitFor();
});
