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

/** Whether this installation has plans: without, nobody has a tier or credits to speak of. */
export function usePlans(): boolean {
  return useSignInOptions().data?.plans === true;
}
