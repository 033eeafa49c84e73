import { durationText } from "./timeText";
import { useNow } from "./useNow";

interface DurationProps {
  /** How long it took; null while it goes on. */
  readonly ms: number | null | undefined;
  /** From when it counts while `ms` is null. */
  readonly since?: string | null | undefined;
}

/** How long something took, or takes so far. */
export function Duration({ ms, since }: DurationProps) {
  if (ms !== null && ms !== undefined)
    return <span className="whitespace-nowrap tabular-nums">{durationText(ms)}</span>;
  return since ? <Running since={since} /> : <span className="text-muted">–</span>;
}

function Running({ since }: { readonly since: string }) {
  const now = useNow();
  return <span className="whitespace-nowrap tabular-nums">{durationText(Math.max(0, now - Date.parse(since)))}</span>;
}
