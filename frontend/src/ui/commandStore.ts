import { createStore } from "zustand/vanilla";

/** Something that can be done now: found in the command palette, and by its keys. */
export interface Command {
  readonly id: string;
  readonly label: string;
  readonly group: string;
  /** Like "mod+shift+z" or "n"; letters act only when nothing is being written. */
  readonly keys?: string;
  readonly keywords?: readonly string[];
  readonly icon?: React.ReactNode;
  /** `@`: found with this sign in front, as nodes are. */
  readonly kind?: "command" | "node" | "page";
  /** Listed in the sheet of keys, but acted on by the component itself. */
  readonly isHandledElsewhere?: boolean;
  readonly run: () => void;
}

interface Commands {
  readonly sets: ReadonlyMap<string, readonly Command[]>;
  readonly isPaletteOpen: boolean;
  readonly isSheetOpen: boolean;
}

export const commandStore = createStore<Commands>(() => ({
  sets: new Map(),
  isPaletteOpen: false,
  isSheetOpen: false,
}));

/** Offers commands under a name; returns how to take them back. The same name again replaces them. */
export function offerCommands(name: string, commands: readonly Command[]): () => void {
  commandStore.setState(({ sets }) => ({ sets: new Map(sets).set(name, commands) }));
  return () => {
    commandStore.setState(({ sets }) => {
      const left = new Map(sets);
      if (left.get(name) === commands) left.delete(name);
      return { sets: left };
    });
  };
}

export const openPalette = (): void => commandStore.setState({ isPaletteOpen: true });
export const openShortcuts = (): void => commandStore.setState({ isSheetOpen: true });
