/** Whether this browser has shown the tour: a cookie, as the theme is kept, and never asked for again. */

const NAME = "heddle_tour";
const A_YEAR_S = 31_536_000;

export function wasSeen(): boolean {
  return document.cookie.split("; ").includes(`${NAME}=seen`);
}

export function markSeen(): void {
  // The cookie store's own interface does not exist on plain http.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `${NAME}=seen; Path=/app/; Max-Age=${A_YEAR_S}; SameSite=Lax`;
}
