import { CircleHelp, PanelLeftClose, PanelLeftOpen, Search } from "lucide-react";
import { useState } from "react";
import { NavLink } from "react-router";
import { openPalette } from "@/ui/commandStore";
import { cx } from "@/ui/cx";
import { isMac } from "@/ui/keys";
import { Logo } from "@/ui/Logo";
import { AccountMenu } from "./AccountMenu";
import { copy } from "./copy";
import { HelpMenu } from "./HelpMenu";
import { lowerNavigation, navigation } from "./navigation";
import { RailEntry } from "./RailEntry";
import { railItemClass } from "./railItemClass";
import { isRailPinned, pinRail } from "./railWidth";

const ICON = { size: 20, strokeWidth: 1.75, "aria-hidden": true, className: "shrink-0" } as const;

/** The main navigation: 56 px of icons, or 200 px with words; on a phone a bar at the bottom. */
export function Rail() {
  const [isPinned, setIsPinned] = useState(isRailPinned);
  const toggle = () => {
    pinRail(!isPinned);
    setIsPinned(!isPinned);
  };
  const word = cx("truncate max-md:hidden", !isPinned && "md:sr-only");
  return (
    <nav
      aria-label={copy.navigation}
      className={cx(
        "flex shrink-0 gap-1 border-line bg-surface p-2 max-md:h-14 max-md:items-center max-md:gap-0 max-md:border-t max-md:px-1 md:flex-col md:border-r",
        isPinned ? "md:w-50" : "md:w-14",
      )}
    >
      <NavLink
        to="/"
        aria-label={copy.product}
        className="mb-2 flex h-10 items-center gap-2.5 rounded-control px-2 max-md:hidden"
      >
        <Logo />
        {isPinned ? <span className="font-semibold text-body">{copy.product}</span> : null}
      </NavLink>
      <button
        type="button"
        className={railItemClass}
        onClick={openPalette}
        title={`${copy.commands} (${isMac ? "⌘K" : "Ctrl+K"})`}
      >
        <Search {...ICON} />
        <span className={word}>{copy.commands}</span>
      </button>
      {navigation.map((entry) => (
        <RailEntry key={entry.path} entry={entry} isWide={isPinned} wordClass={word} />
      ))}
      <span className="flex-1 max-md:hidden" />
      {lowerNavigation.map((entry) => (
        <RailEntry key={entry.path} entry={entry} isWide={isPinned} wordClass={word} />
      ))}
      <HelpMenu
        trigger={
          <button type="button" className={cx(railItemClass, "max-md:hidden")} title={copy.help}>
            <CircleHelp {...ICON} />
            <span className={word}>{copy.help}</span>
          </button>
        }
      />
      <AccountMenu wordClass={word} />
      <button
        type="button"
        aria-pressed={isPinned}
        className={cx(railItemClass, "max-md:hidden")}
        title={isPinned ? copy.unpinRail : copy.pinRail}
        onClick={toggle}
      >
        {isPinned ? <PanelLeftClose {...ICON} /> : <PanelLeftOpen {...ICON} />}
        <span className={word}>{isPinned ? copy.unpinRail : copy.pinRail}</span>
      </button>
    </nav>
  );
}
