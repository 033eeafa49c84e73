import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import type { ReactNode } from "react";
import { MemoryRouter } from "react-router";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { api } from "@/api";
import { InvitationsBanner } from "./InvitationsBanner";
import type { Collaborator, TransferOffer } from "./queries";
import { ShareDialog } from "./ShareDialog";

const WARNING = {
  code: "unbound_credentials",
  message: "This workflow uses credentials.",
  credential_ids: ["c1", "c2"],
};
const calls: string[] = [];
const answers = new Map<string, unknown>();

/** Answers as the server does: what no answer is known for is 404. */
function answered(method: string) {
  return async (path: string, init?: { body?: unknown }) => {
    const said = init?.body ? `${method} ${path} ${JSON.stringify(init.body)}` : `${method} ${path}`;
    if (method !== "GET") calls.push(said);
    const key = `${method} ${path}`;
    return answers.has(key)
      ? { data: answers.get(key), response: new Response() }
      : { error: { code: "not_found", title: "Not there" }, response: new Response(null, { status: 404 }) };
  };
}

beforeEach(() => {
  calls.length = 0;
  answers.clear();
  for (const method of ["GET", "POST", "PATCH", "DELETE"] as const)
    vi.spyOn(api, method).mockImplementation(answered(method) as never);
});

const LIST = "/api/orchestrator/workflows/{workflow_id}/collaborators/";
const TRANSFER = "/api/orchestrator/workflows/{workflow_id}/transfer/";

function person(email: string, more: Partial<Collaborator> = {}): Collaborator {
  return {
    id: email,
    user_id: "u",
    email,
    name: "",
    role: "viewer",
    status: "accepted",
    invited_by_id: "o",
    created_at: "2026-11-20T10:00:00Z",
    accepted_at: "2026-11-20T10:00:00Z",
    warnings: [],
    ...more,
  };
}

const OFFER: TransferOffer = {
  id: "offer",
  workflow: { id: "w", name: "Orders", description: "", icon: "", color: "" },
  is_deployed: true,
  revision: 7,
  deployed_version: 2,
  offered_by: { id: "o", name: "Olga", email: "olga@example.org" },
  offered_to: { id: "h", name: "", email: "heir@example.org" },
  problems: [{ code: "name_taken", message: "The new owner has a workflow called 'Orders'." }],
  created_at: "2026-11-20T10:00:00Z",
  expires_at: "2026-11-27T10:00:00Z",
};

function show(children: ReactNode) {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  return render(
    <QueryClientProvider client={client}>
      <MemoryRouter>
        <Tooltip.Provider>{children}</Tooltip.Provider>
      </MemoryRouter>
    </QueryClientProvider>,
  );
}

