import { useEffect } from "react";
import { type Command, offerCommands } from "./commandStore";

/** Offers commands while the component is shown. Keep `commands` stable (`useMemo`). */
export function useCommands(name: string, commands: readonly Command[]): void {
  useEffect(() => offerCommands(name, commands), [name, commands]);
}
