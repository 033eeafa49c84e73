import { afterEach, beforeEach, expect, test, vi } from "vitest";

const USER = { id: "u1", email: "ana@example.org", created_at: "", last_login_at: null };
type Auth = typeof import("./auth");
type Store = typeof import("./sessionStore");

/** Tabs of one test hear each other, and none of another test. */
function fakeChannels() {
  const open = new Set<FakeChannel>();
  class FakeChannel {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    constructor(readonly name: string) {
      open.add(this);
    }
    postMessage(data: unknown) {
      for (const other of open) {
        if (other !== this && other.name === this.name) queueMicrotask(() => other.onmessage?.({ data }));
      }
    }
    close() {
      open.delete(this);
    }
  }
  return FakeChannel;
}

/** Answers by path; counts the calls. */
function server(answers: Record<string, (init: RequestInit | undefined) => [number, unknown]>) {
  const calls: string[] = [];
  vi.stubGlobal("fetch", async (input: Request | string, init?: RequestInit) => {
    const path = typeof input === "string" ? input : new URL(input.url).pathname;
    calls.push(path);
    const [status, body] = answers[path]?.(init) ?? [404, {}];
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  return calls;
}

/** A tab of its own: modules hold the session. */
async function openTab(): Promise<Auth & Store> {
  vi.resetModules();
  const [auth, store] = [await import("./auth"), await import("./sessionStore")];
  return { ...auth, ...store };
}

const signedIn = () => {
  // biome-ignore lint/suspicious/noDocumentCookie: the page does it so
  document.cookie = "heddle_session=1; Path=/app/";
};

beforeEach(() => {
  history.replaceState(null, "", "/app/workflows");
  vi.stubGlobal("BroadcastChannel", fakeChannels());
});
afterEach(async () => {
  vi.unstubAllGlobals();
  // biome-ignore lint/suspicious/noDocumentCookie: the page does it so
  document.cookie = "heddle_session=; Path=/app/; Max-Age=0";
});

test("a browser that never signed in asks nothing", async () => {
  const calls = server({});
  const tab = await openTab();
  await tab.restore();
  expect(tab.sessionStore.getState().status).toBe("signedOut");
  expect(calls).toEqual([]);
});

test("the cookie brings the session back, and calls at the same time share one refresh", async () => {
  signedIn();
  let given = 0;
  const calls = server({
    "/api/auth/refresh/": () => [200, { access: `a${++given}`, refresh: null, expires_in: 1 }],
    "/api/users/me": () => [200, USER],
  });
  const tab = await openTab();
  await tab.restore();
  expect(tab.sessionStore.getState()).toMatchObject({ status: "signedIn", user: { email: USER.email } });
  // One second is less than what a token must still have, so each of these wants a new one.
  expect(await Promise.all([tab.accessToken(), tab.accessToken(), tab.accessToken()])).toEqual(["a2", "a2", "a2"]);
  expect(calls.filter((path) => path === "/api/auth/refresh/")).toHaveLength(2);
});

test("a second tab gets its token from the first, without a refresh", async () => {
  signedIn();
  const calls = server({
    "/api/auth/refresh/": () => [200, { access: "a1", refresh: null, expires_in: 1800 }],
    "/api/users/me": () => [200, USER],
  });
  const first = await openTab();
  await first.restore();
  const second = await openTab();
  await second.restore();
  expect(second.sessionStore.getState().access).toBe("a1");
  expect(calls.filter((path) => path === "/api/auth/refresh/")).toHaveLength(1);
});

test("a refused refresh keeps who it was, so that the page can ask for the password", async () => {
  signedIn();
  let isRefused = false;
  server({
    "/api/auth/refresh/": () => (isRefused ? [401, {}] : [200, { access: "a1", refresh: null, expires_in: 1800 }]),
    "/api/users/me": () => [200, USER],
  });
  const tab = await openTab();
  await tab.restore();
  isRefused = true;
  expect(await tab.refresh("a1")).toBe(false);
  expect(tab.sessionStore.getState()).toMatchObject({ status: "expired", access: null, user: { id: "u1" } });
});

test("a server that is away ends no session", async () => {
  signedIn();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
  const tab = await openTab();
  await expect(tab.restore()).rejects.toMatchObject({ isUnreachable: true });
  expect(tab.sessionStore.getState().status).toBe("unknown");
});

test("signing out cleans up here and in the other tab, and leaves no token anywhere", async () => {
  server({
    "/api/auth/login/": () => [200, { access: "a1", refresh: null, expires_in: 1800, user: USER }],
    "/api/auth/logout/": () => [204, null],
  });
  const first = await openTab();
  const second = await openTab();
  const clean = vi.fn();
  second.onSignOut(clean);
  await first.signIn({ email: "ana@example.org", password: "x" });
  await vi.waitFor(() => expect(second.sessionStore.getState().status).toBe("signedIn"));
  expect(document.cookie + JSON.stringify({ ...localStorage, ...sessionStorage }) + location.href).not.toContain("a1");
  await first.signOut();
  await vi.waitFor(() => expect(second.sessionStore.getState()).toMatchObject({ status: "signedOut", access: null }));
  expect(clean).toHaveBeenCalled();
  expect(document.cookie).not.toContain("heddle_session=1");
});
