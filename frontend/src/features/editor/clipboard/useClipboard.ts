import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, unwrap } from "@/api";
import type { Point } from "@/domain/definition";
import { documentStore } from "@/features/document";
import { isWriting } from "@/ui/keys";
import { useEditorContext } from "../editorContext";
import { fillClipboard, pasteText } from "./clipboardActions";

const onCanvas = (target: EventTarget | null) =>
  target instanceof Element && target.closest("[data-editor-canvas]") !== null;

/** Whether an event of the clipboard is meant for the canvas: nothing is being written, no text is marked. */
function isMeant(event: ClipboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || isWriting(target) || isWriting(document.activeElement)) return false;
  const isInEditor = target === document.body || onCanvas(target);
  return isInEditor && (event.type === "paste" || document.getSelection()?.isCollapsed !== false);
}

/** Whether something is dragged over the canvas that may hold a workflow: a file, or marked text. */
function brings(event: DragEvent): event is DragEvent & { dataTransfer: DataTransfer } {
  const types = event.dataTransfer?.types ?? [];
  const isOne = types.includes("Files") || types.includes("text/plain");
  return isOne && onCanvas(event.target) && !documentStore.getState().isReadOnly;
}

/** Copy, cut, paste and drop on the canvas. Of pasted credentials only one's own are kept. */
export function useClipboard(): void {
  const { viewport } = useEditorContext();
  const client = useQueryClient();
  useEffect(() => {
    const paste = (text: string, place: Point) =>
      void pasteText(text, place, () =>
        client
          .fetchQuery({ queryKey: ["credentials", "ids"], queryFn: ownCredentials, staleTime: 30_000 })
          .catch(() => new Set<string>()),
      );
    const onCopy = (event: ClipboardEvent) => void (isMeant(event) && fillClipboard(event, event.type === "cut"));
    const onPaste = (event: ClipboardEvent) => {
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!isMeant(event) || text === "") return;
      event.preventDefault();
      paste(text, viewport.pointer());
    };
    const onDragOver = (event: DragEvent) => {
      if (!brings(event)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
    };
    const onDrop = (event: DragEvent) => {
      if (event.defaultPrevented || !brings(event)) return;
      event.preventDefault();
      const place = viewport.toPlace({ x: event.clientX, y: event.clientY });
      const [file] = event.dataTransfer.files;
      const text = event.dataTransfer.getData("text/plain");
      void Promise.resolve(file ? file.text() : text).then((found) => paste(found, place));
    };
    const all = { copy: onCopy, cut: onCopy, paste: onPaste, dragover: onDragOver, drop: onDrop };
    const names = Object.keys(all) as (keyof typeof all)[]; // the keys of the line above
    // One listener for each name; the event map knows what each is given.
    for (const name of names) document.addEventListener(name, all[name] as EventListener);
    return () => {
      for (const name of names) document.removeEventListener(name, all[name] as EventListener);
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
