import type { RouteObject } from "react-router";

/** Pages below the settings. */
export const routes: RouteObject[] = [
  {
    path: "custom-nodes",
    lazy: async () => ({ Component: (await import("./CustomNodesPage")).CustomNodesPage }),
  },
  { path: "custom-nodes/new", lazy: async () => ({ Component: (await import("./NewNodePage")).NewNodePage }) },
  {
    path: "custom-nodes/:id",
    lazy: async () => ({ Component: (await import("./CustomNodePage")).CustomNodePage }),
  },
];