describe("the sharing dialog", () => {
  const workflow = { id: "w", name: "Orders" };

  it("says once what an editor could send anywhere", async () => {
    const editors = ["a@example.org", "b@example.org"].map((one) =>
      person(one, { role: "editor", warnings: [WARNING] }),
    );
    answers.set(`GET ${LIST}`, { results: editors });
    show(<ShareDialog workflow={workflow} onClose={() => {}} />);
    const notes = await screen.findAllByRole("note");
    expect(notes.map((note) => note.textContent)).toEqual([`2 credentials name no hosts. ${WARNING.message}`]);
  });

  it("says nothing of credentials where there is nothing to say, and shows no offer where there is none", async () => {
    answers.set(`GET ${LIST}`, { results: [person("a@example.org", { role: "editor" })] });
    show(<ShareDialog workflow={workflow} onClose={() => {}} />);
    await screen.findByText("a@example.org");
    expect(screen.queryByRole("note")).toBeNull();
    expect(screen.queryByRole("button", { name: /take back/i })).toBeNull();
  });

  it("offers ownership, and says that nothing moves before it is accepted", async () => {
    answers.set(`GET ${LIST}`, { results: [person("heir@example.org")] });
    answers.set(`POST ${TRANSFER}`, OFFER);
    show(<ShareDialog workflow={workflow} onClose={() => {}} />);
    await userEvent.click(await screen.findByRole("button", { name: "Actions of heir@example.org" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: /offer ownership/i }));
    const asked = await screen.findByRole("alertdialog");
    expect(asked).toHaveTextContent("Nothing moves until they accept");
    answers.set(`GET ${TRANSFER}`, OFFER);
    await userEvent.click(within(asked).getByRole("button", { name: "Offer" }));
    expect(await screen.findByText(/Offered to heir@example.org/)).toBeInTheDocument();
    expect(calls).toEqual([`POST ${TRANSFER} {"collaborator_id":"heir@example.org"}`]);
  });

  it("shows an open offer with what stands against it, and takes it back", async () => {
    answers.set(`GET ${LIST}`, { results: [person("heir@example.org")] });
    answers.set(`GET ${TRANSFER}`, OFFER);
    answers.set(`DELETE ${TRANSFER}`, undefined);
    show(<ShareDialog workflow={workflow} onClose={() => {}} />);
    expect(await screen.findByText(/has a workflow called 'Orders'/)).toBeInTheDocument();
    answers.delete(`GET ${TRANSFER}`);
    await userEvent.click(screen.getByRole("button", { name: "Take back the offer to heir@example.org" }));
    await waitFor(() => expect(screen.queryByText(/Offered to/)).toBeNull());
    expect(calls).toEqual([`DELETE ${TRANSFER}`]);
  });
});

describe("what waits for an answer", () => {
  it("is nothing where nothing does", async () => {
    answers.set("GET /api/orchestrator/invitations/", { results: [] });
    answers.set("GET /api/orchestrator/transfers/", { results: [] });
    const { container } = show(<InvitationsBanner />);
    await waitFor(() => expect(api.GET).toHaveBeenCalledTimes(2));
    expect(container).toBeEmptyDOMElement();
  });

  it.each([
    ["accept", "Become the owner of Orders"],
    ["decline", "Decline to own Orders"],
  ])("is an offer that one can %s", async (answer, label) => {
    const path = `POST /api/orchestrator/transfers/{offer_id}/${answer}/`;
    answers.set("GET /api/orchestrator/invitations/", { results: [] });
    answers.set("GET /api/orchestrator/transfers/", { results: [OFFER] });
    answers.set(path, { workflow_id: "w" });
    show(<InvitationsBanner />);
    const card = await screen.findByRole("article");
    expect(card).toHaveTextContent("Olga would like to make you the owner.");
    expect(card).toHaveTextContent("what starts it would start runs on your account");
    expect(card).toHaveTextContent("has a workflow called 'Orders'");
    answers.set("GET /api/orchestrator/transfers/", { results: [] });
    await userEvent.click(within(card).getByRole("button", { name: label }));
    await waitFor(() => expect(screen.queryByRole("article")).toBeNull());
    expect(calls).toEqual([answer === "accept" ? `${path} {"revision":7,"deployed_version":2}` : path]);
  });

  it("is shown again where the workflow was changed since it was offered", async () => {
    answers.set("GET /api/orchestrator/invitations/", { results: [] });
    answers.set("GET /api/orchestrator/transfers/", { results: [OFFER] });
    vi.spyOn(api, "POST").mockImplementation((async () => ({
      error: {
        code: "offer_changed",
        title: "Changed",
        detail: "The workflow was changed after it was offered to you.",
      },
      response: new Response(null, { status: 412 }),
    })) as never);
    show(<InvitationsBanner />);
    await userEvent.click(await screen.findByRole("button", { name: "Become the owner of Orders" }));
    expect(await screen.findByRole("alert")).toHaveTextContent("was changed after it was offered to you");
    expect(screen.queryByRole("button", { name: "Become the owner of Orders" })).toBeNull();
    const again = screen.getByRole("link", { name: "Look again at Orders" });
    expect(again).toHaveAttribute("href", "/workflows/w");
    await userEvent.click(again);
    expect(await screen.findByRole("button", { name: "Become the owner of Orders" })).toBeEnabled();
  });
});
