/** Copying as plain text by the browser's own events: they exist on plain http too. */

import { api, asProblem, unwrap } from "@/api";
import { type Clip, type CredentialPolicy, clipFrom, clipOf, readClip, writeClip } from "@/domain/clipboard";
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

/** Pastes nodes; text that is no workflow goes its usual way. Returns whether it was one, or should have been. */
export async function pasteText(
  text: string,
  place: Point,
  credentials: () => Promise<CredentialPolicy>,
): Promise<boolean> {
  const { isReadOnly, workflowId } = documentStore.getState();
  const reading = readClip(text);
  if (!reading.ok) {
    if (reading.problem === "not_ours") return false;
    toast({ kind: "error", text: copy.pasteProblem[reading.problem] });
    return true;
  }
  if (isReadOnly) return true;
  const plant = (clip: Clip, kept: CredentialPolicy) => {
    // Another workflow may have been opened meanwhile: it is not the one that was meant.
    if (documentStore.getState().workflowId === workflowId) put(text, clip, place, kept);
  };
  if (reading.source === "heddle") {
    plant(reading.clip, await credentials());
    return true;
  }
  try {
    const { clip, placeholders } = await fromN8n(reading.document);
    plant(clip, "all");
    toast({ text: copy.pastedN8n(clip.nodes.length, placeholders) });
  } catch (error) {
    const problem = asProblem(error);
    toast({ kind: "error", text: problem.detail || problem.title });
  }
  return true;
}

function put(text: string, clip: Clip, place: Point, credentials: CredentialPolicy): void {
  lastPaste = lastPaste?.text === text ? { text, times: lastPaste.times + 1 } : { text, times: 0 };
  const step = lastPaste.times * 2 * GRID;
  const corner = { x: Math.round(place.x / GRID) * GRID + step, y: Math.round(place.y / GRID) * GRID + step };
  select(documentStore.getState().run(pasteAt(clip, corner, { credentials })).created);
}

/** Returns what a workflow of n8n comes to, as importing it would; nothing is kept on the server. */
async function fromN8n(document: unknown): Promise<{ clip: Clip; placeholders: number }> {
  // It was parsed from JSON: an object, or a list with one.
  const whole = (Array.isArray(document) ? document[0] : document) as Record<string, unknown>;
  const body = { document: whole, source: "n8n" as const, dry_run: true };
  const { workflow, report } = await unwrap(api.POST("/api/orchestrator/workflows/import/", { body }));
  return { clip: clipFrom(workflow), placeholders: report.placeholders.length };
}
