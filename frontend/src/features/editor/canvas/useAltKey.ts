import { useEffect, useState } from "react";

/** Whether Alt is held: places do not snap then, and gaps stay open. */
export function useAltKey(): boolean {
  const [isHeld, setIsHeld] = useState(false);
  useEffect(() => {
    const update = (event: KeyboardEvent) => setIsHeld(event.altKey);
    const release = () => setIsHeld(false);
    window.addEventListener("keydown", update);
    window.addEventListener("keyup", update);
    window.addEventListener("blur", release);
    return () => {
      window.removeEventListener("keydown", update);
      window.removeEventListener("keyup", update);
      window.removeEventListener("blur", release);
    };
  }, []);
  return isHeld;
}
