/** Copying as plain text by the browser's own events: they exist on plain http too. */

import { clipOf, readClip, writeClip } from "@/domain/clipboard";
import { deleteSelection, pasteAt } from "@/domain/commands";
import type { Point } from "@/domain/definition";
import { GRID } from "@/domain/geometry";
import { documentStore } from "@/features/document";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { editorStore, select } from "../editorStore";

/** Puts the selection into a copy event; returns whether the event took it. */
export function fillClipboard(event: ClipboardEvent, isCut: boolean): boolean {
  const ids = [...editorStore.getState().selection.nodes];
  if (ids.length === 0 || event.clipboardData === null) return false;
  const { definition, run, isReadOnly } = documentStore.getState();
  event.clipboardData.setData("text/plain", writeClip(clipOf(definition, ids)));
  event.preventDefault();
  if (isCut && !isReadOnly) {
    run(deleteSelection(ids));
    select([]);
  }
  toast({ text: isCut && !isReadOnly ? copy.cut(ids.length) : copy.copied(ids.length) });
  return true;
}

let lastPaste: { readonly text: string; times: number } | null = null;

/** Pastes nodes; text that is no workflow goes its usual way. Returns what was made of it. */
export function pasteText(text: string, place: Point, credentials: ReadonlySet<string> | "all"): boolean {
  const { isReadOnly, run } = documentStore.getState();
  const reading = readClip(text);
  if (!reading.ok) {
    if (reading.problem === "not_ours") return false;
    toast({ kind: "error", text: copy.pasteProblem[reading.problem] });
    return true;
  }
  if (isReadOnly) return true;
  lastPaste = lastPaste?.text === text ? { text, times: lastPaste.times + 1 } : { text, times: 0 };
  const step = lastPaste.times * 2 * GRID;
  const corner = { x: Math.round(place.x / GRID) * GRID + step, y: Math.round(place.y / GRID) * GRID + step };
  const change = run(pasteAt(reading.clip, corner, { credentials }));
  select(change.created);
  if (reading.source === "n8n") toast({ text: copy.pastedN8n(change.created.length) });
  return true;
}
