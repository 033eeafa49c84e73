import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { settled } from "./axe";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { edge, node, runWorkflow, taskOf } from "./screens";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";
const FOLDER = new URL("../../docs/images/", import.meta.url);
/** Pictures are never byte for byte the same: they are written when they are asked for. */
const isWriting = process.env.HEDDLE_WRITE_IMAGES === "1";
const example = (name: string) => readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8");

async function keep(page: Page, name: string): Promise<void> {
  await settled(page);
  for (const [colorScheme, ending] of [
    ["light", ""],
    ["dark", "-dark"],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const picture = await page.screenshot();
    expect(picture.length, `${name}${ending} shows something`).toBeGreaterThan(10_000);
    if (!isWriting) continue;
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(new URL(`${name}${ending}.png`, FOLDER), picture);
  }
}

/** Makes a workflow under its own name; there is one of each at most. */
async function make(definition: object): Promise<string> {
  return (await call<{ id: string }>("POST", WORKFLOWS, definition)).id;
}

test("the order report is run by its webhook and seen on the canvas", async () => {
  const workflow = await make(JSON.parse(example("orders_report.json")));
  const { triggers } = await call<{ triggers: { url: string }[] }>("POST", `${WORKFLOWS}${workflow}/deploy/`, {});
  const url = `${triggers[0]?.url}?directory=${encodeURIComponent(server.directoryUrl ?? "")}`;
  const answer = await fetch(url, {
    method: "POST",
    body: example("orders.csv"),
    headers: { "Content-Type": "text/csv" },
  });
  expect(answer.status).toBe(200);
  const { results } = await call<{ results: { id: string }[] }>(
    "GET",
    `/api/orchestrator/executions/?workflow_id=${workflow}`,
  );
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}/runs/${results[0]?.id}?node=total`);
  await page.getByRole("main").getByText("Completed").first().waitFor();
  await settled(page);
  const closer = page.getByRole("button", { name: "Zoom in" });
  const name = page.getByLabel("What ran").getByText("Line total").first();
  for (let times = 0; times < 8 && !(await name.isVisible()); times += 1) await closer.click();
  await keep(page, "run");
});

test("the welcome example is run in the editor, and a node shows what became of its expressions", async () => {
  const workflow = await make(JSON.parse(example("welcome.json")));
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}`);
  await page.getByRole("button", { name: "Skip the tour" }).click();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("region", { name: "Run" }).getByText("Completed", { exact: true }).first().waitFor();
  await page.getByLabel("Workflow canvas").getByText("Over 30?", { exact: true }).click();
  await page.getByRole("tab", { name: "Params" }).waitFor();
  await keep(page, "editor");
});

test("a run that failed is opened on the node that failed", async () => {
  const code = 'return [{"id": "C1000"}, {"id": "C1006"}, {"id": "C-1006"}]';
  const workflow = await make({
    name: "Customer newsletter",
    nodes: [
      node("start", "manual_trigger", "Start", 96),
      node("new", "code", "New subscribers", 416, { language: "python", code }),
      node("fetch", "http_request", "Fetch customer", 736, { url: `${server.directoryUrl}/customers/{{ $json.id }}` }),
      node("greet", "set", "Write greeting", 1056, {
        assignments: [{ name: "text", value: "Dear {{ $json.name }}", type: "string" }],
      }),
    ],
    edges: [edge("start", "new"), edge("new", "fetch"), edge("fetch", "greet")],
  });
  const run = await runWorkflow(workflow);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}/runs/${run}`);
  await page.getByText("Failed at").first().waitFor();
  await keep(page, "failed-run");
});

test("a question is answered on a phone", async () => {
  const workflow = await make({
    name: "Invoice intake",
    nodes: [
      node("start", "manual_trigger", "Start", 96),
      node("ask", "human_task", "Ask", 416, {
        title: "Pay invoice 2026-1043?",
        message: "Alder Ltd asks for **1,200.00** euros. The order says 1,150.00, so somebody has to look.",
        context: { supplier: "Alder Ltd", invoiced: "1,200.00", ordered: "1,150.00", due: "2026-12-01" },
        form: {
          type: "object",
          properties: { cost_center: { type: "string", title: "Cost centre", enum: ["Office", "Travel"] } },
        },
        timeout_s: 86_400,
        on_timeout: "reject",
      }),
    ],
    edges: [edge("start", "ask")],
  });
  const task = await taskOf(await runWorkflow(workflow, 0));
  const { page } = await freshPage({ viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
  await signIn(page, `/app/inbox/${task}`);
  await page.getByRole("button", { name: "Approve", exact: true }).waitFor();
  await page.getByText("1,200.00", { exact: true }).and(page.locator("strong")).waitFor();
  await keep(page, "inbox-phone");
});
