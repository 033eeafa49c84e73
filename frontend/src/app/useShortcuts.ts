import { useEffect } from "react";
import { commandStore, openPalette, openShortcuts } from "@/ui/commandStore";
import { isWriting, matchesKeys } from "@/ui/keys";

/** Acts on the keys of all offered commands. Letters never act while something is being written. */
export function useShortcuts(): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const { sets, isPaletteOpen, isSheetOpen } = commandStore.getState();
      if (matchesKeys(event, "mod+k")) {
        event.preventDefault();
        openPalette();
        return;
      }
      if (isPaletteOpen || isSheetOpen || isWriting(event.target)) return;
      if (matchesKeys(event, "?")) {
        event.preventDefault();
        openShortcuts();
        return;
      }
      for (const commands of sets.values()) {
        for (const command of commands) {
          if (command.keys === undefined || command.isHandledElsewhere || !matchesKeys(event, command.keys)) continue;
          event.preventDefault();
          command.run();
          return;
        }
      }
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}
