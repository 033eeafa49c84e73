import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { call, freshPage, server, signIn, withBrowser } from "./browser";
import { edge, made, node, open } from "./workflows";

withBrowser();

/** Makes somebody else who is registered, and has a page. */
async function guestPage(): Promise<{ page: Page; email: string }> {
  const email = `heir-${Date.now()}@example.org`;
  await call("POST", "/api/users/", { email, password: server.password });
  const { page } = await freshPage();
  await page
    .context()
    .addCookies([{ name: "heddle_tour", value: "seen", domain: new URL(server.baseUrl).hostname, path: "/app/" }]);
  return { page, email };
}

/** Makes a workflow with a credential that may go to any host. */
async function calling(name: string): Promise<string> {
  const data = { token: "s3cret-token" };
  const body = { name: `Of ${name}`, type: "http_bearer", data };
  const { id } = await call<{ id: string }>("POST", "/api/credentials/", body);
  const caller = node("call", "http_request", "Call", 416, 96, { url: "https://api.example.org/" });
  const nodes = [
    node("start", "manual_trigger", "Start", 96),
    { ...caller, data: { ...caller.data, credentials: { auth: id } } },
  ];
  return made(name, nodes, [edge("start", "call")]);
}

test("an owner is told what an editor could send anywhere, and hands over to who accepts", async () => {
  const { page: heir, email } = await guestPage();
  const id = await calling("Orders to hand over");
  const { page: owner } = await open(id);
  await owner.getByRole("button", { name: "Share", exact: true }).click();
  const dialog = owner.getByRole("dialog");
  await dialog.getByLabel("Email address").fill(email);
  await dialog.getByRole("combobox", { name: "Role", exact: true }).click();
  await owner.getByRole("option", { name: "Editor" }).click();
  await dialog.getByText("An editor uses the credentials of this workflow without reading them.").waitFor();
  await dialog.getByRole("button", { name: "Invite" }).click();
  await dialog.getByRole("note").getByText("1 credential names no hosts.").waitFor();

  await signIn(heir, "/app/workflows", email);
  await heir.getByRole("button", { name: "Accept the invitation to Orders to hand over" }).click();
  await heir.waitForURL((url) => url.pathname === `/app/workflows/${id}`);

  await owner.reload();
  await owner.getByRole("button", { name: "Share", exact: true }).click();
  const offer = async () => {
    await owner.getByRole("button", { name: `Actions of ${email}` }).click();
    await owner.getByRole("menuitem", { name: "Offer ownership" }).click();
    await owner.getByRole("alertdialog").getByRole("button", { name: "Offer" }).click();
    await owner.getByText(`Offered to ${email}.`, { exact: false }).waitFor();
  };
  await offer();
  await owner.getByRole("button", { name: `Take back the offer to ${email}` }).click();
  await expect.poll(() => owner.getByText("Offered to", { exact: false }).count()).toBe(0);
  await offer();

  await signIn(heir, "/app/workflows", email);
  const card = heir.getByRole("article").filter({ hasText: "Orders to hand over" });
  await card.getByText("would like to make you the owner", { exact: false }).waitFor();
  await card.getByText("may not use 1 of its credentials", { exact: false }).waitFor();
  await card.getByRole("button", { name: "Become the owner of Orders to hand over" }).click();
  await heir.waitForURL((url) => url.pathname === `/app/workflows/${id}`);
  await heir.getByRole("button", { name: "Share", exact: true }).click();
  await heir
    .getByRole("combobox", { name: `Role of ${server.email}` })
    .getByText("Editor")
    .waitFor();
  expect((await call<{ my_role: string }>("GET", `/api/orchestrator/workflows/${id}/`)).my_role).toBe("editor");
});
