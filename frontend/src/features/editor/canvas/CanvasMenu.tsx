import type { Point } from "@/domain/definition";
import { ContextMenu, type MenuPlace } from "@/ui/ContextMenu";
import { useMenuEntries } from "./useMenuEntries";

export interface CanvasMenuAsk extends MenuPlace {
  /** The same place on the canvas; null: asked for beside it, for what is chosen. */
  readonly place: Point | null;
}

/** What a right click on the canvas offers. */
export function CanvasMenu({ ask }: { readonly ask: CanvasMenuAsk }) {
  return <ContextMenu entries={useMenuEntries(ask.place)} at={ask} />;
}
