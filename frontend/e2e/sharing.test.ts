import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { edge, made, node, open } from "./workflows";

withBrowser();

const PHONE = { width: 390, height: 844 };

/** Makes somebody else who is registered. */
async function somebody(): Promise<string> {
  const email = `guest-${Date.now()}@example.org`;
  await call("POST", "/api/users/", { email, password: server.password });
  return email;
}

const greeter = (name: string) =>
  made(
    name,
    [node("start", "manual_trigger", "Start", 96), node("pass", "no_op", "Pass on", 416)],
    [edge("start", "pass")],
  );

async function invite(page: Page, email: string, role: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Email address").fill(email);
  await dialog.getByRole("combobox", { name: "Role", exact: true }).click();
  await page.getByRole("option", { name: role }).click();
  await dialog.getByRole("button", { name: "Invite" }).click();
  await dialog.getByText("Pending", { exact: true }).waitFor();
}

/** Returns whether two things stand in one line. */
async function areBeside(page: Page, one: string, other: string): Promise<boolean> {
  const [left, right] = await Promise.all([
    page.getByRole("dialog").getByText(one, { exact: false }).first().boundingBox(),
    page.getByRole("combobox", { name: other }).boundingBox(),
  ]);
  if (!left || !right) throw new Error("both are in sight");
  return right.x > left.x && right.y < left.y + left.height && left.y < right.y + right.height;
}

test("a viewer looks on, a runner runs, and who was removed sees nothing any more", async () => {
  const email = await somebody();
  const id = await greeter("Shared");
  const { page: owner } = await open(id);
  await owner.getByRole("button", { name: "Share", exact: true }).click();
  await invite(owner, email, "Viewer");
  expect(await areBeside(owner, email, `Role of ${email}`)).toBe(true);

  const { page: guest, complaints } = await freshPage();
  await guest
    .context()
    .addCookies([{ name: "heddle_tour", value: "seen", domain: new URL(server.baseUrl).hostname, path: "/app/" }]);
  await signIn(guest, "/app/workflows", email);
  await guest.getByRole("button", { name: /^Accept the invitation to Shared/ }).click();
  await guest.waitForURL((url) => url.pathname === `/app/workflows/${id}`);
  await guest.locator('.react-flow__node[data-id="pass"]').waitFor();
  const run = guest.getByRole("button", { name: "Run", exact: true });
  await run.hover();
  await guest.getByRole("tooltip").getByText("You are a viewer here; this needs a runner.").waitFor();
  expect(await run.getAttribute("aria-disabled")).toBe("true");
  expect(await guest.getByRole("button", { name: "Deploy" }).count()).toBe(0);
  await guest.locator('.react-flow__node[data-id="pass"]').click();
  expect(await guest.locator("[data-inspector]").getByRole("textbox", { name: "Node name" }).isEditable()).toBe(false);

  await owner.getByRole("combobox", { name: `Role of ${email}` }).click();
  await owner.getByRole("option", { name: "Runner" }).click();
  await owner
    .getByRole("combobox", { name: `Role of ${email}` })
    .getByText("Runner")
    .waitFor();
  await guest.reload();
  await run.and(guest.locator(":not([aria-disabled])")).click();
  await guest.getByText("Completed", { exact: true }).first().waitFor();

  await owner.getByRole("button", { name: `Actions of ${email}` }).click();
  await owner.getByRole("menuitem", { name: "Remove" }).click();
  await owner.getByRole("alertdialog").getByRole("button", { name: "Remove" }).click();
  await owner.getByText("Nobody else works on this workflow yet.").waitFor();
  complaints.expect(/./); // the stream of the run that was followed ends with the role
  await guest.reload();
  await guest.getByText("This does not exist, or is not yours.").waitFor();
  await signIn(guest, "/app/workflows", email);
  await guest.getByRole("heading", { level: 1, name: "Workflows" }).waitFor();
  expect(await guest.getByRole("link", { name: /^Shared/ }).count()).toBe(0);
});

test("on a phone the header shares a workflow with a runner, and who has a role leaves it there", async () => {
  const email = await somebody();
  const id = await greeter("Shared on a phone");
  const { page: owner } = await freshPage({ viewport: PHONE, hasTouch: true });
  await signIn(owner, `/app/workflows/${id}`);
  await owner.getByRole("button", { name: "More" }).tap();
  await owner.getByRole("menuitem", { name: "Share…" }).tap();
  await invite(owner, email, "Runner");
  expect(await owner.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);

  const { page: guest } = await freshPage({ viewport: PHONE, hasTouch: true });
  await signIn(guest, "/app/workflows", email);
  await guest.getByRole("button", { name: /^Accept the invitation to Shared/ }).tap();
  await guest.waitForURL((url) => url.pathname === `/app/workflows/${id}`);
  await guest.getByRole("button", { name: "Run", exact: true }).tap();
  await guest.getByText("Completed", { exact: true }).first().waitFor();
  await guest.getByRole("button", { name: "More" }).tap();
  expect(await guest.getByRole("menuitem", { name: "Share…" }).count()).toBe(0);
  await guest.getByRole("menuitem", { name: "Leave workflow" }).tap();
  await guest.getByRole("alertdialog").getByRole("button", { name: "Leave workflow" }).tap();
  await guest.waitForURL((url) => url.pathname === "/app/workflows");
});
