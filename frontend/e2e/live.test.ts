import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, go, signIn, withBrowser } from "./browser";
import { openWire } from "./proxy";

withBrowser();

const START = { id: "start", type: "manual_trigger", position: { x: 96, y: 96 }, data: { label: "Start", params: {} } };
const code = (id: string, label: string, x: number, source: string) => ({
  id,
  type: "code",
  position: { x, y: 96 },
  data: { label, params: { language: "python", mode: "all_items", code: source } },
});

const ask = (id: string, label: string, x: number) => ({
  id,
  type: "human_task",
  position: { x, y: 96 },
  data: { label, params: { type: "approval", title: `${label}?`, on_timeout: "cancel" } },
});

async function made(name: string, nodes: unknown[], edges: unknown[], more: object = {}): Promise<string> {
  const body = { name: `${name} ${Date.now()}`, nodes, edges, ...more };
  return (await call<{ id: string }>("POST", "/api/orchestrator/workflows/", body)).id;
}

/** Answers the question a run waits for, once it is asked. */
async function approve(run: string): Promise<void> {
  const asked = () =>
    call<{ results: { id: string }[] }>("GET", `/api/orchestrator/hitl/?execution_id=${run}&status=pending`);
  await expect.poll(async () => (await asked()).results.length, { timeout: 15_000 }).toBe(1);
  await call("POST", `/api/orchestrator/hitl/${(await asked()).results[0]?.id}/respond/`, { action: "approve" });
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
      ask("rest", "Rest", 416),
      code("first", "First", 736, "import time\nprint('the first line')\ntime.sleep(0.7)\nreturn items"),
      ask("second", "Second", 1056),
      code("third", "Third", 1376, "import time\nprint('the second line')\ntime.sleep(0.7)\nreturn items"),
      {
        id: "fails",
        type: "stop_and_error",
        position: { x: 1696, y: 96 },
        data: { label: "Fails", params: { message: "out of paper" } },
      },
    ],
    [
      { id: "a", source: "start", target: "rest" },
      { id: "b", source: "rest", sourceHandle: "approved", target: "first" },
      { id: "c", source: "first", target: "second" },
      { id: "d", source: "second", sourceHandle: "approved", target: "third" },
      { id: "e", source: "third", target: "fails" },
    ],
  );
  const { page } = await freshPage();
  await signIn(page, "/app/runs");
  await page.getByRole("navigation").first().waitFor();
  const run = await started(workflow);
  await go(page, `/app/workflows/${workflow}/runs/${run}`);
  await page.locator('.react-flow__node[data-id="rest"]').waitFor();
  await watchStates(page);
  await page.getByRole("tab", { name: "Logs" }).first().click();
  const log = page.getByRole("log");
  const head = page.getByRole("main").locator("header").first();
  await approve(run);
  await head.getByText("3 of 6").waitFor();
  await log.getByText("the first line").waitFor();
  expect(await log.getByText("the second line").count(), "lines come as nodes print them").toBe(0);
  await approve(run);
  await log.getByText("the second line").waitFor();
  await log.getByText("out of paper").waitFor();
  await head.getByText("Failed").waitFor();
  const states = await seenStates(page);
  expect(states.rest?.slice(-2)).toEqual(["waiting", "completed"]);
  expect(states.first).toEqual(["running", "completed"]);
  expect(states.third).toEqual(["running", "completed"]);
  expect(states.fails?.at(-1)).toBe("failed");
});

/** Notes each stream, and the number of each event that came whole. */
function noteEvents(): void {
  const heard = { streams: 0, numbers: [] as number[] };
  const fetched = window.fetch;
  window.fetch = async (...asked) => {
    const response = await fetched(...asked);
    if (!response.headers.get("Content-Type")?.startsWith("text/event-stream") || !response.body) return response;
    heard.streams += 1;
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
          if (number) heard.numbers.push(Number(number));
        }
      }
    };
    read().catch(() => {}); // cut
    return new Response(theirs, { status: response.status, headers: response.headers });
  };
  Object.assign(window, { heard });
}

