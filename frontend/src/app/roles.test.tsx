import { readFileSync } from "node:fs";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { Tooltip } from "radix-ui";
import { createMemoryRouter, RouterProvider } from "react-router";
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sessionStore } from "@/api/sessionStore";
import { includes, ROLES, type Role } from "@/domain/roles";
import { routes as editor } from "@/features/editor";
import { routes as inbox } from "@/features/inbox";
import { routes as runs } from "@/features/runs";
import { routes as tests } from "@/features/tests";
import { routes as triggers } from "@/features/triggers";
import { routes as versions } from "@/features/versions";
import { routes as workflows } from "@/features/workflows";
import { fakeAnswer } from "../../tests/fixtures/sharedWorkflow";

/** Each screen on which a workflow of somebody else's is seen, and a text that stands there once it is loaded. */
const SCREENS: readonly (readonly [path: string, text: string])[] = [
  ["/workflows", "Shared one"],
  ["/workflows/w1?node=ask", "Ask them"],
  ["/workflows/w1/runs/failed", "Rerun…"],
  ["/workflows/w1/runs/running", "Stop"],
  ["/workflows/w1/versions", "Version 2"],
  ["/workflows/w1/triggers", "Run now"],
  ["/workflows/w1/tests", "Sums"],
  ["/inbox/task", "May we?"],
];

interface Rule {
  readonly method: string;
  readonly path: RegExp;
  readonly needs: Role;
}

/** The rules that the server's own tests try, as far as they are about roles. */
const RULES: readonly Rule[] = readFileSync("../docs/permissions.md", "utf8")
  .split("\n")
  .flatMap((line): Rule[] => {
    const [, route, method, who] = line.match(/^\| `(\S+)` \| (\w+) \| (\w+) \|/) ?? [];
    const needs = ROLES.find((role) => role === who);
    if (!route || !method || !needs) return [];
    return [{ method, path: new RegExp(`^${route.replace(/\{\w+\}/g, "[^/]+")}$`), needs }];
  });

let written: { readonly call: string; readonly needs: Role }[] = [];

beforeAll(() => {
  globalThis.ResizeObserver ??= class {
    observe() {}
    unobserve() {}
    disconnect() {}
  };
  window.matchMedia ??= (media) =>
    ({ matches: false, media, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList; // as much as is asked of it
  Element.prototype.scrollTo ??= () => {};
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.hasPointerCapture ??= () => false;
  Element.prototype.setPointerCapture ??= () => {};
});

/** Answers as the server would for this role, and notes each call that needs a role. */
function serve(role: Role): void {
  written = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const { pathname } = new URL(request.url);
    const rule = RULES.find(({ method, path }) => method === request.method && path.test(pathname));
    if (request.method !== "GET" && rule) written.push({ call: `${request.method} ${pathname}`, needs: rule.needs });
    const body = fakeAnswer(request.method, pathname, role);
    if (body === undefined) return new Response(null, { status: 204 });
    return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
  });
}

beforeEach(() => {
  const user = { id: "me", email: "me@example.org", name: "Me" };
  sessionStore.setState({
    status: "signedIn",
    access: "token",
    expiresAt: Date.now() + 3_600_000,
    user: user as never,
  });
  return () => vi.unstubAllGlobals();
});

async function show(path: string, text: string) {
  cleanup();
  const all = [...workflows, ...editor, ...runs, ...inbox, ...versions, ...triggers, ...tests];
  const router = createMemoryRouter(all, { initialEntries: [path] });
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 60_000 } } })}>
      <Tooltip.Provider>
        <RouterProvider router={router} />
      </Tooltip.Provider>
    </QueryClientProvider>,
  );
  await waitFor(() => expect(document.body.textContent).toContain(text));
  await screen.findAllByRole("button");
  await rest();
  return router;
}

const rest = () => new Promise((resolve) => setTimeout(resolve, 20));

/** What can be pressed, by what it is called. */
function controls(within: ParentNode = document): HTMLElement[] {
  const all = within.querySelectorAll<HTMLElement>("button, [role=menuitem], [role=switch], [role=checkbox]");
  return [...all].filter(
    (one) =>
      !one.matches(":disabled, [aria-disabled=true], [data-disabled]") && one.closest("[aria-hidden=true]") === null,
  );
}

