import type { ReactNode } from "react";
import { cx } from "./cx";

interface PageHeaderProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Buttons on the right; the primary one last. */
  readonly actions?: ReactNode;
}

/** The head of a screen, with its one `h1`. */
export function PageHeader({ title, description, actions }: PageHeaderProps) {
  return (
    <header className="flex flex-wrap items-center gap-x-4 gap-y-2 px-6 pt-5 pb-3 max-md:px-4">
      <div className={cx("min-w-0 flex-1", Boolean(description) && "max-md:basis-full")}>
        <h1 className="truncate font-semibold text-page">{title}</h1>
        {description ? <p className="text-muted">{description}</p> : null}
      </div>
      {actions ? <div className="flex flex-wrap items-center gap-2">{actions}</div> : null}
    </header>
  );
}
