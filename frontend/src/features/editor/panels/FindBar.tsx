import { ChevronDown, ChevronUp, X } from "lucide-react";
import { useContext, useEffect, useMemo, useState } from "react";
import { findInNodes } from "@/domain/search";
import { useDocument } from "@/features/document";
import { GraphContext } from "@/features/graph";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select } from "../editorStore";

const ICON = { size: 16, strokeWidth: 1.75 } as const;

/** Finding in labels, kinds, params and notes: hits are outlined, all else steps back. */
export function FindBar() {
  const { catalogue, viewport } = useEditorContext();
  const { store } = useContext(GraphContext);
  const definition = useDocument((state) => state.definition);
  const [query, setQuery] = useState("");
  const [at, setAt] = useState(-1);
  const hits = useMemo(
    () => findInNodes(definition, query, (node) => catalogue.find(node.type, node.data.version)?.label ?? ""),
    [definition, query, catalogue],
  );
  useEffect(() => {
    store.setState({ hits: query.trim() === "" ? null : new Set(hits.map((hit) => hit.id)) });
    return () => store.setState({ hits: null });
  }, [store, hits, query]);
  const go = (step: 1 | -1) => {
    if (hits.length === 0) return;
    const next = (at + step + hits.length) % hits.length;
    const hit = hits[next];
    setAt(next);
    if (hit === undefined) return;
    select([hit.id]);
    viewport.reveal([hit.id]);
  };
  const close = () => {
    editorStore.setState({ isFinding: false });
    viewport.focus();
  };
  return (
    <search className="absolute top-2 right-2 z-20 flex w-90 max-w-[calc(100%-16px)] animate-fade items-center gap-1 rounded-node border bg-surface p-1.5 shadow-mid">
      <Input
        autoFocus
        type="text"
        aria-label={copy.find}
        placeholder={copy.find}
        value={query}
        onChange={(event) => {
          setQuery(event.target.value);
          setAt(-1);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
          if (event.key !== "Escape") return;
          event.stopPropagation();
          close();
        }}
      />
      <span role="status" className="shrink-0 px-1 text-meta text-muted tabular-nums">
        {query.trim() === "" ? "" : copy.findCount(at + 1, hits.length)}
      </span>
      <IconButton label={copy.findPrevious} icon={<ChevronUp {...ICON} />} onClick={() => go(-1)} />
      <IconButton label={copy.findNext} icon={<ChevronDown {...ICON} />} onClick={() => go(1)} />
      <IconButton label={copy.close} icon={<X {...ICON} />} onClick={close} />
    </search>
  );
}
