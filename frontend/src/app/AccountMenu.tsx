import { LogOut, Monitor, Moon, Sun } from "lucide-react";
import { useState } from "react";
import { signOut, useSession } from "@/api";
import { Menu, MenuItem, MenuLabel, MenuRadioGroup, MenuSeparator } from "@/ui/Menu";
import { chooseTheme, currentTheme, type Theme } from "@/ui/theme";
import { useIsNarrow } from "@/ui/useIsNarrow";
import { copy } from "./copy";
import { railItemClass } from "./railItemClass";

const ICON = { size: 16, strokeWidth: 1.75 } as const;
const THEMES = [
  { value: "system", label: copy.themes.system, icon: <Monitor {...ICON} /> },
  { value: "light", label: copy.themes.light, icon: <Sun {...ICON} /> },
  { value: "dark", label: copy.themes.dark, icon: <Moon {...ICON} /> },
] as const;

/** Who is signed in, the theme, signing out. */
export function AccountMenu({ wordClass }: { readonly wordClass: string }) {
  const { user } = useSession();
  const isNarrow = useIsNarrow(); // where the rail is a bar at the bottom
  const [theme, setTheme] = useState<Theme>(currentTheme);
  const name = user?.name || user?.email || "";
  return (
    <Menu
      side={isNarrow ? "top" : "right"}
      align="end"
      trigger={
        <button type="button" className={railItemClass} title={`${copy.account}: ${name}`}>
          <span
            aria-hidden="true"
            className="-ml-0.5 flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-tint font-semibold text-meta text-text"
          >
            {name.charAt(0).toUpperCase()}
          </span>
          <span className={wordClass}>{name || copy.account}</span>
        </button>
      }
    >
      <MenuLabel>
        <span className="block truncate font-medium text-text text-ui">{user?.name || copy.account}</span>
        <span className="block truncate">{user?.email}</span>
      </MenuLabel>
      <MenuSeparator />
      <MenuLabel>{copy.theme}</MenuLabel>
      <MenuRadioGroup
        value={theme}
        options={THEMES}
        onChange={(next) => {
          chooseTheme(next);
          setTheme(next);
        }}
      />
      <MenuSeparator />
      <MenuItem icon={<LogOut {...ICON} />} onSelect={() => void signOut()}>
        {copy.signOut}
      </MenuItem>
    </Menu>
  );
}
