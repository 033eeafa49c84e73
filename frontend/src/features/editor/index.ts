import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "workflows/:workflowId",
    lazy: async () => ({ Component: (await import("./EditorScreen")).EditorScreen }),
  },
];
