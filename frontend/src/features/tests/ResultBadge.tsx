import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "./copy";
import type { Result } from "./queries";

/** How a test ended. */
export function ResultBadge({ status }: { readonly status: Result["status"] }) {
  return <StatusBadge status={status === "error" ? "failed" : status} label={copy.statuses[status]} />;
}
