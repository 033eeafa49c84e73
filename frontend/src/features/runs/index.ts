import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "runs", lazy: async () => ({ Component: (await import("./list/RunsScreen")).RunsScreen }) },
  { path: "workflows/:id/runs/:run", lazy: async () => ({ Component: (await import("./view/RunScreen")).RunScreen }) },
];