const named = (one: HTMLElement) => one.getAttribute("aria-label") || one.textContent || "";
const OVER = "[role=menu], [role=dialog], [role=alertdialog]";

/** Presses everything on a screen, and everything in what that opens. */
async function pressAll(path: string, text: string): Promise<void> {
  const user = userEvent.setup({ pointerEventsCheck: 0, delay: null });
  let router = await show(path, text);
  const start = router.state.location.pathname;
  const find = (label: string) => controls().find((one) => named(one) === label);
  for (const label of new Set(controls().map(named))) {
    const press = async (): Promise<boolean> => {
      if (router.state.location.pathname !== start) router = await show(path, text);
      const found = find(label);
      if (found === undefined) return false;
      await user.click(found);
      await rest();
      return true;
    };
    if (!(await press())) continue;
    const inside = [...document.querySelectorAll(OVER)].flatMap((box) => controls(box).map(named));
    for (const inner of new Set(inside)) {
      if (document.querySelector(OVER) === null && !(await press())) break;
      const found = find(inner);
      if (found !== undefined) await user.click(found);
      await rest();
      // What asks once more is told yes.
      const asked = document.querySelector("[role=alertdialog], [role=dialog]");
      const yes = asked === null ? undefined : controls(asked).at(-1);
      if (yes !== undefined) await user.click(yes);
      await rest();
      await user.keyboard("{Escape}{Escape}");
      await rest();
    }
    await user.keyboard("{Escape}");
  }
}

describe("what somebody may not do", () => {
  it("is read from the server's page", () => {
    expect(new Set(RULES.map(({ needs }) => needs))).toEqual(new Set(ROLES));
    expect(RULES.length).toBeGreaterThan(50);
  });

  for (const role of ["viewer", "runner"] as const) {
    it.each(SCREENS)(`is not offered to a ${role} on %s`, async (path, text) => {
      serve(role);
      await pressAll(path, text);
      expect(written.filter(({ needs }) => !includes(role, needs))).toEqual([]);
    });
  }

  it("is offered to the owner, all over: pressing finds what writes", async () => {
    const found = new Set<string>();
    for (const [path, text] of SCREENS) {
      serve("owner");
      await pressAll(path, text);
      for (const { call } of written)
        found.add(call.replace(/\/(?:w1|failed|running|task|c1|s1|hook|push|box|old|\d+)(?=\/)/g, "/…"));
    }
    expect([...found].sort()).toEqual(
      expect.arrayContaining([
        "DELETE /api/orchestrator/workflows/…/",
        "DELETE /api/orchestrator/workflows/…/test-cases/…/",
        "DELETE /api/orchestrator/workflows/…/triggers/…/removals/…/",
        "PATCH /api/orchestrator/schedules/…/",
        "PATCH /api/orchestrator/workflows/…/test-cases/…/",
        "POST /api/orchestrator/executions/…/keep-as-test/",
        "POST /api/orchestrator/executions/…/pause/",
        "POST /api/orchestrator/executions/…/retry/",
        "POST /api/orchestrator/executions/…/stop/",
        "POST /api/orchestrator/hitl/…/respond/",
        "POST /api/orchestrator/schedules/…/run-now/",
        "POST /api/orchestrator/workflows/…/archive/",
        "POST /api/orchestrator/workflows/…/deploy/",
        "POST /api/orchestrator/workflows/…/execute/",
        "POST /api/orchestrator/workflows/…/partial-execute/",
        "POST /api/orchestrator/workflows/…/test-cases/run/",
        "POST /api/orchestrator/workflows/…/test-cases/…/run/",
        "POST /api/orchestrator/workflows/…/triggers/…/listen/",
        "POST /api/orchestrator/workflows/…/triggers/…/retry/",
        "POST /api/orchestrator/workflows/…/triggers/…/rotate-secret/",
        "POST /api/orchestrator/workflows/…/triggers/…/try/",
        "POST /api/orchestrator/workflows/…/versions/",
        "POST /api/orchestrator/workflows/…/versions/…/restore/",
      ]),
    );
  });
});
