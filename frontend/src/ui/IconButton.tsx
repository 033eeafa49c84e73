import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Tooltip } from "./Tooltip";

export interface IconButtonProps extends Omit<ComponentProps<"button">, "aria-label" | "children"> {
  /** What it does: its name for everybody, shown as a tooltip. */
  readonly label: string;
  readonly icon: ReactNode;
  readonly shortcut?: string;
  readonly size?: "small" | "medium";
  readonly side?: "top" | "right" | "bottom" | "left";
}

/** A button with an icon alone. */
export function IconButton({
  label,
  icon,
  shortcut,
  size = "medium",
  side = "bottom",
  className,
  type,
  ...rest
}: IconButtonProps) {
  return (
    <Tooltip content={label} shortcut={shortcut} side={side}>
      <button
        {...rest}
        type={type ?? "button"}
        aria-label={label}
        className={cx(
          "inline-flex shrink-0 items-center justify-center rounded-control text-muted transition-colors hover:bg-raised hover:text-text",
          "data-[state=open]:bg-raised aria-pressed:bg-accent-tint aria-pressed:text-text disabled:cursor-not-allowed disabled:opacity-40 aria-disabled:opacity-40",
          size === "small" ? "size-6 max-md:size-10" : "size-8 max-md:size-10",
          className,
        )}
      >
        {icon}
      </button>
    </Tooltip>
  );
}
