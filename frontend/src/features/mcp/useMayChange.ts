import { useSession } from "@/api";
import type { McpServer } from "./queries";

/** Whether the person may change a server: one of everybody's is for staff. */
export function useMayChange({ scope }: Pick<McpServer, "scope">): boolean {
  const { user } = useSession();
  return scope !== "system" || user?.is_staff === true;
}
