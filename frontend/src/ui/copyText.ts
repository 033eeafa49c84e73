/**
 * Copies text; returns whether the browser took it. Call it inside a click or key press.
 *
 * The asynchronous clipboard does not exist on plain http: there the browser's own `copy` event carries the text.
 */
export async function copyText(text: string): Promise<boolean> {
  // Absent in an insecure context, whatever the types say.
  const clipboard = (navigator as { clipboard?: Clipboard }).clipboard;
  if (clipboard) {
    try {
      await clipboard.writeText(text);
      return true;
    } catch {
      // Not allowed here; the event may be.
    }
  }
  let isTaken = false;
  const fill = (event: ClipboardEvent) => {
    event.preventDefault();
    event.stopImmediatePropagation();
    event.clipboardData?.setData("text/plain", text);
    isTaken = event.clipboardData !== null;
  };
  document.addEventListener("copy", fill, true);
  try {
    return document.execCommand("copy") && isTaken;
  } finally {
    document.removeEventListener("copy", fill, true);
  }
}
