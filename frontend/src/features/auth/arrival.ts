/**
 * What an address brings along and must not keep: tokens of mails and links, the code of a provider.
 *
 * A loader takes it into memory and leads to the same page without it, before anything is drawn or sent.
 */
import { type LoaderFunctionArgs, redirect } from "react-router";

interface Arrival {
  readonly path: string;
  readonly token: string | null;
  readonly code: string | null;
  readonly state: string | null;
}

const NEXT = "heddle_next";
const NOTHING: Arrival = { path: "", token: null, code: null, state: null };
let arrived = NOTHING;

/** Takes what the address brings. A fragment never reaches a server, so links of ours use that. */
function take(request: Request, path: string): Arrival | Response {
  const query = new URL(request.url).searchParams;
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("token") ?? query.get("token");
  const [code, state] = [query.get("code"), query.get("state")];
  // What came with one page is for that page alone.
  if (token === null && code === null) return arrived.path === path ? arrived : NOTHING;
  arrived = { path, token, code, state };
  history.replaceState(history.state, "", location.pathname);
  return redirect(path);
}

export function takeToken(path: string) {
  return ({ request }: LoaderFunctionArgs): string | null | Response => {
    const taken = take(request, path);
    return taken instanceof Response ? taken : taken.token;
  };
}

export function takeCode(path: string) {
  return ({ request }: LoaderFunctionArgs): Arrival | Response => take(request, path);
}

/** Keeps a path over the visit to a provider; no data of anybody's. */
export function rememberNext(path: string): void {
  sessionStorage.setItem(NEXT, path);
}

export function recallNext(): string {
  return sessionStorage.getItem(NEXT) ?? "/";
}
