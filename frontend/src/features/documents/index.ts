import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "documents", lazy: async () => ({ Component: (await import("./DocumentsScreen")).DocumentsScreen }) },
  { path: "documents/:id", lazy: async () => ({ Component: (await import("./DocumentScreen")).DocumentScreen }) },
];
