import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { routes as admin } from "@/features/admin";
import { routes as auth } from "@/features/auth";
import { routes as credentials, windows as credentialWindows } from "@/features/credentials";
import { routes as documents } from "@/features/documents";
import { routes as editor } from "@/features/editor";
import { routes as inbox } from "@/features/inbox";
import { routes as runs } from "@/features/runs";
import { routes as settings } from "@/features/settings";
import { routes as sharing } from "@/features/sharing";
import { routes as tables } from "@/features/tables";
import { routes as templates } from "@/features/templates";
import { routes as tests } from "@/features/tests";
import { routes as triggers } from "@/features/triggers";
import { routes as versions } from "@/features/versions";
import { routes as workflows } from "@/features/workflows";
import { ErrorBoundary } from "./ErrorBoundary";
import { askedAgain } from "./LateScreen";
import { NotFound } from "./NotFound";
import { navigation } from "./navigation";
import { SignedInOnly } from "./SignedInOnly";

/** Screens inside the shell; each feature brings its own. */
const screens: RouteObject[] = [
  ...workflows,
  ...editor,
  ...runs,
  ...inbox,
  ...credentials,
  ...tables,
  ...documents,
  ...settings,
  ...sharing,
  ...versions,
  ...triggers,
  ...tests,
  ...templates,
  ...admin,
];

const start = navigation[0];

/** Returns the router of all features' routes, under the page's base path. */
export function createRouter() {
  return createBrowserRouter(
    [
      { errorElement: <ErrorBoundary />, children: askedAgain([...auth, ...credentialWindows]) },
      {
        element: <SignedInOnly />,
        errorElement: <ErrorBoundary />,
        children: [
          {
            errorElement: <ErrorBoundary />,
            children: [
              { index: true, element: start ? <Navigate replace to={start.path} /> : <NotFound /> },
              ...askedAgain(screens),
              { path: "*", element: <NotFound /> },
            ],
          },
        ],
      },
    ],
    { basename: "/app" },
  );
}
