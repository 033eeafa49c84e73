import { Badge } from "./Badge";
import { cx } from "./cx";
import { statusLook } from "./statusLook";

interface StatusBadgeProps {
  readonly status: string;
  /** Other words than the status's own. */
  readonly label?: string;
}

/** A status by colour, icon and word. */
export function StatusBadge({ status, label }: StatusBadgeProps) {
  const look = statusLook(status);
  const Icon = look.icon;
  return (
    <Badge
      tone={look.tone}
      icon={<Icon aria-hidden="true" size={14} strokeWidth={2} className={cx(look.isMoving && "animate-spin")} />}
    >
      {label ?? look.label}
    </Badge>
  );
}
