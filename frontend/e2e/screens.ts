import { readdirSync, readFileSync } from "node:fs";
import { call, callSignedIn } from "./browser";

/** A screen by the router's path, where it is, and how its title begins once it is there. */
export interface Screen {
  readonly route: string;
  readonly path: string;
  readonly title: string;
}

/** What the screens have something to show of. */
export interface Made {
  readonly workflow: string;
  readonly failed: string;
  readonly run: string;
  readonly failedRun: string;
  readonly task: string;
  readonly credential: string;
  readonly table: string;
  readonly template: string;
  readonly author: string;
  readonly customNode: string;
  readonly customCode: string;
  readonly mcpServer: string;
  readonly document: string;
}

const WORKFLOWS = "/api/orchestrator/workflows/";
const NOTHING = "01a21564-81bb-7d75-adb1-000000000000";
/** Addresses of things that are not there, or not one's own. */
export const MISSING: Made = {
  workflow: NOTHING,
  failed: NOTHING,
  run: NOTHING,
  failedRun: NOTHING,
  task: NOTHING,
  credential: NOTHING,
  table: NOTHING,
  template: NOTHING,
  author: NOTHING,
  customNode: NOTHING,
  customCode: "",
  mcpServer: NOTHING,
  document: NOTHING,
};

export const node = (id: string, type: string, label: string, x: number, params: object = {}, y = 96) => ({
  id,
  type,
  position: { x, y },
  data: { label, params },
});
export const edge = (source: string, target: string, sourceHandle = "main") => ({
  id: `${source}-${target}`,
  source,
  sourceHandle,
  target,
  targetHandle: "main",
});

/** Makes a workflow and returns its id. */
export async function makeWorkflow(name: string, nodes: readonly object[], edges: readonly object[]): Promise<string> {
  const made = await call<{ id: string }>("POST", WORKFLOWS, { name: `${name} ${Date.now()}`, nodes, edges });
  return made.id;
}

/** Runs a workflow; waits so long for its end. */
export async function runWorkflow(id: string, wait_s = 30): Promise<string> {
  return (await call<{ id: string }>("POST", `${WORKFLOWS}${id}/execute/`, { input: {}, wait_s })).id;
}

