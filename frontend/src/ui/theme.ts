export type Theme = "system" | "light" | "dark";

const A_YEAR_S = 31_536_000;

/** Returns the chosen theme, as the server wrote it into the page. */
export function currentTheme(): Theme {
  const given = document.documentElement.dataset.theme;
  return given === "light" || given === "dark" ? given : "system";
}

/** Chooses a theme: at once here, and by a cookie for the next page, so that its first paint is right. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  // The cookie store's own interface does not exist on plain http.
  // biome-ignore lint/suspicious/noDocumentCookie: see above
  document.cookie = `heddle_theme=${theme}; Path=/; Max-Age=${A_YEAR_S}; SameSite=Lax`;
}
