import { useQuery } from "@tanstack/react-query";
import { api, unwrap } from "@/api";

/** What this installation offers to who is not signed in. */
export function useSignInOptions() {
  return useQuery({
    queryKey: ["sign-in-options"],
    queryFn: () => unwrap(api.GET("/api/auth/options/")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
