import type { RouteObject } from "react-router";
import { takeCode, takeToken } from "./arrival";

export { takeToken } from "./arrival";
export { SignInForm } from "./SignInForm";

export const routes: RouteObject[] = [
  { path: "login", lazy: async () => ({ Component: (await import("./LoginScreen")).LoginScreen }) },
  {
    path: "login/google",
    loader: takeCode("/login/google"),
    lazy: async () => ({ Component: (await import("./GoogleScreen")).GoogleScreen }),
  },
  {
    path: "link",
    loader: takeToken("/link"),
    lazy: async () => ({ Component: (await import("./LinkScreen")).LinkScreen }),
  },
  {
    path: "register",
    loader: takeToken("/register"),
    lazy: async () => ({ Component: (await import("./RegisterScreen")).RegisterScreen }),
  },
  { path: "forgot", lazy: async () => ({ Component: (await import("./ForgotScreen")).ForgotScreen }) },
  {
    path: "reset",
    loader: takeToken("/reset"),
    lazy: async () => ({ Component: (await import("./ResetScreen")).ResetScreen }),
  },
];
