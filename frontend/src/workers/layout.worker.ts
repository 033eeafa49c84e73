/** Works a layout out beside the page, so that it answers clicks meanwhile. */

// The library in one piece: by itself it would start a worker of its own, from an address that our policy refuses.
import ELK from "elkjs/lib/elk.bundled.js";
import type { ElkNode } from "@/domain/layoutGraph";

const elk = new ELK();

self.onmessage = async ({ data }: MessageEvent<ElkNode>) => {
  try {
    self.postMessage({ ok: true, graph: await elk.layout(data) });
  } catch (error) {
    self.postMessage({ ok: false, message: error instanceof Error ? error.message : String(error) });
  }
};
