import { useCallback } from "react";
import { includes, type Role } from "@/domain/roles";
import { useWorkflowHead } from "@/features/screen";
import { copy } from "./copy";

/** Returns why something that needs a role is refused; undefined where it is not. */
export type Refusal = (needs: Role) => string | undefined;

/**
 * What the server would answer with 403 `role_required` on a workflow, said before anybody asks. Until the role is known,
 * and of a workflow that is gone, nothing is refused here: then the server decides alone.
 */
export function useRefusal(workflowId: string | null): Refusal {
  const role = useWorkflowHead(workflowId)?.role;
  return useCallback((needs) => (role ? refusalOf(role, needs) : undefined), [role]);
}

/** The same, where the role is at hand. */
export function refusalOf(role: Role, needs: Role): string | undefined {
  return includes(role, needs) ? undefined : copy.why(role, needs);
}
