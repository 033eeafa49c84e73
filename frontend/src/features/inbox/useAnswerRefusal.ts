import { useSession } from "@/api";
import { useWorkflowHead } from "@/features/screen";
import { refusalOf } from "@/features/sharing";
import { copy } from "./copy";
import type { HumanTask } from "./queries";

/** Returns why somebody may not answer a task: it is for others, or he only reads the workflow whose owner is asked. */
export function useAnswerRefusal({ workflow_id, assignee_ids: asked }: HumanTask): string | undefined {
  const { user } = useSession();
  const head = useWorkflowHead(workflow_id);
  if (!user || !head || asked.includes(user.id)) return undefined;
  const isOwnerAsked = asked.length === 1 && asked[0] === head.ownerId;
  return isOwnerAsked ? refusalOf(head.role, "runner") : copy.forOthers;
}
