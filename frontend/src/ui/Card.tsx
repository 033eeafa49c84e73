import type { ReactNode } from "react";
import { cx } from "./cx";

interface CardProps {
  readonly title?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A group of things that belong together. */
export function Card({ title, actions, className, children }: CardProps) {
  return (
    <section className={cx("min-w-0 rounded-node border bg-surface", className)}>
      {title || actions ? (
        <header className="flex min-h-11 items-center justify-between gap-2 border-b px-4 py-1.5">
          <h2 className="min-w-0 truncate font-semibold text-body">{title}</h2>
          {actions}
        </header>
      ) : null}
      <div className="p-4">{children}</div>
    </section>
  );
}
