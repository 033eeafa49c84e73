/** Whether the rail stays wide: a preference of this browser, kept in a cookie as the theme is. */
const NAME = "heddle_rail";

export function isRailPinned(): boolean {
  return document.cookie.split("; ").includes(`${NAME}=wide`);
}

export function pinRail(isPinned: boolean): void {
  // The cookie store's own interface does not exist on plain http.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `${NAME}=${isPinned ? "wide" : "narrow"}; Path=/app/; Max-Age=31536000; SameSite=Lax`;
}
