import { expect, test } from "vitest";
import { server, withBrowser } from "./browser";
import { edge, made, node, nodeOf, open, saved } from "./workflows";

withBrowser();

/** More than a `number` holds: parsed by this test's own language it would be 7615917337495251000. */
const LONG = "7615917337495251231";
const WORKFLOWS = "/api/orchestrator/workflows/";

/** Calls the API and returns the text of its answer, in which no digit is lost. */
async function text(method: string, path: string, body?: string): Promise<string> {
  const headers = { "X-API-Key": server.apiKey, "Content-Type": "application/json" };
  const answer = await fetch(server.baseUrl + path, { method, headers, ...(body ? { body } : {}) });
  expect(answer.ok, await answer.clone().text()).toBe(true);
  return await answer.text();
}

test("a long number keeps its digits where it is seen, copied, pinned, edited and previewed", async () => {
  const id = await made(
    "Long numbers",
    [
      node("start", "manual_trigger", "Start", 96),
      node("pass", "no_op", "Pass on", 416),
      node("tell", "stop_and_error", "Tell", 736, 96, { message: "{{ $json.order }}", code: "x" }),
    ],
    [edge("start", "pass"), edge("pass", "tell")],
  );
  await text("POST", `${WORKFLOWS}${id}/execute/`, `{"input": {"order": ${LONG}, "in": [${LONG}]}, "wait_s": 30}`);
  const { page, context } = await open(id);
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);

  // Pinned as somebody writes it, and stored so.
  await nodeOf(page, "pass").click();
  const inspector = page.locator("[data-inspector]");
  await inspector.getByRole("tab", { name: "Last output" }).click();
  await inspector.getByRole("button", { name: "Paste sample data…" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(`[{"order": ${LONG}, "in": [${LONG}]}]`);
  await dialog.getByRole("button", { name: "Pin", exact: true }).click();
  await saved(page);
  expect((await text("GET", `${WORKFLOWS}${id}/`)).split(LONG).length - 1).toBe(2);

  await inspector.getByRole("cell", { name: LONG }).waitFor();
  await inspector.getByRole("radio", { name: "JSON" }).click();
  await inspector.getByText(LONG).first().waitFor();
  expect(await inspector.getByText(LONG).count()).toBe(2);
  await inspector.getByRole("button", { name: "Copy this item" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`"order": ${LONG}`);

  // Edited beside it, the number stays.
  await inspector.getByRole("button", { name: "Edit", exact: true }).click();
  expect(await dialog.locator(".cm-content").textContent()).toContain(`"order": ${LONG}`);
  await page.keyboard.press("Escape");

  await nodeOf(page, "tell").click();
  await inspector.getByRole("tab", { name: "Params" }).click();
  await inspector.locator("[data-param='message']").getByText(LONG).waitFor();
});

test("a row of a data table keeps them, when another value of it is changed too", async () => {
  const body = JSON.stringify({
    name: `Numbers ${Date.now()}`,
    columns: [
      { name: "number", type: "number" },
      { name: "note", type: "text" },
      { name: "extra", type: "json" },
    ],
    key: "number",
  });
  const { id } = JSON.parse(await text("POST", "/api/data-tables/", body)) as { id: string };
  // What is longer than 64 bits the server keeps as text.
  const row = `{"number": ${LONG}, "note": "${LONG}${LONG}", "extra": {"at": [${LONG}]}}`;
  await text("POST", `/api/data-tables/${id}/rows/`, `{"values": ${row}}`);
  const workflow = await made("Beside a table", [node("start", "manual_trigger", "Start", 96)], []);
  const { page } = await open(workflow);
  await page.goto(`/app/tables/${id}`);
  await page.getByRole("cell", { name: LONG, exact: true }).waitFor();
  await page.getByRole("cell", { name: `{"at":[${LONG}]}` }).waitFor();
  await page.getByRole("button", { name: /^More for row/ }).click();
  await page.getByRole("menuitem", { name: "Edit row" }).click();
  await page.getByRole("dialog").getByLabel("note").fill("seen");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("cell", { name: "seen" }).waitFor();
  const after = await text("GET", `/api/data-tables/${id}/rows/`);
  expect([after.includes(`"number":${LONG},`), after.includes(`{"at":[${LONG}]}`)]).toEqual([true, true]);
});
