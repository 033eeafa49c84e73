import type { Catalogue } from "@/domain/catalogue";
import { applyLayout } from "@/domain/commands";
import { documentStore } from "@/features/document";
import { placesOf } from "@/features/layout";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { editorStore, say } from "../editorStore";

let last: AbortController | null = null;

/** Lays the workflow out, or the chosen nodes where there are several; one step to undo. */
export async function layOut(catalogue: Catalogue, onDone: () => void): Promise<void> {
  last?.abort();
  const running = new AbortController();
  last = running;
  const { definition } = documentStore.getState();
  const { nodes } = editorStore.getState().selection;
  const only = nodes.size > 1 ? nodes : undefined;
  const close = toast({ text: copy.tidying, action: { label: copy.cancel, onSelect: () => running.abort() } });
  try {
    const places = await placesOf(definition, catalogue, { only, signal: running.signal });
    if (places === null || documentStore.getState().definition !== definition) return;
    say(documentStore.getState().run(applyLayout(places)).label);
    onDone();
  } catch {
    toast({ kind: "error", text: copy.tidyFailed });
  } finally {
    close();
  }
}
