import { expect, test } from "vitest";
import { call, server, withBrowser } from "./browser";
import { edge, made, node, nodeOf, open, paramOf, saved, stored } from "./workflows";

withBrowser();

const CREDENTIAL = `Scripted model ${Date.now()}`;

test("an agent gets a model and two tools through its slots, one asks for a value, and the run shows its steps", async () => {
  await call("POST", "/api/credentials/", {
    name: CREDENTIAL,
    type: "openai_compatible",
    data: { base_url: server.modelUrl, api_key: "key-of-tests" },
  });
  const id = await made("Helpers", [node("start", "manual_trigger", "Start", 96)], []);
  const { page, canvas } = await open(id);
  const panel = page.getByRole("complementary", { name: "Node", exact: true });
  const addTo = async (slot: string, kind: string) => {
    await page.getByRole("button", { name: `Add ${slot.toLowerCase()} to Agent` }).click();
    await page.getByLabel("Search nodes").fill(kind);
    await page.keyboard.press("Enter");
  };

  await canvas.getByText("Start", { exact: true }).click();
  await page.keyboard.press("n");
  await page.getByLabel("Search nodes").fill("agent");
  await page.keyboard.press("Enter");
  await paramOf(panel, "prompt").click();
  await page.keyboard.type("What is six times seven? Greet Ana.");

  await addTo("Model", "compatible");
  await paramOf(panel, "model").click();
  await page.keyboard.type("alpha");
  await panel.getByRole("combobox", { name: "Credential" }).click();
  await page.getByRole("option", { name: CREDENTIAL }).click();
  // What a helper does is told by its step: there is no setting of it that would do nothing.
  await panel.getByRole("tab", { name: "Settings" }).click();
  await panel.getByText("It runs as a part of the step").waitFor();
  expect(await panel.getByLabel("Attempts").count()).toBe(0);

  await addTo("Tools", "calculator");
  await addTo("Tools", "set");
  await panel.getByLabel("What the model is told").fill("Greets somebody by name.");
  await panel.getByRole("button", { name: "Add to Fields" }).click();
  await paramOf(panel, "assignments.0.name").click();
  await page.keyboard.type("greeting");
  await paramOf(panel, "assignments.0.value").click();
  await page.keyboard.type("Hello {{ $fromA");
  await page.getByRole("option", { name: /\$fromAI/ }).click();
  await page.keyboard.type("name");
  await saved(page);
  const now = await stored(id);
  const greets = now.nodes.find(({ type }) => type === "set");
  expect(greets?.data).toMatchObject({
    tool_description: "Greets somebody by name.",
    params: { assignments: [{ name: "greeting", value: "Hello {{ $fromAI('name', '', 'string')}}" }] },
  });
  expect(now.edges.map(({ targetHandle }) => targetHandle).sort()).toEqual(["main", "model", "tools", "tools"]);

  await page.getByRole("button", { name: "Run", exact: true }).click();
  const run = page.getByRole("region", { name: "Run" });
  await run.getByText("Completed", { exact: true }).first().waitFor();
  await run.getByRole("link", { name: "Open the run" }).click();
  await page.waitForURL(/\/runs\//);
  const runId = new URL(page.url()).pathname.split("/").at(-1);
  const agent = now.nodes.find(({ type }) => type === "agent")?.id;
  interface Rows {
    readonly results: { outputs: { main: { json: { steps: { tool: string; arguments: object }[] } }[] } }[];
  }
  const rows = await call<Rows>("GET", `/api/orchestrator/executions/${runId}/node-runs/?node_id=${agent}`);
  const steps = rows.results[0]?.outputs.main[0]?.json.steps.map((step) => [step.tool, step.arguments]);
  expect(steps).toEqual([
    ["calculator", { expression: "6 * 7" }],
    ["set", { name: "Ana" }],
  ]);
});

test("tidying up keeps steps in line, and helpers that were not chosen where they are", async () => {
  const id = await made(
    "Tidy helpers",
    [
      node("start", "manual_trigger", "Start", 96, 96),
      node("agent", "agent", "Agent", 512, 160, { prompt: "Hello" }),
      node("end", "no_op", "End", 900, 80),
      node("model", "ollama_model", "Model", 640, 560, { model: "alpha" }),
      node("tool", "calculator_tool", "Calculator", 96, 560),
    ],
    [
      edge("start", "agent"),
      edge("agent", "end"),
      edge("model", "agent", "model", "model"),
      edge("tool", "agent", "tool", "tools"),
    ],
  );
  const { page, canvas } = await open(id);
  const places = async () => Object.fromEntries((await stored(id)).nodes.map((one) => [one.id, one.position]));

  await nodeOf(page, "agent").click();
  await nodeOf(page, "end").click({ modifiers: ["Shift"] });
  await canvas.press("Shift+T");
  await expect.poll(async () => (await places()).end?.x).not.toBe(900);
  const part = await places();
  expect([part.agent?.y, part.model, part.tool]).toEqual([part.end?.y, { x: 640, y: 560 }, { x: 96, y: 560 }]);

  await canvas.press("Escape");
  await canvas.press("Shift+T");
  await expect.poll(async () => (await places()).model?.y).not.toBe(560);
  const all = await places();
  expect([all.agent?.y, all.end?.y]).toEqual([all.start?.y, all.start?.y]);
  expect(all.model).toEqual({ x: all.agent?.x, y: (all.agent?.y ?? 0) + 144 });
  expect(all.tool?.y).toBe(all.model?.y);
});

test("what a run may spend is a setting of the workflow, and can be undone", async () => {
  const id = await made("Spends", [node("start", "manual_trigger", "Start", 96)], []);
  const { page } = await open(id);
  await page.getByRole("button", { name: "More", exact: true }).click();
  await page.getByRole("menuitem", { name: "Workflow settings…" }).click();
  const dialog = page.getByRole("dialog", { name: "Workflow settings" });
  await dialog.getByLabel("Most a run may cost").fill("0.25");
  await dialog.getByLabel("Most tokens of a run").fill("2000");
  await dialog.getByRole("button", { name: "Done" }).click();
  await saved(page);
  const settings = async () => (await call<{ settings: object }>("GET", `/api/orchestrator/workflows/${id}/`)).settings;
  expect(await settings()).toMatchObject({ budget: { max_cost_usd: 0.25, max_tokens: 2000 } });

  await page.getByRole("button", { name: /^Undo: / }).click();
  await saved(page);
  expect(await settings()).not.toHaveProperty("budget.max_tokens");
});
