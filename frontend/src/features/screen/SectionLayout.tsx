import type { LucideIcon } from "lucide-react";
import { useEffect, useRef } from "react";
import { NavLink, Outlet, useLocation } from "react-router";
import { cx } from "@/ui/cx";
import { PageHeader } from "@/ui/PageHeader";

export interface Section {
  /** Below the layout's own path. */
  readonly path: string;
  readonly label: string;
  readonly icon: LucideIcon;
}

interface SectionLayoutProps {
  readonly title: string;
  readonly sections: readonly Section[];
}

/** A screen of several pages: their names on the left, above them on a phone. */
export function SectionLayout({ title, sections }: SectionLayoutProps) {
  const { pathname } = useLocation();
  const names = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with each page another name is the current one
  useEffect(() => {
    // On a phone the names are a row that scrolls.
    names.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [pathname]);
  return (
    <div className="flex min-h-full flex-col">
      <PageHeader title={title} />
      <div className="flex min-h-0 flex-1 max-md:flex-col">
        <nav
          ref={names}
          aria-label={title}
          className="flex shrink-0 gap-1 px-4 pb-2 max-md:overflow-x-auto max-md:border-b md:w-52 md:flex-col md:pt-1"
        >
          {sections.map(({ path, label, icon: Icon }) => (
            <NavLink
              key={path}
              to={path}
              className={({ isActive }) =>
                cx(
                  "flex h-8 shrink-0 items-center gap-2.5 rounded-control px-2.5 text-muted transition-colors hover:bg-raised hover:text-text max-md:h-10",
                  isActive && "bg-accent-tint font-medium text-text",
                )
              }
            >
              <Icon aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0" />
              {label}
            </NavLink>
          ))}
        </nav>
        <div className="min-w-0 flex-1 px-4 pt-1 pb-8 max-md:pt-4">
          <Outlet />
        </div>
      </div>
    </div>
  );
}
