import { lazy } from "react";
import type { RouteObject } from "react-router";

/** Comes with the first trigger that is looked at. */
export const NodeAddress = lazy(async () => ({ default: (await import("./NodeAddress")).NodeAddress }));

export const routes: RouteObject[] = [
  {
    path: "workflows/:workflowId/triggers",
    lazy: async () => ({ Component: (await import("./TriggersScreen")).TriggersScreen }),
  },
];
