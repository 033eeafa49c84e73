import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";

withBrowser();

const WORKFLOWS = "/api/orchestrator/workflows/";
const START = { id: "start", type: "manual_trigger", position: { x: 0, y: 0 }, data: { label: "Start", params: {} } };

interface Stored {
  readonly nodes: { readonly id: string; readonly type: string; readonly data: Record<string, unknown> }[];
  readonly edges: unknown[];
}

async function made(nodes: unknown[], edges: unknown[] = []): Promise<string> {
  return (await call<{ id: string }>("POST", WORKFLOWS, { name: `Kinds ${Date.now()}`, nodes, edges })).id;
}

const saved = (page: Page) => page.locator('[data-save-state="saved"]').waitFor();

test("a type that the server has since a moment has its form, handles and summary without a change of the page", async () => {
  const kind = `sort_mail_${Date.now()}`;
  const code = `class SortMail(CustomNode):
    """Sorts messages."""

    node_type = "${kind}"
    name = "Sort mail"
    category = "transform"
    icon = "mail"
    summary = "by {{ rule }}, {{ limit }} at most"
    outputs = [{"name": "urgent", "label": "Urgent"}, {"name": "later", "label": "Later"}]
    fields = [
        {"name": "rule", "type": "select", "label": "Rule", "options": ["sender", "subject", "age"], "default": "sender"},
        {"name": "limit", "type": "number", "label": "Most messages", "default": 5},
        {"name": "folder", "type": "string", "label": "Folder", "required": True},
    ]

    def run(self, item, params):
        return {**item["json"], "folder": params["folder"], "handle": "urgent"}
`;
  const id = await made([START]);
  await call("POST", "/api/nodes/custom/", { code });
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${id}?node=start&add=1`);
  await page.getByLabel("Search nodes").fill("sort mail");
  await page.keyboard.press("Enter");
  // A field that is needed has the focus, whichever kind of node it is.
  const panel = page.getByRole("complementary", { name: "Node", exact: true });
  await panel.locator("[data-param=folder] :focus").waitFor();
  await page.keyboard.type("Inbox");
  await panel.getByRole("radio", { name: "subject" }).click();
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("by subject, 5 at most").waitFor();
  await canvas.getByText("Urgent", { exact: true }).waitFor();
  await canvas.getByText("Later", { exact: true }).waitFor();
  await panel.getByRole("button", { name: "What this node does" }).click();
  await page.getByRole("dialog", { name: "What Sort mail does" }).getByText("Sorts messages.").waitFor();
  await page.keyboard.press("Escape");
  await saved(page);
  const { nodes } = await call<Stored>("GET", `${WORKFLOWS}${id}/`);
  expect(nodes[1]?.data.params).toEqual({ folder: "Inbox", rule: "subject" });
});

test("a node of a kind that nobody knows is a placeholder, and is saved as it was", async () => {
  const strange = {
    id: "strange",
    type: "teleport",
    position: { x: 320, y: 0 },
    data: {
      label: "Beam up",
      version: 7,
      params: { target: { deck: 3 }, "odd key": [1, null] },
      credentials: {},
      settings: { retry: { max_attempts: 2 } },
      source: { kept: true },
    },
    custom: { also: "kept" },
  };
  const edges = [
    { id: "e", source: "start", sourceHandle: "main", target: "strange", targetHandle: "beam" },
    { id: "f", source: "strange", sourceHandle: "arrived", target: "end", targetHandle: "main" },
  ];
  const end = { id: "end", type: "no_op", position: { x: 640, y: 0 }, data: { label: "End", params: {} } };
  const id = await made([START, strange, end], edges);
  const before = await call<Stored>("GET", `${WORKFLOWS}${id}/`);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${id}?node=strange`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Unknown node type teleport").waitFor();
  await page.getByText("No node type “teleport” is installed. The node is kept as it is; it cannot run.").waitFor();
  await page.getByText("deck").waitFor();
  await canvas.getByText("End", { exact: true }).click();
  await canvas.focus();
  await page.keyboard.press("d");
  await expect
    .poll(async () => (await call<Stored>("GET", `${WORKFLOWS}${id}/`)).nodes[2]?.data.settings)
    .toEqual({
      disabled: true,
    });
  const after = await call<Stored>("GET", `${WORKFLOWS}${id}/`);
  expect(after.nodes[1]).toEqual(before.nodes[1]);
  expect(after.nodes[1]).toMatchObject(strange);
  expect(after.edges).toEqual(before.edges);
});

