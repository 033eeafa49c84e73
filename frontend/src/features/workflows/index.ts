import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "workflows", lazy: async () => ({ Component: (await import("./WorkflowsScreen")).WorkflowsScreen }) },
];
