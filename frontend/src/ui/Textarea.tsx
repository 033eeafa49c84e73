import type { ComponentProps } from "react";
import { controlClass } from "./controlClass";
import { cx } from "./cx";

/** Several lines of text; grows with them up to 320 px. */
export function Textarea({ className, rows = 3, ...rest }: ComponentProps<"textarea">) {
  return (
    <textarea
      {...rest}
      rows={rows}
      className={cx(
        controlClass,
        "field-sizing-content max-h-80 min-h-16 resize-y px-2.5 py-1.5 max-md:text-panel",
        className,
      )}
    />
  );
}
