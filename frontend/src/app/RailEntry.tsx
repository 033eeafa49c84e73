import { NavLink } from "react-router";
import type { NavigationEntry } from "./navigation";
import { railItemClass } from "./railItemClass";

interface RailEntryProps {
  readonly entry: NavigationEntry;
  readonly isWide: boolean;
  readonly wordClass: string;
}

/** One screen in the rail, with its count where it has one. */
export function RailEntry({ entry: { path, label, icon: Icon, Badge }, isWide, wordClass }: RailEntryProps) {
  return (
    <NavLink to={path} title={label} className={railItemClass}>
      <span className="relative shrink-0">
        <Icon aria-hidden="true" size={20} strokeWidth={1.75} />
        {Badge ? (
          <span className={isWide ? "md:hidden" : ""}>
            <Badge />
          </span>
        ) : null}
      </span>
      <span className={wordClass}>{label}</span>
      {Badge && isWide ? (
        <span className="relative ml-auto h-5 w-8 max-md:hidden">
          <Badge />
        </span>
      ) : null}
    </NavLink>
  );
}
