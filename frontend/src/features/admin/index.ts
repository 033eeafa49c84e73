import { createElement } from "react";
import { Navigate, type RouteObject } from "react-router";

export const routes: RouteObject[] = [
  {
    path: "admin",
    lazy: async () => ({ Component: (await import("./AdminScreen")).AdminScreen }),
    children: [
      { index: true, element: createElement(Navigate, { to: "health", replace: true }) },
      { path: "health", lazy: async () => ({ Component: (await import("./HealthPage")).HealthPage }) },
      {
        path: "dead-letters",
        lazy: async () => ({ Component: (await import("./DeadLettersPage")).DeadLettersPage }),
      },
      { path: "blocked", lazy: async () => ({ Component: (await import("./BlockedPage")).BlockedPage }) },
      { path: "users", lazy: async () => ({ Component: (await import("./UsersPage")).UsersPage }) },
      { path: "prompt-rules", lazy: async () => ({ Component: (await import("./PromptRulesPage")).PromptRulesPage }) },
    ],
  },
];

/** Pages that the command palette finds, for administrators. */
export const pages = [
  { path: "/admin/health", label: "Administration: health", isForStaff: true },
  { path: "/admin/dead-letters", label: "Administration: dead letters", isForStaff: true },
  { path: "/admin/blocked", label: "Administration: blocked addresses", isForStaff: true },
  { path: "/admin/users", label: "Administration: users", isForStaff: true },
  { path: "/admin/prompt-rules", label: "Administration: prompt rules", isForStaff: true },
] as const;
