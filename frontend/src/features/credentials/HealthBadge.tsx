import { Check, CircleAlert, CircleDashed, Clock, type LucideIcon, TimerOff } from "lucide-react";
import { Badge } from "@/ui/Badge";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import type { Health } from "./queries";

const LOOKS: Readonly<Record<Health, readonly [Tone, LucideIcon]>> = {
  ok: ["ok", Check],
  unverified: ["neutral", CircleDashed],
  expiring: ["warn", Clock],
  expired: ["err", TimerOff],
  failing: ["err", CircleAlert],
};

/** Whether a credential works, as far as the server knows. */
export function HealthBadge({ health }: { readonly health: Health }) {
  const [tone, Icon] = LOOKS[health];
  return (
    <Badge tone={tone} icon={<Icon aria-hidden="true" size={14} strokeWidth={2} />}>
      {copy.states[health]}
    </Badge>
  );
}
