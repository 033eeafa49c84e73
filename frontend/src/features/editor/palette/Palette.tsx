import { Command } from "cmdk";
import { X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import type { NodeType } from "@/domain/definition";
import { searchMisfits, searchTypes } from "@/domain/search";
import { documentStore } from "@/features/document";
import { IconButton } from "@/ui/IconButton";
import { recentKinds } from "../actions/recent";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, type PaletteAsk } from "../editorStore";
import { useCategories } from "../queries";
import { PaletteRow } from "./PaletteRow";

const HEADING =
  "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-meta [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-muted";

/** All node types that fit what was asked for: by category, or found by name, alias and description. */
export function Palette({ ask }: { readonly ask: PaletteAsk }) {
  const { catalogue, actions, viewport } = useEditorContext();
  const { data: categories } = useCategories();
  const [query, setQuery] = useState("");
  const input = useRef<HTMLInputElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each time it is asked for, also while it is open
  useEffect(() => input.current?.focus(), [ask]);
  const isSearching = query.trim() !== "";
  const { groups, starters, misfits } = useMemo(() => {
    const filter = { ...filterOf(ask), ...(categories ? { categories } : {}), recent: recentKinds() };
    const found = searchTypes(catalogue.all, query, filter);
    return {
      groups: query.trim() === "" ? byCategory(found, categories ?? []) : [{ label: "", types: found }],
      ...apart(searchMisfits(catalogue.all, query, filter)),
    };
  }, [catalogue, categories, query, ask]);
  const close = () => {
    editorStore.setState({ palette: null });
    viewport.focus();
  };
  const starting =
    starters.length > 0 ? (
      <Command.Group heading={copy.paletteStarters} className={HEADING}>
        {starters.map((type) => (
          <PaletteRow
            key={type.kind}
            type={type}
            value={`starter:${type.kind}`}
            reason={copy.starts}
            onChoose={() => actions.choose(type, { kind: "free" })}
          />
        ))}
      </Command.Group>
    ) : null;
  return (
    <section
      aria-label={copy.palette}
      className="absolute inset-y-0 left-0 z-20 flex w-70 max-w-full animate-fade flex-col border-r bg-surface shadow-mid"
    >
      <Command
        label={copy.paletteSearch}
        loop
        shouldFilter={false}
        className="flex min-h-0 flex-1 flex-col"
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          close();
        }}
      >
        <div className="flex items-center gap-1 border-b py-1 pr-1 pl-3">
          <Command.Input
            ref={input}
            value={query}
            onValueChange={setQuery}
            placeholder={copy.paletteSearch}
            className="h-9 min-w-0 flex-1 bg-transparent outline-none"
          />
          <IconButton label={copy.close} icon={<X size={16} strokeWidth={1.75} />} onClick={close} />
        </div>
        {ask.kind === "free" ? null : <p className="border-b px-3 py-1.5 text-meta text-muted">{askedFor(ask)}</p>}
        <Command.List className="min-h-0 flex-1 overflow-y-auto p-1.5">
          <Command.Empty className="px-3 py-6 text-center text-muted">{copy.paletteNothing}</Command.Empty>
          {isNamed(query, starters) ? starting : null}
          {groups.map(({ label, types }) => (
            <Command.Group key={label} {...(label === "" ? {} : { heading: label })} className={HEADING}>
              {types.map((type) => (
                <PaletteRow
                  key={`${label}:${type.kind}`}
                  type={type}
                  value={`${label}:${type.kind}`}
                  isDraggable={ask.kind === "free"}
                  onChoose={() => actions.choose(type, ask)}
                />
              ))}
            </Command.Group>
          ))}
          {isNamed(query, starters) ? null : starting}
          {isSearching && misfits.length > 0 ? (
            <Command.Group heading={copy.paletteMisfits} className={HEADING}>
              {misfits.map(({ type, reason }) => (
                <PaletteRow key={type.kind} type={type} value={`misfit:${type.kind}`} reason={copy.misfit[reason]} />
              ))}
            </Command.Group>
          ) : null}
        </Command.List>
        {!isSearching && misfits.length > 0 ? (
          <p className="border-t px-3 py-2 text-meta text-muted">
            {copy.misfitCount(misfits.length)} {copy.misfitHelp}
          </p>
        ) : null}
      </Command>
    </section>
  );
}

function filterOf(ask: PaletteAsk): { accepts?: string; gives?: string } {
  if (ask.kind === "from") return { accepts: ask.gives };
  if (ask.kind === "to") return { gives: ask.accepts };
  return ask.kind === "edge" ? { accepts: "items", gives: "items" } : {};
}

function askedFor(ask: Exclude<PaletteAsk, { kind: "free" }>): string {
  const { nodes, edges } = documentStore.getState().definition;
  const id = ask.kind === "edge" ? edges.find((edge) => edge.id === ask.edge)?.source : ask.node;
  return copy.paletteFor(nodes.find((node) => node.id === id)?.data.label ?? "");
}

/** Parts what starts workflows, which may stand anywhere, from what cannot be added here. */
function apart(found: ReturnType<typeof searchMisfits>) {
  return {
    starters: found.filter(({ reason }) => reason === "trigger").map(({ type }) => type),
    misfits: found.filter(({ reason }) => reason !== "trigger"),
  };
}

function isNamed(query: string, types: readonly NodeType[]): boolean {
  return types.some(({ label }) => label.toLowerCase() === query.trim().toLowerCase());
}

interface Group {
  readonly label: string;
  readonly types: readonly NodeType[];
}

function byCategory(types: readonly NodeType[], categories: readonly { slug: string; label: string }[]): Group[] {
  const recent = recentKinds().flatMap((kind) => types.find((type) => type.kind === kind) ?? []);
  const sorted = [...types].sort((one, other) => one.label.localeCompare(other.label));
  const labels = new Map(categories.map(({ slug, label }) => [slug, label]));
  const slugs = [...new Set([...categories.map(({ slug }) => slug), ...types.map((type) => type.category)])];
  const groups = slugs.map((slug) => ({
    label: labels.get(slug) ?? slug,
    types: sorted.filter((type) => type.category === slug),
  }));
  return [{ label: copy.recent, types: recent.slice(0, 4) }, ...groups].filter((group) => group.types.length > 0);
}
