import type { ReactNode } from "react";
import { cx } from "@/ui/cx";
import { copy } from "./copy";

interface PageProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** Lists take all the room that there is; forms stay readable. */
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** One page inside a `SectionLayout`. */
export function Page({ title, description, actions, isWide = false, children }: PageProps) {
  return (
    <section aria-label={title} className={isWide ? "flex flex-col gap-4" : "flex max-w-160 flex-col gap-4"}>
      <title>{`${title} · ${copy.product}`}</title>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <div className={cx("min-w-0 flex-1", Boolean(description) && "max-md:basis-full")}>
          <h2 className="font-semibold text-panel">{title}</h2>
          {description ? <p className="text-muted">{description}</p> : null}
        </div>
        {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
      </header>
      {children}
    </section>
  );
}
