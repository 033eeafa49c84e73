import { Badge } from "@/ui/Badge";
import { copy } from "./copy";
import type { McpServer } from "./queries";

const TONES = { unknown: "neutral", ok: "ok", error: "err" } as const;

/** How a server stood when it was asked last. */
export function ServerState({ server: { enabled, status } }: { readonly server: McpServer }) {
  if (!enabled) return <Badge tone="skip">{copy.off}</Badge>;
  return <Badge tone={TONES[status]}>{copy.states[status]}</Badge>;
}
