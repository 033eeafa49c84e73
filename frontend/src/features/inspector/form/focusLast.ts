const CONTROL = "input, textarea, select, [role=combobox], [role=textbox]";

/** Puts the focus into the first control of the last row, once that is drawn. */
export function focusLast(box: HTMLElement | null): void {
  requestAnimationFrame(() => {
    const row = [...(box?.querySelectorAll<HTMLElement>("[data-row]") ?? [])].filter(
      (one) => one.parentElement?.closest("[data-row]") === box?.closest("[data-row]"),
    );
    row.at(-1)?.querySelector<HTMLElement>(CONTROL)?.focus();
  });
}