const N8N = JSON.stringify({
  nodes: [
    { name: "When clicked", type: "n8n-nodes-base.manualTrigger", position: [0, 0], parameters: {}, typeVersion: 1 },
    {
      name: "Tell the team",
      type: "n8n-nodes-base.slack",
      position: [220, 0],
      parameters: { channel: "#orders" },
      credentials: { slackApi: { id: "7", name: "Slack" } },
    },
    { name: "Note", type: "n8n-nodes-base.stickyNote", position: [0, 200], parameters: { content: "## Orders" } },
  ],
  connections: { "When clicked": { main: [[{ node: "Tell the team", type: "main", index: 0 }]] } },
});

test("n8n's workflows are pasted and dropped as nodes, edges and notes, as importing them would make them", async () => {
  const { workflow } = await call<{ workflow: Stored }>("POST", `${WORKFLOWS}import/`, {
    document: JSON.parse(N8N) as unknown,
    dry_run: true,
  });
  const id = await made([START]);
  const { context, page } = await freshPage();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await signIn(page, `/app/workflows/${id}`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Start", { exact: true }).waitFor();
  await page.evaluate((text) => navigator.clipboard.writeText(text), N8N);
  await canvas.focus();
  await page.mouse.move(900, 600);
  await page.keyboard.press("Control+v");
  // It is told to screen readers by a text of its own, for a moment.
  await page.getByText("Pasted 3 nodes of n8n. 1 of a kind that is not known here", { exact: false }).first().waitFor();
  await canvas.getByText("Unknown node type n8n:n8n-nodes-base.slack").waitFor();
  await canvas.getByRole("heading", { name: "Orders" }).waitFor();
  // The upper left of what was pasted stands at the pointer, snapped to the grid.
  const corner = await canvas.getByRole("group", { name: /^When clicked/ }).boundingBox();
  expect(Math.hypot((corner?.x ?? 0) - 900, (corner?.y ?? 0) - 600)).toBeLessThan(32);
  const plain = ({ nodes }: Stored) => nodes.map(({ type, data }) => ({ type, data }));
  await expect
    .poll(async () => plain(await call<Stored>("GET", `${WORKFLOWS}${id}/`)).slice(1))
    .toMatchObject(plain(workflow));

  const transfer = await page.evaluateHandle((text) => {
    const held = new DataTransfer();
    held.items.add(new File([text], "orders.json", { type: "application/json" }));
    return held;
  }, N8N);
  await canvas.dispatchEvent("drop", { dataTransfer: transfer, clientX: 700, clientY: 300 });
  await expect.poll(async () => (await call<Stored>("GET", `${WORKFLOWS}${id}/`)).nodes.length).toBe(7);
  expect((await call<Stored>("GET", `${WORKFLOWS}${id}/`)).edges.length).toBe(2);
});

test("a node that runs another workflow leads into it, and back to itself", async () => {
  const child = await made([START]);
  const calls = {
    id: "calls",
    type: "sub_workflow",
    position: { x: 320, y: 0 },
    data: { label: "Sub-flow", params: { workflow_id: child } },
  };
  const parent = await made([START, calls], [{ id: "e", source: "start", target: "calls" }]);
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${parent}?node=calls`);
  const canvas = page.getByLabel("Workflow canvas");
  await canvas.getByText("Sub-flow", { exact: true }).waitFor();
  await canvas.focus();
  await page.keyboard.press("=");
  const place = () => page.locator(".react-flow__viewport").getAttribute("style");
  await expect.poll(place).toContain("scale(1.2)");
  const left = await place();
  await page.keyboard.press("Control+Shift+o");
  await page.waitForURL((url) => url.pathname.endsWith(child));
  await canvas.getByText("Start", { exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Workflows" }).getByRole("link").nth(1).click();
  await page.waitForURL((url) => url.pathname.endsWith(parent) && url.searchParams.get("node") === "calls");
  await page.locator("#node-calls[aria-current]").waitFor();
  expect(await place()).toBe(left);
  await page.waitForTimeout(400); // longer than the canvas takes to move
  expect(await place()).toBe(left);
  await page.goBack();
  await page.waitForURL((url) => url.pathname.endsWith(child));
});
