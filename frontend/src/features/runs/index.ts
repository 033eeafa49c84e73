import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "runs", lazy: async () => ({ Component: (await import("./RunsScreen")).RunsScreen }) },
  { path: "workflows/:id/runs/:run", lazy: async () => ({ Component: (await import("./RunScreen")).RunScreen }) },
];