test("a connection that is cut five times loses no event, repeats none, and nobody is told", async () => {
  const rounds = 5;
  const asks = { type: "approval", title: "Go on?", on_timeout: "cancel" };
  const workflow = await made(
    "Cut",
    [
      START,
      code("make", "Make", 416, `return [{"n": n} for n in range(${rounds})]`),
      { id: "each", type: "loop", position: { x: 736, y: 96 }, data: { label: "Each", params: {} } },
      code(
        "say",
        "Say",
        1056,
        "for n in range(5):\n    print('round', items[0]['json']['n'], 'line', n)\nreturn items",
      ),
      { id: "ask", type: "human_task", position: { x: 1376, y: 96 }, data: { label: "Ask", params: asks } },
    ],
    [
      { id: "a", source: "start", target: "make" },
      { id: "b", source: "make", target: "each" },
      { id: "c", source: "each", sourceHandle: "loop", target: "say" },
      { id: "d", source: "say", target: "ask" },
      { id: "e", source: "ask", sourceHandle: "approved", target: "each" },
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
    const heard = () =>
      page.evaluate(() => (window as unknown as { heard: { streams: number; numbers: number[] } }).heard); // put above
    const panel = page.getByRole("region", { name: "Run" });
    const said = page.getByText(/cannot be reached|Live updates are away|connection/i);
    for (let round = 0; round < rounds; round += 1) {
      await expect.poll(async () => (await heard()).streams, { timeout: 15_000 }).toBe(round + 1);
      const path = `/api/orchestrator/hitl/?execution_id=${run}&status=pending`;
      const asked = () => call<{ results: { id: string; path: string }[] }>("GET", path);
      await expect.poll(async () => (await asked()).results[0]?.path).toBe(`each:${round}`);
      wire.cut(200);
      // The run goes on while nobody is told of it.
      await call("POST", `/api/orchestrator/hitl/${(await asked()).results[0]?.id}/respond/`, { action: "approve" });
      expect(await said.count()).toBe(0);
    }
    await panel.locator("header").getByText("Completed").waitFor({ timeout: 30_000 });
    expect(await said.count()).toBe(0);
    const journal = await call<{ results: { seq: number }[] }>(
      "GET",
      `/api/streaming/executions/${run}/events/?limit=1000`,
    );
    const got = (await heard()).numbers;
    const all = journal.results.map(({ seq }) => seq);
    expect(all).toEqual(all.map((_, at) => at + 1));
    expect(got).toEqual(all.slice(all.length - got.length));
    await panel.getByRole("tab", { name: /^Logs/ }).click();
    await panel
      .getByRole("log")
      .getByText(`round ${rounds - 1} line 4`)
      .waitFor();
  } finally {
    wire.close();
  }
});

test("a node that was chosen before shows its output, though an answer of before comes last", async () => {
  const slow = "import time\ntime.sleep(1.2)\nreturn [{'name': 'Ada'}]";
  const edges = [{ id: "a", source: "start", target: "make" }];
  const workflow = await made("Chosen", [START, code("make", "Make", 416, slow)], edges);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}`);
  const panel = page.getByRole("region", { name: "Run" });
  const ended = panel.locator("header").getByText("Completed");
  let wasAsked = false;
  let came: () => void = () => undefined;
  const last = new Promise<void>((resolve) => {
    came = resolve;
  });
  await page.route(/node-runs\/\?.*node_id=make/, async (route) => {
    if (wasAsked) return route.continue();
    wasAsked = true;
    const response = await route.fetch();
    await ended.waitFor();
    await route.fulfill({ response }).catch(() => {}); // nobody waits for it any more
    came();
  });
  await page.getByLabel("Workflow canvas").getByText("Make", { exact: true }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const output = panel.getByRole("tabpanel", { name: "Output" }).getByText('"Ada"');
  await output.waitFor();
  await last;
  await output.waitFor();
});

test("pinned data stand in for a node in the editor's runs alone", async () => {
  const path = `pinned-${Date.now()}`;
  const hook = { id: "hook", type: "webhook_trigger", position: { x: 96, y: 320 } };
  const workflow = await made(
    "Held",
    [
      START,
      { ...hook, data: { label: "Hook", params: { path, response_mode: "on_received" } } },
      code("fetch", "Fetch", 416, "return [{'city': 'Oslo'}]"),
      { id: "after", type: "no_op", position: { x: 736, y: 96 }, data: { label: "After", params: {} } },
    ],
    [
      { id: "a", source: "start", target: "fetch" },
      { id: "b", source: "hook", target: "fetch" },
      { id: "c", source: "fetch", target: "after" },
    ],
    { pinned_data: { fetch: { main: [{ json: { city: "Atlantis" } }] } } },
  );
  await call("POST", `/api/orchestrator/workflows/${workflow}/deploy/`, {});
  const { id: me } = await call<{ id: string }>("GET", "/api/users/me");
  await call("POST", `/api/webhooks/${me}/${path}`, {});
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}`);
  await page.getByLabel("Workflow canvas").getByText("Start", { exact: true }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const panel = page.getByRole("region", { name: "Run" });
  await panel.locator("header").getByText("Completed").waitFor();
  await panel.getByRole("link", { name: "Open the run" }).click();
  const data = page.getByRole("complementary", { name: "Data of the node run" });
  await page.getByRole("button", { name: /^Fetch/ }).click();
  await data.getByText("pinned data").waitFor();
  await data.getByRole("cell", { name: "Atlantis" }).waitFor();
  await page.getByRole("button", { name: /^After/ }).click();
  await data.getByRole("cell", { name: "Atlantis" }).waitFor();

  const hooked = `/api/orchestrator/executions/?workflow_id=${workflow}&trigger=webhook&status=completed`;
  const runs = () => call<{ results: { id: string }[] }>("GET", hooked);
  await expect.poll(async () => (await runs()).results.length).toBe(1);
  const [run] = (await runs()).results;
  await page.goto(`/app/workflows/${workflow}/runs/${run?.id}?node=fetch`);
  await data.getByRole("cell", { name: "Oslo" }).waitFor();
  expect(await data.getByText("pinned data").count()).toBe(0);
});

