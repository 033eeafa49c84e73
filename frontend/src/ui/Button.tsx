import { Slot } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx";
import { Spinner } from "./Spinner";
import { Tooltip } from "./Tooltip";

export interface ButtonProps extends ComponentProps<"button"> {
  readonly variant?: "primary" | "secondary" | "ghost" | "danger";
  readonly size?: "small" | "medium" | "large";
  readonly icon?: ReactNode;
  /** Shows that the click is being worked on, and takes no second one. */
  readonly isBusy?: boolean;
  /** Why it cannot act: it is dimmed, stays reachable, and says so. */
  readonly refusal?: string | null | undefined;
  /** Gives its look to its only child, a link for example. */
  readonly asChild?: boolean;
}

const VARIANTS = {
  primary: "bg-accent text-on-accent hover:brightness-110 active:brightness-95",
  secondary: "border border-control/60 bg-surface hover:bg-raised",
  ghost: "hover:bg-raised aria-expanded:bg-raised data-[state=open]:bg-raised",
  danger: "bg-err text-surface hover:brightness-110 active:brightness-95",
};
const SIZES = {
  small: "h-7 px-2 text-ui gap-1.5 max-md:h-10 max-md:px-3",
  medium: "h-8 px-3 text-ui gap-2 max-md:h-10",
  large: "h-10 px-4 text-body gap-2",
};

/** A button with words. One that cannot act says why in `title`, and stays reachable by `aria-disabled`. */
export function Button({
  variant = "secondary",
  size = "medium",
  icon,
  isBusy = false,
  refusal,
  asChild = false,
  className,
  children,
  disabled,
  type,
  onClick,
  ...rest
}: ButtonProps) {
  const Tag = asChild ? Slot.Root : "button";
  const button = (
    <Tag
      {...rest}
      {...(refusal ? { "aria-disabled": true, onClick: refuse } : { onClick })}
      {...(asChild
        ? {}
        : { type: type ?? "button", disabled: !refusal && (disabled === true || isBusy), "aria-busy": isBusy })}
      className={cx(
        "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-control font-medium transition-colors",
        "disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50",
        VARIANTS[variant],
        SIZES[size],
        className,
      )}
    >
      {isBusy ? <Spinner /> : icon}
      <Slot.Slottable>{children}</Slot.Slottable>
    </Tag>
  );
  return refusal ? <Tooltip content={refusal}>{button}</Tooltip> : button;
}

/** Takes a click, and with it what a form would make of it. */
function refuse(event: { preventDefault: () => void; stopPropagation: () => void }): void {
  event.preventDefault();
  event.stopPropagation();
}
