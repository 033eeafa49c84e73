/**
 * Whether this browser may hold a refresh cookie, which scripts cannot see: says nothing about who, and opens nothing.
 *
 * Without it a visitor's page would ask in vain, and use up what an address may ask.
 */
const NAME = "heddle_session";
const LIVES_S = 604_800; // as long as a refresh token

export function mayHaveSession(): boolean {
  return document.cookie.split("; ").includes(`${NAME}=1`);
}

export function hintSession(isThere: boolean): void {
  // The cookie store's own interface does not exist on plain http.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `${NAME}=${isThere ? "1" : ""}; Path=/app/; Max-Age=${isThere ? LIVES_S : 0}; SameSite=Strict`;
}
