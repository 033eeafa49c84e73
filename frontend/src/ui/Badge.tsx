import type { ReactNode } from "react";
import { cx } from "./cx";
import { type Tone, toneClass, toneTextClass } from "./tones";

interface BadgeProps {
  readonly tone?: Tone;
  readonly icon?: ReactNode;
  readonly children: ReactNode;
}

/** A word or number on a tint. */
export function Badge({ tone = "neutral", icon, children }: BadgeProps) {
  return (
    <span
      className={cx(
        "inline-flex h-5 max-w-full items-center gap-1 whitespace-nowrap rounded-control px-1.5 text-meta",
        toneClass[tone],
      )}
    >
      {icon ? <span className={cx("shrink-0", toneTextClass[tone])}>{icon}</span> : null}
      <span className="truncate">{children}</span>
    </span>
  );
}
