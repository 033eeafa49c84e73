import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "variables", lazy: async () => ({ Component: (await import("./VariablesPage")).VariablesPage }) },
];
