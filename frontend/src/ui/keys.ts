/** Whether this keyboard has ⌘ where others have Ctrl. */
export const isMac = /Mac|iPhone|iPad/.test(navigator.platform);

const NAMES: Readonly<Record<string, string>> = {
  mod: isMac ? "⌘" : "Ctrl",
  shift: isMac ? "⇧" : "Shift",
  alt: isMac ? "⌥" : "Alt",
  enter: "↵",
  escape: "Esc",
  delete: "Del",
  arrowleft: "←",
  arrowright: "→",
  arrowup: "↑",
  arrowdown: "↓",
  space: "Space",
};

/** Returns how the keys of "mod+shift+z" are shown, one by one. */
export function keyLabels(keys: string): string[] {
  return keys.split("+").map((key) => NAMES[key.toLowerCase()] ?? key.toUpperCase());
}

/** Tells whether an event is "mod+shift+z". A letter without modifier never matches while text is being written. */
export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.toLowerCase().split("+");
  const key = parts.at(-1) === "space" ? " " : parts.at(-1);
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  // "?" needs Shift on most keyboards, and says so by itself.
  const shift = key === "?" || parts.includes("shift") === event.shiftKey;
  const isKey = event.key.toLowerCase() === key;
  return isKey && mod === parts.includes("mod") && !other && event.altKey === parts.includes("alt") && shift;
}

/** Tells whether keys are being written into something: a field, an editor, a menu or a dialog's list. */
export function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return (
    target.closest("input, textarea, select, [contenteditable=true], [role=menu], [role=listbox], [role=dialog]") !==
    null
  );
}
