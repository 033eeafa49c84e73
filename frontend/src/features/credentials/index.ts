import type { RouteObject } from "react-router";

export const routes: RouteObject[] = [
  { path: "credentials", lazy: async () => ({ Component: (await import("./CredentialsScreen")).CredentialsScreen }) },
  {
    path: "credentials/access",
    lazy: async () => ({ Component: (await import("./AccessScreen")).AccessScreen }),
  },
  { path: "credentials/:id", lazy: async () => ({ Component: (await import("./CredentialScreen")).CredentialScreen }) },
];

/** Screens that stand alone, in windows of their own. */
export const windows: RouteObject[] = [
  { path: "credentials/signed-in", lazy: async () => ({ Component: (await import("./ReturnScreen")).ReturnScreen }) },
];
