import type { Catalogue } from "@/domain/catalogue";
import type { Definition, Point } from "@/domain/definition";
import { type ElkNode, layoutGraph, placesFrom } from "@/domain/layoutGraph";

interface Answer {
  readonly ok: boolean;
  readonly graph?: ElkNode;
  readonly message?: string;
}

/**
 * Returns places by node, of all or of some, worked out beside the page; null when `signal` ended it before.
 * Throws where the layout fails.
 */
export async function placesOf(
  definition: Definition,
  catalogue: Catalogue,
  { only, signal }: { readonly only?: ReadonlySet<string> | undefined; readonly signal?: AbortSignal } = {},
): Promise<Record<string, Point> | null> {
  const worker = new Worker(new URL("../../workers/layout.worker.ts", import.meta.url), { type: "module" });
  try {
    const answer = await new Promise<Answer | null>((resolve, reject) => {
      signal?.addEventListener("abort", () => resolve(null));
      worker.onmessage = ({ data }: MessageEvent<Answer>) => resolve(data);
      worker.onerror = () => reject(new Error("The layout's worker did not start"));
      worker.postMessage(layoutGraph(definition, catalogue, only));
    });
    if (answer === null) return null;
    if (!answer.ok || answer.graph === undefined) throw new Error(answer.message);
    return placesFrom(answer.graph, definition, catalogue, only);
  } finally {
    worker.terminate();
  }
}
