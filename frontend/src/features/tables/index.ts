import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "tables", lazy: async () => ({ Component: (await import("./TablesScreen")).TablesScreen }) },
  { path: "tables/:id", lazy: async () => ({ Component: (await import("./TableScreen")).TableScreen }) },
];
