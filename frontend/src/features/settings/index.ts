import { createElement } from "react";
import { Navigate, type RouteObject } from "react-router";
import { routes as mcp } from "@/features/mcp";
import { routes as nodes } from "@/features/nodes";
import { routes as variables } from "@/features/variables";

export const routes: RouteObject[] = [
  {
    path: "settings",
    lazy: async () => ({ Component: (await import("./SettingsScreen")).SettingsScreen }),
    children: [
      { index: true, element: createElement(Navigate, { to: "profile", replace: true }) },
      { path: "profile", lazy: async () => ({ Component: (await import("./ProfilePage")).ProfilePage }) },
      { path: "security", lazy: async () => ({ Component: (await import("./SecurityPage")).SecurityPage }) },
      { path: "keys", lazy: async () => ({ Component: (await import("./KeysPage")).KeysPage }) },
      {
        path: "notifications",
        lazy: async () => ({ Component: (await import("./NotificationsPage")).NotificationsPage }),
      },
      { path: "models", lazy: async () => ({ Component: (await import("./ModelsPage")).ModelsPage }) },
      { path: "usage", lazy: async () => ({ Component: (await import("./UsagePage")).UsagePage }) },
      { path: "appearance", lazy: async () => ({ Component: (await import("./AppearancePage")).AppearancePage }) },
      ...mcp,
      ...variables,
      ...nodes,
    ],
  },
];

/** Pages that the command palette finds. */
export const pages = [
  { path: "/settings/profile", label: "Settings: profile" },
  { path: "/settings/security", label: "Settings: password and second factor" },
  { path: "/settings/keys", label: "Settings: API keys" },
  { path: "/settings/notifications", label: "Settings: notifications" },
  { path: "/settings/models", label: "Settings: AI models and spending" },
  { path: "/settings/mcp-servers", label: "Settings: MCP servers" },
  { path: "/settings/variables", label: "Settings: variables" },
  { path: "/settings/usage", label: "Settings: usage and limits" },
  { path: "/settings/appearance", label: "Settings: appearance" },
  { path: "/settings/custom-nodes", label: "Settings: custom nodes" },
] as const;
