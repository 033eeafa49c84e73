import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { makeWorkflow, node } from "./screens";

withBrowser();

const SERVERS = "/api/mcp/servers/";
const { command, script } = server.mcp;

/** Adds our program by the API; returns its id. */
async function added(name: string): Promise<string> {
  const body = { name, transport: "stdio", command, args: ["-I", "-S", script], timeout_s: 60 };
  return (await call<{ id: string }>("POST", SERVERS, body)).id;
}

test("a server is added, tried, a tool of it called by hand, and it is deleted", async () => {
  const { context, page, complaints } = await freshPage();
  await signIn(page, "/app/settings/mcp-servers");
  await page.getByText("The MCP servers you add will be listed here.").waitFor();
  await page.getByRole("button", { name: "Add server" }).click();
  const dialog = page.getByRole("dialog", { name: "Add an MCP server" });
  await dialog.getByLabel("Name").fill("Plain");
  await dialog.getByRole("combobox", { name: "Kind" }).click();
  await page.getByRole("option", { name: "A program on this machine" }).click();
  await dialog.getByLabel("Command").fill("rm");
  await dialog.getByRole("button", { name: "Add server" }).click();
  await dialog.getByText("not on the operator's list", { exact: false }).waitFor();
  await dialog.getByLabel("Command").fill(command);
  await dialog.getByLabel("Arguments").fill(`-I\n-S\n${script}`);
  await dialog.getByLabel("Variables").fill("API_TOKEN=abc");
  await dialog.getByRole("button", { name: "Add server" }).click();
  await dialog.getByText("looks like a secret", { exact: false }).waitFor();
  await dialog.getByLabel("Variables").fill("");
  await dialog.getByLabel("Seconds to wait").fill("60");
  await dialog.getByRole("button", { name: "Add server" }).click();

  await page.getByRole("heading", { name: "Plain" }).waitFor();
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByText(/It works, and lists \d+ tools\./).waitFor({ timeout: 60_000 });
  await page.getByRole("button", { name: "Call adds" }).click();
  const called = page.getByRole("dialog", { name: "Call adds" });
  await called.getByRole("button", { name: "Check only" }).click();
  await called.getByText("1 field is wrong. Nothing was called.").waitFor();
  await called.getByLabel("First number").fill("40");
  await called.getByRole("button", { name: "Check only" }).click();
  await called.getByText("Nothing was called. These arguments would be sent:").waitFor();
  expect(JSON.parse((await called.locator("pre").textContent()) ?? "")).toEqual({ a: 40, b: 2, how: "plain" });
  await called.getByRole("button", { name: "Call it" }).click();
  await called.getByText(/Answered in \d+ ms\./).waitFor({ timeout: 60_000 });
  expect(await called.getByRole("region", { name: "Answer" }).locator("pre").textContent()).toBe("42");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Call fails" }).click();
  const failing = page.getByRole("dialog", { name: "Call fails" });
  await failing.getByLabel("Arguments as JSON").fill("[1]");
  await failing.getByRole("button", { name: "Call it" }).click();
  await failing.getByText("This is no JSON object.").waitFor();
  await failing.getByLabel("Arguments as JSON").fill("{}");
  await failing.getByRole("button", { name: "Call it" }).click();
  await failing.getByText(/The tool says that it failed/).waitFor({ timeout: 60_000 });
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "More for Plain" }).click();
  await page.getByRole("menuitem", { name: "Delete server" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete server" }).click();
  await page.waitForURL((url) => url.pathname === "/app/settings/mcp-servers");
  await page.getByText("The MCP servers you add will be listed here.").waitFor();
  expect(complaints.list).toEqual([]);
  await context.close();
});

test("a server that cannot be reached says why in words", async () => {
  const body = {
    name: `Nowhere ${Date.now()}`,
    transport: "streamable_http",
    url: "http://mcp.invalid/mcp",
    timeout_s: 20,
  };
  const { id } = await call<{ id: string }>("POST", SERVERS, body);
  const { context, page } = await freshPage();
  await signIn(page, `/app/settings/mcp-servers/${id}`);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await page.getByRole("status").filter({ hasText: "mcp.invalid" }).waitFor({ timeout: 60_000 });
  await page.getByText("Fails", { exact: true }).waitFor();
  await call("DELETE", `${SERVERS}${id}/`);
  await context.close();
});

test("a node is given a server and its tool by name, and an agent some of its tools", async () => {
  const name = `Numbers ${Date.now()}`;
  const id = await added(name);
  const workflow = await makeWorkflow(
    "Adds",
    [node("m", "mcp_tool", "Adds", 96), node("set", "mcp_tools", "Tools", 416)],
    [],
  );
  const params = async (which: string) => {
    const { nodes } = await call<{ nodes: { id: string; data: { params: Record<string, unknown> } }[] }>(
      "GET",
      `/api/orchestrator/workflows/${workflow}/`,
    );
    return nodes.find((one) => one.id === which)?.data.params;
  };
  const { context, page, complaints } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}?node=m`);
  await page.getByText("Choose a server first.").waitFor();
  await page.getByRole("combobox", { name: "Server" }).click();
  await page.getByRole("option", { name }).click();
  await page.getByRole("combobox", { name: "Tool" }).click({ timeout: 60_000 });
  await page.getByRole("option", { name: "adds", exact: true }).click();
  await page.getByText("It adds.").waitFor();
  await expect.poll(() => params("m"), { timeout: 20_000 }).toMatchObject({ server_id: id, tool: "adds" });

  await page.goto(`/app/workflows/${workflow}?node=set`);
  await page.getByRole("combobox", { name: "Server" }).click();
  await page.getByRole("option", { name }).click();
  await page.getByText("None chosen: all tools of the server.").waitFor();
  await page.getByRole("checkbox", { name: "adds" }).click();
  await page.getByRole("checkbox", { name: "echo" }).click();
  await expect.poll(() => params("set"), { timeout: 20_000 }).toMatchObject({ server_id: id, tools: ["echo", "adds"] });
  expect(complaints.list).toEqual([]);
  await call("DELETE", `${SERVERS}${id}/`);
  await context.close();
});
