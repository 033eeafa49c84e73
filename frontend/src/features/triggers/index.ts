import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "workflows/:workflowId/triggers",
    lazy: async () => ({ Component: (await import("./TriggersScreen")).TriggersScreen }),
  },
];
