import { useWorkflowHead } from "./useWorkflowHead";

/** Returns a workflow's name; undefined while it is asked, null where it is gone or not one's own. */
export function useWorkflowName(id: string): string | null | undefined {
  const head = useWorkflowHead(id);
  return head === null ? null : head?.name;
}
