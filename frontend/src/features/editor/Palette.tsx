import { useMemo, useState } from "react";
import type { NodeType } from "@/domain/definition";
import { searchTypes } from "@/domain/search";
import { useCatalogue } from "@/features/catalogue";
import { Dialog } from "@/ui/Dialog";
import { EmptyState } from "@/ui/EmptyState";
import { Icon } from "@/ui/Icon";
import { Input } from "@/ui/Input";
import { copy } from "./copy";

interface PaletteProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChoose: (type: NodeType) => void;
}

/** All node types, found by name, alias, category or description. Enter takes the first one. */
export function Palette({ isOpen, onClose, onChoose }: PaletteProps) {
  const { data: catalogue } = useCatalogue();
  const [query, setQuery] = useState("");
  const found = useMemo(
    () =>
      searchTypes(
        (catalogue?.all ?? []).filter((type) => !type.deprecated),
        query,
      ),
    [catalogue, query],
  );
  const choose = (type: NodeType) => {
    setQuery("");
    onChoose(type);
  };
  return (
    <Dialog isOpen={isOpen} title={copy.palette} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const [first] = found;
          if (first) choose(first);
        }}
      >
        <Input
          autoFocus
          aria-label={copy.paletteSearch}
          placeholder={copy.paletteSearch}
          value={query}
          onChange={(event) => setQuery(event.target.value)}
          className="w-full"
        />
      </form>
      {found.length === 0 ? <EmptyState title={copy.paletteNothing} /> : null}
      <ul className="mt-2 flex max-h-[50dvh] flex-col overflow-y-auto" aria-label={copy.palette}>
        {found.map((type) => (
          <li key={`${type.kind}:${type.version}`}>
            <button
              type="button"
              onClick={() => choose(type)}
              className="flex w-full items-center gap-3 rounded-control px-2 py-1.5 text-left hover:bg-raised"
            >
              <Icon name={type.icon} size={20} />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{type.label}</span>
                <span className="block truncate text-meta text-muted">{type.description}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