test("an output of 10 MB opens at once and scrolls, with few of its rows in the page", async () => {
  const source = "return [{'n': n, 'text': 'x' * 480} for n in range(20000)]";
  const edges = [{ id: "a", source: "start", target: "make" }];
  const workflow = await made("Large", [START, code("make", "Make", 416, source)], edges);
  const run = await started(workflow, 60);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}/runs/${run}`);
  const data = page.getByRole("complementary", { name: "Data of the node run" });
  await page.getByRole("button", { name: /^Start/ }).click();
  await data.getByRole("heading", { name: "Start" }).waitFor();
  const rows = data.getByRole("row");
  const asked = Date.now();
  await page.getByRole("button", { name: /^Make/ }).click();
  await data.getByText("of 20,000 loaded", { exact: false }).waitFor();
  expect(Date.now() - asked).toBeLessThan(2_000);
  const table = data.getByRole("region", { name: "Output" });
  await expect.poll(() => rows.count()).toBeGreaterThan(5);
  for (const least of [150, 300, 450]) {
    // As far as it goes: more is read on the way.
    await expect
      .poll(async () => {
        await table.evaluate((box) => box.scrollTo(0, box.scrollHeight));
        const last = await rows.last().getAttribute("aria-rowindex");
        expect(await rows.count()).toBeLessThanOrEqual(200);
        return Number(last);
      })
      .toBeGreaterThan(least);
  }
});
