import {
  Archive,
  Ban,
  Check,
  CircleDashed,
  CircleHelp,
  Clock,
  LoaderCircle,
  type LucideIcon,
  Pause,
  PencilLine,
  RotateCw,
  SkipForward,
  TimerOff,
  X,
} from "lucide-react";
import type { Tone } from "./tones";

export interface StatusLook {
  readonly label: string;
  readonly tone: Tone;
  readonly icon: LucideIcon;
  readonly isMoving?: boolean;
}

const LOOKS: Readonly<Record<string, StatusLook>> = {
  pending: { label: "Queued", tone: "neutral", icon: CircleDashed },
  queued: { label: "Queued", tone: "neutral", icon: CircleDashed },
  running: { label: "Running", tone: "run", icon: LoaderCircle, isMoving: true },
  processing: { label: "Processing", tone: "run", icon: LoaderCircle, isMoving: true },
  retrying: { label: "Retrying", tone: "warn", icon: RotateCw },
  waiting: { label: "Waiting", tone: "wait", icon: Clock },
  paused: { label: "Paused", tone: "wait", icon: Pause },
  completed: { label: "Completed", tone: "ok", icon: Check },
  failed: { label: "Failed", tone: "err", icon: X },
  timeout: { label: "Timed out", tone: "err", icon: TimerOff },
  cancelled: { label: "Cancelled", tone: "skip", icon: Ban },
  skipped: { label: "Skipped", tone: "skip", icon: SkipForward },
  stale: { label: "Stale", tone: "warn", icon: CircleDashed },
  draft: { label: "Draft", tone: "neutral", icon: PencilLine },
  active: { label: "Active", tone: "ok", icon: Check },
  archived: { label: "Archived", tone: "skip", icon: Archive },
  approved: { label: "Approved", tone: "ok", icon: Check },
  answered: { label: "Answered", tone: "ok", icon: Check },
  rejected: { label: "Rejected", tone: "err", icon: X },
  expired: { label: "Expired", tone: "warn", icon: TimerOff },
  passed: { label: "Passed", tone: "ok", icon: Check },
  healthy: { label: "Healthy", tone: "ok", icon: Check },
  degraded: { label: "Degraded", tone: "warn", icon: CircleHelp },
  unhealthy: { label: "Unhealthy", tone: "err", icon: X },
};

/** Returns how a status is shown; one that nobody knows yet by its own name. */
export function statusLook(status: string): StatusLook {
  return LOOKS[status] ?? { label: status.replaceAll("_", " "), tone: "neutral", icon: CircleHelp };
}
