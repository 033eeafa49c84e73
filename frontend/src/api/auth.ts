/**
 * The session: an access token in memory, a refresh cookie that scripts cannot read.
 *
 * The cookie rotates, so two tabs that refresh at once would log each other out: one refreshes, under a lock over all
 * tabs, and tells the others by BroadcastChannel.
 */
import { asProblem, type ProblemError, problemOf, unreachable } from "./problem";
import type { components } from "./schema.gen";
import { hintSession, mayHaveSession } from "./sessionHint";
import { sessionStore, signedOut, type User } from "./sessionStore";
import { withTabLock } from "./tabLock";

type Tokens = components["schemas"]["TokensOutput"];
type Message =
  | { readonly type: "token"; readonly access: string; readonly expiresAt: number; readonly user: User }
  | { readonly type: "signed-out" }
  | { readonly type: "who" };

const EARLY_MS = 30_000;
const OTHERS_MS = 120;
const LOCK = "heddle-refresh";
const channel = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("heddle-session");
const farewells = new Set<() => void | Promise<void>>();
let refreshing: Promise<boolean> | null = null;
let restoring: Promise<void> | null = null;

if (channel) {
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.type === "token") accept(data.access, data.expiresAt, data.user);
    else if (data.type === "signed-out") void forget();
    else tellOthers();
  };
}

/** Calls `clean` when the session ends, in this or another tab; returns how to take that back. */
export function onSignOut(clean: () => void | Promise<void>): () => void {
  farewells.add(clean);
  return () => farewells.delete(clean);
}

/**
 * Returns a token that is good for a call, refreshed where it is about to end; null for nobody. While nobody knows yet
 * who is signed in, as after a start without a server, it finds out first: a call without a token would be refused.
 */
export async function accessToken(): Promise<string | null> {
  if (sessionStore.getState().status === "unknown") await restore();
  const { access, expiresAt } = sessionStore.getState();
  if (access !== null && expiresAt - EARLY_MS > Date.now()) return access;
  if (access !== null) await refresh(access);
  return sessionStore.getState().access;
}

/**
 * Finds out who is signed in, at the page's start: from another tab, else by the cookie.
 * Raises: ProblemError `unreachable`; nothing is known then.
 */
export function restore(): Promise<void> {
  restoring ??= restoreAlone().finally(() => {
    restoring = null;
  });
  return restoring;
}

async function restoreAlone(): Promise<void> {
  if (sessionStore.getState().status !== "unknown") return;
  if (channel) {
    channel.postMessage({ type: "who" } satisfies Message);
    await new Promise((resolve) => setTimeout(resolve, OTHERS_MS));
    if (sessionStore.getState().status === "signedIn") return;
  }
  if (!mayHaveSession()) {
    sessionStore.setState({ ...signedOut });
    return;
  }
  try {
    await refresh(null);
  } catch (error) {
    const problem = asProblem(error);
    if (problem.isUnreachable) throw problem;
    if (problem.status !== 429) return sessionStore.setState({ ...signedOut });
    await new Promise((resolve) => setTimeout(resolve, (problem.retryAfterS ?? 5) * 1000));
    await restoreAlone();
  }
}

/**
 * Gets a new token instead of `stale`; returns whether there is one. Callers at the same time share one refresh.
 * Raises: ProblemError when the server cannot be reached; the session stays as it is then.
 */
export function refresh(stale: string | null): Promise<boolean> {
  refreshing ??= withTabLock(LOCK, () => refreshAlone(stale)).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refreshAlone(stale: string | null): Promise<boolean> {
  const held = sessionStore.getState();
  if (held.access !== null && held.access !== stale) return true; // another tab was here before us
  const response = await call("/api/auth/refresh/", {});
  if (!response.ok) {
    if (response.status === 401 || response.status === 403) {
      hintSession(false);
      sessionStore.setState(held.user ? { ...held, status: "expired", access: null, expiresAt: 0 } : { ...signedOut });
      return false;
    }
    throw await refusal(response);
  }
  // The server's answer; its shape is the schema's.
  const { access, expires_in } = (await response.json()) as components["schemas"]["RefreshedOutput"];
  const user = held.user ?? (await me(access));
  accept(access, Date.now() + expires_in * 1000, user);
  tellOthers();
  return true;
}

async function me(access: string): Promise<User> {
  const response = await reach("/api/users/me", { headers: { Authorization: `Bearer ${access}` } });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as User; // the schema's shape
}

/** Signs in; the refresh token comes as a cookie. Raises: ProblemError, `otp_required` for a second factor. */
export async function signIn(given: { email: string; password: string; otp?: string }): Promise<User> {
  return await enter("/api/auth/login/", { ...given, otp: given.otp ?? "", cookie: true });
}

/** Opens an account and signs in to it. */
export async function register(given: {
  email: string;
  password: string;
  name: string;
  /** The token of the link of an installation without staff. */
  setup?: string;
}): Promise<User> {
  const response = await call("/api/auth/register/", given);
  if (!response.ok) throw await refusal(response);
  return await signIn({ email: given.email, password: given.password });
}

/** Ends signing in with Google, back on our page. */
export async function finishGoogle(given: { code: string; state: string; otp?: string }): Promise<User> {
  return await enter("/api/auth/google/callback/", { ...given, otp: given.otp ?? "", cookie: true });
}

/** Signs in by a one-time link of the terminal that started the server. */
export async function signInByLink(token: string): Promise<User> {
  return await enter("/api/auth/link/", { token });
}

/** Signs out, in every tab. The session here ends even when the server cannot be told. */
export async function signOut(): Promise<void> {
  const { access } = sessionStore.getState();
  try {
    if (access !== null) await call("/api/auth/logout/", {}, access);
  } catch {
    // Unreachable: the refresh token stays valid on the server until its time, but nobody here holds it.
  }
  channel?.postMessage({ type: "signed-out" } satisfies Message);
  await forget();
}

/** Takes over what a changed profile looks like. */
export function updateUser(user: User): void {
  sessionStore.setState({ user });
  tellOthers();
}

async function enter(path: string, body: unknown): Promise<User> {
  const response = await call(path, body);
  if (!response.ok) throw await refusal(response);
  const tokens = (await response.json()) as Tokens; // the schema's shape
  const before = sessionStore.getState().user;
  if (before && before.id !== tokens.user.id) await sayFarewell(); // what the page holds is somebody else's
  accept(tokens.access, Date.now() + tokens.expires_in * 1000, tokens.user);
  tellOthers();
  return tokens.user;
}

function accept(access: string, expiresAt: number, user: User): void {
  hintSession(true);
  sessionStore.setState({ status: "signedIn", user, access, expiresAt });
}

async function forget(): Promise<void> {
  hintSession(false);
  sessionStore.setState({ ...signedOut });
  await sayFarewell();
}

async function sayFarewell(): Promise<void> {
  await Promise.allSettled([...farewells].map(async (clean) => await clean()));
}

function tellOthers(): void {
  const { status, access, expiresAt, user } = sessionStore.getState();
  if (status !== "signedIn" || access === null || user === null) return;
  channel?.postMessage({ type: "token", access, expiresAt, user } satisfies Message);
}

function call(path: string, body: unknown, access?: string): Promise<Response> {
  return reach(path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", ...(access ? { Authorization: `Bearer ${access}` } : {}) },
  });
}

async function reach(path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(path, { ...init, credentials: "same-origin" });
  } catch {
    throw unreachable();
  }
}

async function refusal(response: Response): Promise<ProblemError> {
  return problemOf(response, await response.json().catch(() => null));
}
