import { Badge } from "@/ui/Badge";
import type { Tone } from "@/ui/tones";
import { copy } from "./copy";
import type { Registration, Trigger } from "./queries";

const TONES: Readonly<Record<Registration["state"], Tone>> = {
  registering: "run",
  active: "ok",
  failed: "err",
  removing: "wait",
};

/** Whether a trigger is in service, and as it is shown. */
export function TriggerState({ trigger: { active, changed, registration } }: { readonly trigger: Trigger }) {
  return (
    <span className="flex flex-wrap items-center justify-end gap-1">
      {registration ? (
        <Badge tone={TONES[registration.state]}>{copy.states[registration.state]}</Badge>
      ) : (
        <Badge tone={active ? "ok" : "neutral"}>{active ? copy.active : copy.inactive}</Badge>
      )}
      {active && changed ? <Badge tone="warn">{copy.changed}</Badge> : null}
    </span>
  );
}
