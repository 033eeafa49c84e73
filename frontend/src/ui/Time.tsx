import { relativeTime } from "./timeText";
import { useNow } from "./useNow";

interface TimeProps {
  /** As on the wire; null for never. */
  readonly at: string | null | undefined;
  readonly isAbsolute?: boolean;
  readonly never?: string;
}

const ABSOLUTE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const STEP_MS = 10_000;

/** A moment: "5 min ago", the exact time on hover. */
export function Time({ at, isAbsolute = false, never = "–" }: TimeProps) {
  const now = useNow(STEP_MS);
  const moment = at ? new Date(at) : null;
  if (moment === null || Number.isNaN(moment.getTime())) return <span className="text-muted">{never}</span>;
  const exact = ABSOLUTE.format(moment);
  // What just happened is not in the future, although the clock above stands still for some seconds.
  const reference = Math.abs(moment.getTime() - now) < STEP_MS ? Math.max(now, moment.getTime()) : now;
  return (
    <time dateTime={moment.toISOString()} title={exact} className="whitespace-nowrap tabular-nums">
      {isAbsolute ? exact : relativeTime(moment, new Date(reference))}
    </time>
  );
}
