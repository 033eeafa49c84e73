import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "workflows/:workflowId/tests",
    lazy: async () => ({ Component: (await import("./TestsScreen")).TestsScreen }),
  },
];
