import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { call, freshPage, signIn, withBrowser } from "./browser";
import { edge, makeWorkflow, node, runWorkflow } from "./screens";

withBrowser();

const EXACT = "9007199254740993"; // one more than a number of JavaScript can tell apart

test("a table is made, its rows are written, sorted, filtered, imported, exported and deleted", async () => {
  const { page } = await freshPage();
  await signIn(page, "/app/tables");
  const name = `Customers ${Date.now()}`;
  await page.getByRole("button", { name: "New table" }).first().click();
  const making = page.getByRole("dialog", { name: "New table" });
  await making.getByLabel("Name", { exact: false }).first().fill(name);
  await making.getByLabel("Name of column 1").fill("email");
  await making.getByLabel("Name of column 2").fill("orders");
  await making.getByRole("combobox", { name: "Type of column 2" }).click();
  await page.getByRole("option", { name: "Number" }).click();
  await making.getByRole("button", { name: "New table" }).click();
  await page.getByRole("heading", { level: 1, name }).waitFor();

  for (const [email, orders] of [
    ["ana@example.org", "5"],
    ["ben@example.org", EXACT],
  ] as const) {
    await page.getByRole("button", { name: "Add row" }).first().click();
    const adding = page.getByRole("dialog", { name: "Add row" });
    await adding.getByLabel("email").fill(email);
    await adding.getByLabel("orders").fill(orders);
    await adding.getByRole("button", { name: "Add row" }).click();
    await page.getByRole("cell", { name: email, exact: true }).waitFor();
  }
  await page.getByRole("button", { name: "Add row" }).first().click();
  const again = page.getByRole("dialog", { name: "Add row" });
  await again.getByLabel("email").fill("ana@example.org");
  await again.getByRole("button", { name: "Add row" }).click();
  await again.getByRole("alert").getByText("the same 'email'").waitFor();
  await again.getByLabel("orders").fill("many");
  await again.getByLabel("email").fill("new@example.org");
  await again.getByRole("button", { name: "Add row" }).click();
  await again.getByText("'orders' takes a number", { exact: false }).waitFor();
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Sort by orders" }).click();
  await page.waitForURL(/ordering=orders/);
  await page.getByRole("combobox", { name: "Column" }).click();
  await page.getByRole("option", { name: "orders" }).click();
  await page.getByRole("searchbox", { name: "Value" }).fill("5");
  await page.getByRole("cell", { name: "ben@example.org", exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Clear filters" }).click();

  await page.getByRole("button", { name: "More for row ana@example.org" }).click();
  await page.getByRole("menuitem", { name: "Edit row" }).click();
  const editing = page.getByRole("dialog", { name: "Edit row" });
  await editing.getByLabel("orders").fill("6");
  await editing.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("cell", { name: "6", exact: true }).waitFor();

  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Import CSV" }).click();
  const importing = page.getByRole("dialog", { name: "Import CSV" });
  const buffer = Buffer.from("email,orders\ncy@example.org,7\nana@example.org,8\n");
  await importing.getByLabel("File").setInputFiles({ name: "rows.csv", mimeType: "text/csv", buffer });
  await importing.getByRole("radio", { name: "Change those rows" }).click();
  await importing.getByRole("button", { name: "Import CSV" }).click();
  await page.getByRole("cell", { name: "cy@example.org", exact: true }).waitFor();

  await page.getByRole("button", { name: `More for ${name}` }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("menuitem", { name: "Export CSV" }).click();
  const text = await readFile(await (await download).path(), "utf8");
  expect(text.split("\r\n")).toEqual([
    "email,orders",
    "ana@example.org,8",
    `ben@example.org,${EXACT}`,
    "cy@example.org,7",
    "",
  ]);

  await page.getByRole("checkbox", { name: "row ben@example.org", exact: false }).click();
  await page.getByRole("button", { name: "Delete 1 row" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete 1 row" }).click();
  await page.getByRole("cell", { name: "ben@example.org", exact: true }).waitFor({ state: "detached" });

  await page.getByRole("button", { name: `More for ${name}` }).click();
  await page.getByRole("menuitem", { name: "Delete table" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete table" }).click();
  await page.waitForURL((url) => url.pathname === "/app/tables");
});

test("a node chooses its table from a list, and what its run wrote is seen", async () => {
  const name = `Counted ${Date.now()}`;
  const { id } = await call<{ id: string }>("POST", "/api/data-tables/", {
    name,
    columns: [
      { name: "key", type: "text" },
      { name: "n", type: "number" },
    ],
    key: "key",
  });
  const workflow = await makeWorkflow(
    "Counts",
    [
      node("start", "manual_trigger", "Start", 96),
      node("count", "data_table", "Count", 416, { operation: "increment", key: "visits", column: "n", table: "none" }),
    ],
    [edge("start", "count")],
  );
  const { page } = await freshPage();
  await signIn(page, `/app/workflows/${workflow}?node=count`);
  await page.getByRole("combobox", { name: /^Table/ }).click();
  await page.getByRole("option", { name }).click();
  await page.locator('[data-save-state="saved"]').waitFor();
  await runWorkflow(workflow);
  await runWorkflow(workflow);
  await page.goto(`/app/tables/${id}`);
  await page.getByRole("cell", { name: "visits", exact: true }).waitFor();
  await page.getByRole("cell", { name: "2", exact: true }).waitFor();
});
