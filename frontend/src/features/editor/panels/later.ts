/** What stands over or below the canvas only when asked for: one file that comes after the first paint. */

import { type ComponentType, lazy } from "react";

const parts = () => import("./laterParts");
type Parts = Awaited<ReturnType<typeof parts>>;

/** Has the file at hand before the first key asks for one of its parts. */
export function fetchLater(): () => void {
  const fetch = () => void parts().catch(() => undefined); // tried again when a part is asked for
  if (!("requestIdleCallback" in window)) {
    const timer = setTimeout(fetch, 200);
    return () => clearTimeout(timer);
  }
  const handle = requestIdleCallback(fetch, { timeout: 1_000 });
  return () => cancelIdleCallback(handle);
}

function part<Props>(pick: (all: Parts) => ComponentType<Props>) {
  return lazy(async () => ({ default: pick(await parts()) }));
}

export const CanvasMenu = part((all) => all.CanvasMenu);
export const ConflictPanel = part((all) => all.ConflictPanel);
export const ConnectPanel = part((all) => all.ConnectPanel);
export const DraftBanner = part((all) => all.DraftBanner);
export const FindBar = part((all) => all.FindBar);
export const GoneDialog = part((all) => all.GoneDialog);
export const HoverToolbar = part((all) => all.HoverToolbar);
export const Outline = part((all) => all.Outline);
export const Palette = part((all) => all.Palette);
export const RenameBar = part((all) => all.RenameBar);
export const RunPanel = part((all) => all.RunPanel);
export const SnapshotDialog = part((all) => all.SnapshotDialog);
