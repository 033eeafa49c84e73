import { Check, CircleAlert, CircleDashed, Clock, type LucideIcon, PencilLine } from "lucide-react";
import { Badge } from "@/ui/Badge";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import type { CustomNode, Status } from "./queries";

const LOOKS: Readonly<Record<Status, readonly [Tone, LucideIcon]>> = {
  draft: ["neutral", PencilLine],
  pending: ["wait", Clock],
  approved: ["ok", Check],
  rejected: ["err", CircleAlert],
};

/** Whether a custom node is approved, and whether its tests pass. */
export function NodeState({ node: { status, is_validated } }: { readonly node: CustomNode }) {
  const [tone, Icon] = LOOKS[status];
  return (
    <span className="flex flex-wrap gap-1">
      <Badge tone={tone} icon={<Icon aria-hidden="true" size={14} strokeWidth={2} />}>
        {copy.statuses[status]}
      </Badge>
      {is_validated ? null : (
        <Badge tone="err" icon={<CircleDashed aria-hidden="true" size={14} strokeWidth={2} />}>
          {copy.failing}
        </Badge>
      )}
    </span>
  );
}
