import { useEffect, useState } from "react";
import type { Definition } from "@/domain/definition";
import { documentStore } from "@/features/document";

const SETTLED_MS = 400;

/** The open workflow once it has not changed for a while. Who asks is drawn anew only then, not at each key. */
export function useSettledDefinition(): Definition {
  const [settled, setSettled] = useState(() => documentStore.getState().definition);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = () => setSettled(documentStore.getState().definition);
    settle();
    const stop = documentStore.subscribe((state, before) => {
      if (state.definition === before.definition) return;
      clearTimeout(timer);
      timer = setTimeout(settle, SETTLED_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  return settled;
}
