import { Navigate, useLocation } from "react-router";
import { useSession } from "@/api";
import { Shell } from "./Shell";

/** Leads to sign-in who is not signed in, and back afterwards. */
export function SignedInOnly() {
  const { status } = useSession();
  const { pathname, search } = useLocation();
  if (status === "signedOut") {
    const next = pathname === "/" ? "" : `?next=${encodeURIComponent(pathname + search)}`;
    return <Navigate replace to={`/login${next}`} />;
  }
  return <Shell />;
}
