import type { RouteObject } from "react-router";

/** Pages below the settings. */
export const routes: RouteObject[] = [
  { path: "mcp-servers", lazy: async () => ({ Component: (await import("./ServersPage")).ServersPage }) },
  { path: "mcp-servers/:id", lazy: async () => ({ Component: (await import("./ServerPage")).ServerPage }) },
];
