import { useMemo, useState } from "react";
import type { NodeType } from "@/domain/definition";
import { searchTypes } from "@/domain/search";
import { useCatalogue } from "@/features/catalogue";
import { Dialog } from "@/ui/Dialog";
import { EmptyState } from "@/ui/EmptyState";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { PaletteList } from "./PaletteList";
import { useCategories } from "./queries";

interface PaletteProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
  readonly onChoose: (type: NodeType) => void;
}

/** All node types by category, or those that are searched for, best first. Enter takes the first one. */
export function Palette({ isOpen, onClose, onChoose }: PaletteProps) {
  const { data: catalogue } = useCatalogue();
  const { data: categories } = useCategories();
  const [query, setQuery] = useState("");
  const found = useMemo(
    () => searchTypes(catalogue?.all ?? [], query, categories ? { categories } : {}),
    [catalogue, categories, query],
  );
  const groups = useMemo(() => {
    if (query.trim() !== "" || !categories) return [{ title: copy.paletteFound, types: found }];
    const named = categories.map(({ slug, label }) => ({
      title: label,
      types: found.filter((type) => type.category === slug),
    }));
    const known = new Set(categories.map(({ slug }) => slug));
    return [...named, { title: copy.paletteOthers, types: found.filter((type) => !known.has(type.category)) }];
  }, [found, categories, query]);
  const choose = (type: NodeType) => {
    setQuery("");
    onChoose(type);
  };
  return (
    <Dialog isOpen={isOpen} title={copy.palette} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const first = groups.flatMap(({ types }) => types)[0];
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
      <div className="h-[50dvh] overflow-y-auto">
        {groups
          .filter(({ types }) => types.length > 0)
          .map(({ title, types }) => (
            <PaletteList key={title} title={title} types={types} onChoose={choose} />
          ))}
      </div>
    </Dialog>
  );
}
