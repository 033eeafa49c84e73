import { CountBadge } from "@/ui/CountBadge";
import { copy } from "./copy";
import { useTasks } from "./queries";

/** How many tasks are open. */
export function InboxBadge() {
  const { data } = useTasks("open", 1);
  return <CountBadge count={data?.count ?? 0} label={copy.openTasks} />;
}
