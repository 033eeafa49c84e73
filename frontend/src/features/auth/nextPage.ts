/** Returns where somebody was going before signing in: a path of this app and nothing else. */
export function nextPage(search: URLSearchParams): string {
  const next = search.get("next") ?? "/";
  // "//host" and "/\host" would be other places.
  return /^\/(?![/\\])/.test(next) ? next : "/";
}
