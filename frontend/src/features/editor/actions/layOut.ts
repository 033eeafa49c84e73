import type { Catalogue } from "@/domain/catalogue";
import { applyLayout } from "@/domain/commands";
import type { Definition, Point } from "@/domain/definition";
import { type ElkNode, layoutGraph, placesFrom } from "@/domain/layoutGraph";
import { documentStore } from "@/features/document";
import { toast } from "@/ui/toast";
import { copy } from "../copy";
import { editorStore, say } from "../editorStore";

interface Answer {
  readonly ok: boolean;
  readonly graph?: ElkNode;
  readonly message?: string;
}

let stop: (() => void) | null = null;

/** Lays the workflow out, or the chosen nodes where there are several; one step to undo. */
export async function layOut(catalogue: Catalogue, onDone: () => void): Promise<void> {
  stop?.();
  const { definition } = documentStore.getState();
  const { nodes } = editorStore.getState().selection;
  const only = nodes.size > 1 ? nodes : undefined;
  const close = toast({ text: copy.tidying, action: { label: copy.cancel, onSelect: () => stop?.() } });
  try {
    const places = await layout(definition, catalogue, only);
    if (places === null || documentStore.getState().definition !== definition) return;
    say(documentStore.getState().run(applyLayout(places)).label);
    onDone();
  } catch {
    toast({ kind: "error", text: copy.tidyFailed });
  } finally {
    close();
  }
}

/** Returns places by node; null when it was cancelled. */
async function layout(
  definition: Definition,
  catalogue: Catalogue,
  only: ReadonlySet<string> | undefined,
): Promise<Record<string, Point> | null> {
  const worker = new Worker(new URL("../../../workers/layout.worker.ts", import.meta.url), { type: "module" });
  try {
    const answer = await new Promise<Answer | null>((resolve, reject) => {
      stop = () => resolve(null);
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = () => reject(new Error(copy.tidyFailed));
      worker.postMessage(layoutGraph(definition, catalogue, only));
    });
    if (answer === null) return null;
    if (!answer.ok || answer.graph === undefined) throw new Error(answer.message);
    return placesFrom(answer.graph, definition, catalogue);
  } finally {
    stop = null;
    worker.terminate();
  }
}
