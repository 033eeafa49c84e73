import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api";
import { isWriting } from "@/ui/keys";
import { useEditorContext } from "../editorContext";
import { fillClipboard, pasteText } from "./clipboardActions";

/** Whether an event of the clipboard is meant for the canvas: nothing is being written, no text is marked. */
function isMeant(event: ClipboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || isWriting(target) || isWriting(document.activeElement)) return false;
  const isInEditor =
    target === document.body || (target instanceof Element && target.closest("[data-editor-canvas]") !== null);
  return isInEditor && (event.type === "paste" || document.getSelection()?.isCollapsed !== false);
}

/** Copy, cut and paste on the canvas. Of pasted credentials only one's own are kept. */
export function useClipboard(): void {
  const { viewport } = useEditorContext();
  const client = useQueryClient();
  useEffect(() => {
    const onCopy = (event: ClipboardEvent) => void (isMeant(event) && fillClipboard(event, event.type === "cut"));
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!isMeant(event) || text === "") return;
      event.preventDefault();
      const place = viewport.pointer();
      void client
        .fetchQuery({ queryKey: ["credentials", "ids"], queryFn: ownCredentials, staleTime: 30_000 })
        .catch(() => new Set<string>())
        .then((own) => pasteText(text, place, own));
    };
    document.addEventListener("copy", onCopy);
    document.addEventListener("cut", onCopy);
    document.addEventListener("paste", onPaste);
    return () => {
      document.removeEventListener("copy", onCopy);
      document.removeEventListener("cut", onCopy);
      document.removeEventListener("paste", onPaste);
    };
  }, [viewport, client]);
}

async function ownCredentials(): Promise<ReadonlySet<string>> {
  const ids = new Set<string>();
  for (let page = 1; ; page += 1) {
    const found = await unwrap(api.GET("/api/credentials/", { params: { query: { page, page_size: 100 } } }));
    for (const { id } of found.results) ids.add(id);
    if (found.next === null) return ids;
  }
}
