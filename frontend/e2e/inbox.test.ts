import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";

withBrowser();

const PHONE = { width: 390, height: 844 };
let asked = 0;

interface Asked {
  readonly run: string;
  readonly task: string;
  readonly title: string;
}

/** Starts a run that asks for an approval, and waits until it does. */
async function ask(more: object = {}): Promise<Asked> {
  asked += 1;
  const title = `Pay invoice ${asked} of ${Date.now()}?`;
  const params = { type: "approval", title, on_timeout: "cancel", timeout_s: 3600, ...more };
  const { id } = await call<{ id: string }>("POST", "/api/orchestrator/workflows/", {
    name: `Asks ${title}`,
    nodes: [
      { id: "start", type: "manual_trigger", position: { x: 96, y: 96 }, data: { label: "Start", params: {} } },
      { id: "asks", type: "human_task", position: { x: 416, y: 96 }, data: { label: "Ask", params } },
    ],
    edges: [{ id: "e", source: "start", target: "asks" }],
  });
  const started = `/api/orchestrator/workflows/${id}/execute/`;
  const run = (await call<{ id: string }>("POST", started, { input: {} })).id;
  const path = `/api/orchestrator/hitl/?execution_id=${run}`;
  const tasks = async () => (await call<{ results: { id: string }[] }>("GET", path)).results;
  await expect.poll(async () => (await tasks()).length).toBe(1);
  return { run, task: (await tasks())[0]?.id ?? "", title };
}

const statusOf = async ({ run }: Asked) =>
  (await call<{ status: string }>("GET", `/api/orchestrator/executions/${run}/status/`)).status;

async function tabTo(page: Page, text: string): Promise<void> {
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  for (let presses = 0; presses < 80; presses += 1) {
    if ((await focused()) === text) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the keyboard does not reach ${text}`);
}

test("an approval is answered by keyboard alone; who comes later is told who answered", async () => {
  const email = `second-${Date.now()}@example.org`;
  const other = await call<{ id: string }>("POST", "/api/users/", { email, password: server.password });
  const me = await call<{ id: string; name: string; email: string }>("GET", "/api/users/me");
  const task = await ask({ assignee_id: me.id, assignee_ids: [other.id] });
  const second = await freshPage();
  // This one hears no news of tasks, so that it still offers the buttons.
  await second.page.routeWebSocket(/\/ws\/hitl\//, () => {});
  await signIn(second.page, `/app/inbox/${task.task}`, email);
  const late = second.page.getByRole("button", { name: "Approve", exact: true });
  await late.waitFor();

  const { page } = await freshPage();
  await signIn(page, "/app/inbox");
  await page.getByRole("link", { name: task.title }).waitFor();
  await tabTo(page, task.title);
  await page.keyboard.press("Enter");
  const approve = page.getByRole("button", { name: "Approve", exact: true });
  await approve.waitFor();
  await page.keyboard.press("1");
  expect(await approve.evaluate((button) => button === document.activeElement)).toBe(true);
  expect(await statusOf(task), "a number alone decides nothing").toBe("waiting");
  await page.keyboard.press("Enter");
  await page.getByText("Answered by you").waitFor();
  await expect.poll(() => statusOf(task)).toBe("completed");

  await late.click();
  await second.page
    .getByRole("alert")
    .getByText(`already answered by ${me.name || me.email}`, { exact: false })
    .waitFor();
  await second.page.getByText("Approved").first().waitFor();
});

test("an approval is answered on a phone, and a page that is open elsewhere hears of it", async () => {
  const task = await ask({ context: { supplier: "Northwind", lines: [{ sku: "A-1", price: 200 }] } });
  const elsewhere = await freshPage();
  await signIn(elsewhere.page, `/app/inbox/${task.task}`);
  await elsewhere.page.getByRole("button", { name: "Reject" }).waitFor();
  const { page } = await freshPage({ viewport: PHONE, hasTouch: true });
  await signIn(page, "/app/inbox");
  await page.getByRole("link", { name: task.title }).tap();
  const reject = page.getByRole("button", { name: "Reject" });
  await reject.waitFor();
  const box = await reject.boundingBox();
  expect((box?.y ?? 0) + (box?.height ?? 0), "the buttons are in sight").toBeLessThanOrEqual(PHONE.height);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
  await reject.tap();
  await page.getByText("Rejected").first().waitFor();
  await elsewhere.page.getByText("Answered by you").waitFor();
  await expect.poll(() => statusOf(task)).toBe("completed");
});

test("opening a link decides nothing", async () => {
  const task = await ask();
  const { page } = await freshPage();
  await signIn(page, "/app/inbox");
  for (const link of [
    `/app/inbox/${task.task}?action=approve`,
    // What a mail leads to, as those sent before did, and with what follows `#` where a program sends it along.
    "/hitl/",
    `/hitl/?action=approve&task=${task.task}`,
    ...(server.answerToken ? [`/hitl/${server.answerToken}/`, `/hitl/?token=${server.answerToken}`] : []),
    `/api/orchestrator/hitl/${task.task}/`,
    `/api/orchestrator/hitl/${task.task}/respond/?action=approve`,
  ]) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await fetch(`${server.baseUrl}${link}`, { method, headers: { "X-API-Key": server.apiKey } });
      expect(answer.status, `${method} ${link}`).toBeLessThan(500);
    }
  }
  await page.goto(`/app/inbox/${task.task}?action=approve`);
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  const { status } = await call<{ status: string }>("GET", `/api/orchestrator/hitl/${task.task}/`);
  expect([status, await statusOf(task)]).toEqual(["pending", "waiting"]);
});
