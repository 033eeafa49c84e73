import { BookOpen, Keyboard } from "lucide-react";
import type { ReactElement } from "react";
import { openShortcuts } from "@/ui/commandStore";
import { Menu, MenuItem } from "@/ui/Menu";
import { copy } from "./copy";

export function HelpMenu({ trigger }: { readonly trigger: ReactElement }) {
  return (
    <Menu trigger={trigger} side="right" align="end">
      <MenuItem icon={<Keyboard size={16} strokeWidth={1.75} />} keys="?" onSelect={openShortcuts}>
        {copy.shortcuts}
      </MenuItem>
      <MenuItem
        icon={<BookOpen size={16} strokeWidth={1.75} />}
        onSelect={() => window.open("/api/docs/", "_blank", "noopener")}
      >
        {copy.documentation}
      </MenuItem>
    </Menu>
  );
}
