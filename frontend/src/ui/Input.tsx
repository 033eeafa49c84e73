import type { ComponentProps } from "react";
import { controlClass } from "./controlClass";
import { cx } from "./cx";

/** One line of text. Its label, help and error come from `Field` around it. */
export function Input({ className, ...rest }: ComponentProps<"input">) {
  return <input {...rest} className={cx(controlClass, "h-8 px-2.5 max-md:h-10 max-md:text-panel", className)} />;
}
