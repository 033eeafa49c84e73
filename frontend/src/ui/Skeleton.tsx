import { cx } from "./cx";

/** A place where something will stand; shown after 150 ms. Give it the size of what comes. */
export function Skeleton({ className }: { readonly className?: string }) {
  return <div aria-hidden="true" className={cx("animate-skeleton rounded-control bg-raised", className)} />;
}
