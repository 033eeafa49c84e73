import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";
import { openWire } from "./proxy";

withBrowser();

const START = { id: "start", type: "manual_trigger", position: { x: 96, y: 96 }, data: { label: "Start", params: {} } };
const code = (id: string, label: string, x: number, source: string) => ({
  id,
  type: "code",
  position: { x, y: 96 },
  data: { label, params: { language: "python", mode: "all_items", code: source } },
});

async function made(name: string, nodes: unknown[], edges: unknown[], more: object = {}): Promise<string> {
  const body = { name: `${name} ${Date.now()}`, nodes, edges, ...more };
  return (await call<{ id: string }>("POST", "/api/orchestrator/workflows/", body)).id;
}

async function started(workflow: string, wait_s = 0): Promise<string> {
  const path = `/api/orchestrator/workflows/${workflow}/execute/`;
  return (await call<{ id: string }>("POST", path, { input: {}, wait_s })).id;
}

/** Notes each state that the canvas shows of each node. */
async function watchStates(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: Record<string, string[]> = {};
    const look = () => {
      for (const badge of document.querySelectorAll<HTMLElement>(".graph-badge")) {
        const id = badge.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? "";
        const states = seen[id] ?? [];
        seen[id] = states;
        const now = badge.dataset.status ?? "";
        if (states.at(-1) !== now) states.push(now);
      }
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
    look();
    Object.assign(window, { seen });
  });
}

const seenStates = (page: Page) => page.evaluate(() => (window as unknown as { seen: Record<string, string[]> }).seen); // put there above

test("a run shows each state of each node in order, its progress, and what was printed as it comes", async () => {
  const workflow = await made(
    "Live",
    [
      START,
      { id: "rest", type: "wait", position: { x: 416, y: 96 }, data: { label: "Rest", params: { seconds: 2 } } },
      code("first", "First", 736, "import time\nprint('the first line')\ntime.sleep(0.7)\nreturn items"),
      code("second", "Second", 1056, "import time\ntime.sleep(1.5)\nprint('the second line')\nreturn items"),
      {
        id: "fails",
        type: "stop_and_error",
        position: { x: 1376, y: 96 },
        data: { label: "Fails", params: { message: "out of paper" } },
      },
    ],
    [
      { id: "a", source: "start", target: "rest" },
      { id: "b", source: "rest", target: "first" },
      { id: "c", source: "first", target: "second" },
      { id: "d", source: "second", target: "fails" },
    ],
  );
  const { page } = await freshPage();
  await signIn(page, "/app/runs");
  const run = await started(workflow);
  await page.goto(`/app/workflows/${workflow}/runs/${run}`);
  await page.locator('.react-flow__node[data-id="rest"]').waitFor();
  await watchStates(page);
  await page.getByRole("tab", { name: "Logs" }).first().click();
  const log = page.getByRole("log");
  const head = page.getByRole("main").locator("header").first();
  await head.getByText("3 of 5").waitFor();
  await log.getByText("the first line").waitFor();
  expect(await log.getByText("the second line").count(), "lines come as nodes print them").toBe(0);
  await log.getByText("the second line").waitFor();
  await log.getByText("out of paper").waitFor();
  await head.getByText("Failed").waitFor();
  const states = await seenStates(page);
  expect(states.rest).toEqual(["running", "completed"]);
  expect(states.first).toEqual(["running", "completed"]);
  expect(states.second).toEqual(["running", "completed"]);
  expect(states.fails?.at(-1)).toBe("failed");
});

/** Notes the number of each event that came whole, over all connections. */
function noteEvents(): void {
  const numbers: number[] = [];
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const response = await fetched(...asked);
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) return response;
    const [mine, theirs] = response.body.tee();
    const read = async () => {
      const reader = mine.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        const events = (rest + value).split(/\r?\n\r?\n/);
        rest = events.pop() ?? "";
        for (const event of events) {
          const number = /^id: ?(\d+)\r?$/m.exec(event)?.[1];
          if (number) numbers.push(Number(number));
        }
      }
    };
    read().catch(() => {}); // cut
    return new Response(theirs, { status: response.status, headers: response.headers });
  };
  Object.assign(window, { numbers });
}

test("a connection that is cut five times loses no event, repeats none, and nobody is told", async () => {
  const rounds = 24;
  const workflow = await made(
    "Cut",
    [
      START,
      code("make", "Make", 416, `return [{"n": n} for n in range(${rounds})]`),
      {
        id: "each",
        type: "loop",
        position: { x: 736, y: 96 },
        data: { label: "Each", params: { max_loop_count: rounds } },
      },
      code("say", "Say", 1056, "import time\ntime.sleep(0.15)\nprint('line', items[0]['json']['n'])\nreturn items"),
    ],
    [
      { id: "a", source: "start", target: "make" },
      { id: "b", source: "make", target: "each" },
      { id: "c", source: "each", sourceHandle: "loop", target: "say" },
      { id: "d", source: "say", target: "each" },
    ],
  );
  const wire = await openWire();
  try {
    const { page, complaints } = await freshPage({ baseURL: wire.baseUrl });
    complaints.expect(/WebSocket|ERR_|NetworkError/);
    await page.addInitScript(noteEvents);
    await signIn(page, `/app/workflows/${workflow}`);
    await page.getByLabel("Workflow canvas").getByText("Say", { exact: true }).waitFor();
    const answer = page.waitForResponse((response) => response.url().endsWith("/execute/"));
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const run = ((await (await answer).json()) as { id: string }).id; // the contract gives its shape
    const numbers = () => page.evaluate(() => (window as unknown as { numbers: number[] }).numbers); // put there above
    const panel = page.getByRole("region", { name: "Run" });
    const said = page.getByText(/cannot be reached|Live updates are away|connection/i);
    for (let cut = 0; cut < 5; cut += 1) {
      const before = (await numbers()).length;
      await expect.poll(async () => (await numbers()).length, { timeout: 15_000 }).toBeGreaterThan(before);
      wire.cut(200);
      expect(await said.count()).toBe(0);
    }
    await panel.getByText("Completed", { exact: true }).first().waitFor({ timeout: 30_000 });
    expect(await said.count()).toBe(0);
    const journal = await call<{ results: { seq: number }[] }>(
      "GET",
      `/api/streaming/executions/${run}/events/?limit=1000`,
    );
    const got = await numbers();
    const all = journal.results.map(({ seq }) => seq);
    expect(all).toEqual(all.map((_, at) => at + 1));
    expect(got).toEqual(all.slice(all.length - got.length));
    await panel.getByRole("tab", { name: /^Logs/ }).click();
    await panel
      .getByRole("log")
      .getByText(`line ${rounds - 1}`, { exact: true })
      .waitFor();
  } finally {
    wire.close();
  }
});
