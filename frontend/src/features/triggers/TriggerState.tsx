import { Badge } from "@/ui/Badge";
import { copy } from "./copy";
import type { Trigger } from "./queries";

/** Whether a trigger is in service, and as it is shown. */
export function TriggerState({ trigger: { active, changed } }: { readonly trigger: Trigger }) {
  return (
    <span className="flex flex-wrap items-center justify-end gap-1">
      <Badge tone={active ? "ok" : "neutral"}>{active ? copy.active : copy.inactive}</Badge>
      {active && changed ? <Badge tone="warn">{copy.changed}</Badge> : null}
    </span>
  );
}
