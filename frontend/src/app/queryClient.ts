import { QueryClient } from "@tanstack/react-query";
import { asProblem, onReconnect, onSignOut } from "@/api";

const MOST_TRIES = 2;

/** The one cache of what the server said. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: (failures, error) => {
        const { status, isUnreachable } = asProblem(error);
        return failures < MOST_TRIES && (isUnreachable || status >= 502);
      },
      retryDelay: (failures) => 1000 * 2 ** failures,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

onSignOut(() => queryClient.clear());
onReconnect(() => void queryClient.invalidateQueries());
