import type { RouteObject } from "react-router";

export { InboxBadge } from "./InboxBadge";

export const routes: RouteObject[] = [
  { path: "inbox", lazy: async () => ({ Component: (await import("./InboxScreen")).InboxScreen }) },
  { path: "inbox/:task", lazy: async () => ({ Component: (await import("./TaskScreen")).TaskScreen }) },
];