/** Returns the first open task of a run. */
export async function taskOf(run: string): Promise<string> {
  for (;;) {
    const { results } = await call<{ results: { id: string; execution_id: string }[] }>(
      "GET",
      "/api/orchestrator/hitl/?page_size=100",
    );
    const found = results.find((task) => task.execution_id === run);
    if (found) return found.id;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const CODE = `class Shout(CustomNode):
    """Writes a text in capitals."""

    node_type = "shout"
    name = "Shout"
    category = "transform"
    fields = [{"name": "field", "type": "string", "label": "Field", "default": "text"}]
    tests = [{"name": "one", "items": [{"text": "a"}], "params": {"field": "text"}, "expected": [{"text": "A"}]}]

    def run(self, item, params):
        return {**item["json"], params["field"]: str(item["json"].get(params["field"], "")).upper()}
`;

/** Makes one of everything. */
export async function makeEverything(): Promise<Made> {
  const start = node("start", "manual_trigger", "Start", 96);
  const workflow = await makeWorkflow(
    "Everything",
    [
      start,
      node("hook", "webhook_trigger", "Orders come in", 96, { path: `orders-${Date.now()}` }, 224),
      node("clock", "schedule_trigger", "Every new year", 96, { cron: "0 0 1 1 *" }, 352),
      node("pass", "set", "Amounts", 416, { assignments: [{ name: "sum", value: "3", type: "number" }] }),
      node("end", "no_op", "Done", 736),
    ],
    [edge("start", "pass"), edge("hook", "pass"), edge("clock", "pass"), edge("pass", "end")],
  );
  const failed = await makeWorkflow(
    "Fails",
    [
      start,
      node("say", "code", "Say it", 416, {
        language: "python",
        code: 'print("two lines")\nprint("of log")\nreturn items',
      }),
      node("fails", "stop_and_error", "Check the order", 736, { message: "the order has no lines" }),
    ],
    [edge("start", "say"), edge("say", "fails")],
  );
  const asks = await makeWorkflow(
    "Asks",
    [
      start,
      node("ask", "human_task", "Ask", 416, {
        title: "Pay the invoice?",
        message: "It is **due** today.",
        context: { supplier: "Alder Ltd", sum: 1200 },
        form: { type: "object", properties: { reason: { type: "string", title: "Reason" } } },
        timeout_s: 86_400,
      }),
    ],
    [edge("start", "ask")],
  );
  const [run, failedRun, asking] = await Promise.all([
    runWorkflow(workflow),
    runWorkflow(failed),
    runWorkflow(asks, 0),
  ]);
  const credential = await call<{ id: string }>("POST", "/api/credentials/", {
    name: "Billing",
    type: "http_bearer",
    data: { token: "not-a-real-token" },
  });
  const table = await call<{ id: string }>("POST", "/api/data-tables/", {
    name: `Seen ${Date.now()}`,
    columns: [
      { name: "order", type: "text" },
      { name: "times", type: "number" },
    ],
    key: "order",
  });
  await call("POST", `/api/data-tables/${table.id}/rows/`, { values: { order: "A-1", times: 3 } });
  const custom = await call<{ id: string }>("POST", "/api/nodes/custom/", {
    code: CODE,
    description: "",
    is_public: false,
  });
  await call("POST", `${WORKFLOWS}${workflow}/versions/`, { label: "First" });
  await call("PATCH", `${WORKFLOWS}${workflow}/`, { name: `Everything, renamed ${Date.now()}` });
  const kept = await call<{ id: string }>("POST", `/api/orchestrator/executions/${run}/keep-as-test/`, {
    name: "Sums",
  });
  await call("POST", `${WORKFLOWS}${workflow}/test-cases/${kept.id}/run/`);
  await callSignedIn("POST", "/api/keys/", { name: "Reports" });
  const server = await call<{ id: string }>("POST", "/api/mcp/servers/", {
    name: `Tickets ${Date.now()}`,
    transport: "streamable_http",
    url: "https://mcp.invalid/mcp",
  });
  const form = new FormData();
  form.append("file", new File(["# Returns\n\nGoods come back within 30 days."], "returns.md"));
  const document = await call<{ id: string }>("POST", "/api/inference/documents/", form);
  const template = await call<{ id: string; author: { id: string } }>("POST", "/api/orchestrator/templates/publish/", {
    workflow_id: workflow,
    name: "Sum of orders",
    category: "data",
    description: "Adds up what orders come to.",
    readme: "## What it needs\n\n- Nothing.",
    tags: ["orders", "sums"],
  });
  await call("POST", `/api/orchestrator/templates/${template.id}/comments/`, { body: "It does what it says." });
  await call("PUT", `/api/orchestrator/templates/${template.id}/rating/`, { stars: 4, review: "Good to begin with." });
  return {
    workflow,
    failed,
    run,
    failedRun,
    task: await taskOf(asking),
    credential: credential.id,
    table: table.id,
    template: template.id,
    author: template.author.id,
    customNode: custom.id,
    customCode: CODE,
    mcpServer: server.id,
    document: document.id,
  };
}

/** Every screen for people who are signed in. */
export function screensOf(made: Made): readonly Screen[] {
  const workflow = `/workflows/${made.workflow}`;
  return [
    { route: "workflows", path: "/workflows", title: "Workflows" },
    { route: "workflows/:workflowId", path: workflow, title: "Everything" },
    { route: "workflows/:workflowId/versions", path: `${workflow}/versions`, title: "Versions" },
    { route: "workflows/:workflowId/triggers", path: `${workflow}/triggers`, title: "Triggers" },
    { route: "workflows/:workflowId/tests", path: `${workflow}/tests`, title: "Tests" },
    { route: "workflows/:id/runs/:run", path: `${workflow}/runs/${made.run}?node=pass`, title: "Everything" },
    { route: "workflows/:id/runs/:run", path: `/workflows/${made.failed}/runs/${made.failedRun}`, title: "Fails" },
    { route: "runs", path: "/runs", title: "Runs" },
    { route: "invitations", path: "/invitations", title: "Invitations" },
    { route: "inbox", path: "/inbox", title: "Inbox" },
    { route: "inbox/:task", path: `/inbox/${made.task}`, title: "Pay the invoice?" },
    { route: "credentials", path: "/credentials", title: "Credentials" },
    { route: "credentials/access", path: "/credentials/access", title: "Access log" },
    { route: "credentials/:id", path: `/credentials/${made.credential}`, title: "Billing" },
    { route: "credentials/:id", path: `/credentials/${made.credential}?view=sharing`, title: "Billing" },
    { route: "credentials/:id", path: `/credentials/${made.credential}?view=usage`, title: "Billing" },
    { route: "credentials/:id", path: `/credentials/${made.credential}?view=log`, title: "Billing" },
    { route: "templates", path: "/templates", title: "Templates" },
    { route: "templates/:template", path: `/templates/${made.template}`, title: "Sum of orders" },
    { route: "templates/by/:author", path: `/templates/by/${made.author}`, title: "Templates by" },
    { route: "documents", path: "/documents", title: "Documents" },
    { route: "documents/:id", path: `/documents/${made.document}`, title: "returns.md" },
    { route: "tables", path: "/tables", title: "Data tables" },
    { route: "tables/:id", path: `/tables/${made.table}`, title: "Seen" },
    { route: "settings/profile", path: "/settings/profile", title: "Profile" },
    { route: "settings/security", path: "/settings/security", title: "Security" },
    { route: "settings/keys", path: "/settings/keys", title: "API keys" },
    { route: "settings/notifications", path: "/settings/notifications", title: "Notifications" },
    { route: "settings/models", path: "/settings/models", title: "AI models" },
    { route: "settings/mcp-servers", path: "/settings/mcp-servers", title: "MCP servers" },
    { route: "settings/mcp-servers/:id", path: `/settings/mcp-servers/${made.mcpServer}`, title: "Tickets" },
    { route: "settings/variables", path: "/settings/variables", title: "Variables" },
    { route: "settings/usage", path: "/settings/usage", title: "Usage" },
    { route: "settings/appearance", path: "/settings/appearance", title: "Appearance" },
    { route: "settings/custom-nodes", path: "/settings/custom-nodes", title: "Custom nodes" },
    { route: "settings/custom-nodes/new", path: "/settings/custom-nodes/new", title: "New custom node" },
    { route: "settings/custom-nodes/:id", path: `/settings/custom-nodes/${made.customNode}`, title: "Shout" },
    { route: "admin/health", path: "/admin/health", title: "Health" },
    { route: "admin/dead-letters", path: "/admin/dead-letters", title: "Dead letters" },
    { route: "admin/blocked", path: "/admin/blocked", title: "Blocked addresses" },
    { route: "admin/users", path: "/admin/users", title: "Users" },
    { route: "admin/prompt-rules", path: "/admin/prompt-rules", title: "Prompt rules" },
    { route: "*", path: "/nowhere", title: "There is no such page" },
  ];
}

/** Screens for people who are not. */
export const DOORS: readonly Screen[] = [
  { route: "login", path: "/login", title: "Sign in" },
  { route: "login/google", path: "/login/google?code=none&state=none", title: "Sign in" },
  { route: "link", path: "/link#token=none", title: "Sign in" },
  { route: "register", path: "/register", title: "Create your account" },
  { route: "forgot", path: "/forgot", title: "Set a new password" },
  { route: "credentials/signed-in", path: "/credentials/signed-in?error=access_denied", title: "Sign-in at" },
  { route: "reset", path: "/reset", title: "Choose a new password" },
];

/** Paths that features give to the router and that no screen above has. */
export function routesWithoutScreen(): string[] {
  const known = [...screensOf(MISSING), ...DOORS].map(({ route }) => route);
  const folder = new URL("../src/features/", import.meta.url);
  return readdirSync(folder).flatMap((feature) => {
    const source = readFileSync(new URL(`${feature}/index.ts`, folder), "utf8");
    const routes = [...source.matchAll(/RouteObject\[\] = \[[\s\S]*?\n\];/g)].join("\n");
    return [...routes.matchAll(/\bpath: "([^"]+)"/g)]
      .map(([, path = ""]) => path)
      .filter(
        (path) => !known.some((route) => route === path || route.split("/")[0] === path || route.endsWith(`/${path}`)),
      );
  });
}
