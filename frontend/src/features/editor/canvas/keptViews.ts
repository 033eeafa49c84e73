/** Where the canvas of each workflow was left in this page: who comes back finds it as it was. */

import type { Viewport } from "@xyflow/react";
import { onSignOut } from "@/api";

const views = new Map<string, Viewport>();

export function keptView(workflowId: string): Viewport | undefined {
  return views.get(workflowId);
}

export function keepView(workflowId: string, view: Viewport): void {
  views.set(workflowId, view);
}

onSignOut(() => views.clear());
