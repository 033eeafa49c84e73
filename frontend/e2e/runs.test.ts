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

test("a run that failed is found in the list, and says at once which node failed and why", async () => {
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Fails ${Date.now()}`,
    nodes: [START, FAILS],
    edges: [LEAD],
  });
  const run = await call<{ id: string; status: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, {
    input: {},
    wait_s: 30,
  });
  expect(run.status).toBe("failed");
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/runs?status=failed");
  await page.locator(`a[href*="${run.id}"]`).first().click();
  await page.getByText("the order has no lines").first().waitFor();
  await page.getByText("Checks the order").first().waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("an approval is answered in the inbox, and the run goes on", async () => {
  const asks = { id: "asks", type: "human_task", position: { x: 416, y: 96 }, data: { label: "Ask", params: {} } };
  const title = `Pay invoice ${Date.now()}?`;
  const made = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Asks ${Date.now()}`,
    nodes: [START, { ...asks, data: { label: "Ask", params: { type: "approval", title, on_timeout: "cancel" } } }],
    edges: [{ ...LEAD, target: "asks" }],
  });
  const run = await call<{ id: string }>("POST", `/api/orchestrator/workflows/${made.id}/execute/`, { input: {} });
  const { context, page, complaints } = await freshPage({ viewport: { width: 390, height: 844 } });
  await signIn(page, "/app/inbox");
  await page.getByText(title).first().click();
  await page.getByRole("button", { name: "Approve", exact: true }).click();
  await page.getByText("Approved").first().waitFor();
  const status = `/api/orchestrator/executions/${run.id}/status/`;
  await expect.poll(async () => (await call<{ status: string }>("GET", status)).status).toBe("completed");
  expect(complaints.list).toEqual([]);
  await context.close();
});
