import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "workflows/:workflowId/versions",
    lazy: async () => ({ Component: (await import("./VersionsScreen")).VersionsScreen }),
  },
];
