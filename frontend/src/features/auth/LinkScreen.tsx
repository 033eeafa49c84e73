import { useCallback } from "react";
import { useLoaderData, useNavigate } from "react-router";
import { signInByLink } from "@/api";
import { ArrivalScreen } from "./ArrivalScreen";

/** Where the one-time link of the server's terminal leads. */
export function LinkScreen() {
  const token = useLoaderData<string | null>() ?? "";
  const navigate = useNavigate();
  const enter = useCallback(() => signInByLink(token), [token]);
  return <ArrivalScreen enter={enter} onDone={() => void navigate("/", { replace: true })} />;
}
