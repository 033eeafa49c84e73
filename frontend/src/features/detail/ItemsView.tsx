import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import { asProblem } from "@/api";
import { jsonText } from "@/domain/exactJson";
import { holdsText } from "@/domain/itemShape";
import { Button } from "@/ui/Button";
import { CopyButton } from "@/ui/CopyButton";
import { ErrorState } from "@/ui/ErrorState";
import { IconButton } from "@/ui/IconButton";
import { SearchInput } from "@/ui/SearchInput";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Skeleton } from "@/ui/Skeleton";
import { BinaryList } from "./BinaryList";
import { copy } from "./copy";
import { ItemJson } from "./ItemJson";
import { ItemPager } from "./ItemPager";
import { ItemTable } from "./ItemTable";
import { useItems } from "./queries";
import type { References } from "./reference";
import { SchemaView } from "./SchemaView";
import type { ItemSource } from "./source";

interface ItemsViewProps {
  /** What the data are, for screen readers: "Input", "Output". */
  readonly label: string;
  readonly source: ItemSource;
  readonly chosen: number;
  readonly onChoose: (at: number) => void;
  readonly references: References;
}

type View = "table" | "json" | "schema";
const VIEWS = [
  { value: "table", label: copy.table },
  { value: "json", label: copy.json },
  { value: "schema", label: copy.schema },
] as const;

/** Items as a table, as JSON or as their schema; searched, copied, put into fields. */
export function ItemsView({ label, source, chosen, onChoose, references }: ItemsViewProps) {
  const [view, setView] = useState<View>("table");
  const [search, setSearch] = useState("");
  const [isSearching, setIsSearching] = useState(false);
  const { items, total, error, more, retry } = useItems(source);
  const numbered = useMemo(() => (items ?? []).map((item, at) => ({ item, at })), [items]);
  const found = useMemo(() => numbered.filter(({ item }) => holdsText(item, search)), [numbered, search]);
  if (error && items === undefined) {
    return <ErrorState isCompact problem={asProblem(error)} {...(retry ? { onRetry: retry } : {})} />;
  }
  if (items === undefined) return <Skeleton className="m-3 h-40" />;
  if (items.length === 0) return <p className="p-4 text-muted">{copy.noItems}</p>;
  const at = Math.min(chosen, items.length - 1);
  const item = items[at];
  const choose = (next: number) => {
    if (next >= items.length - 1 && more) more();
    if (next < items.length) onChoose(next);
  };
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <div className="flex flex-wrap items-center gap-1 border-b px-3 py-2">
        <SegmentedControl label={copy.view} value={view} options={VIEWS} onChange={setView} />
        <span className="ml-auto" />
        <IconButton
          size="small"
          label={copy.search}
          aria-pressed={isSearching}
          icon={<Search size={16} strokeWidth={1.75} />}
          onClick={() => {
            setIsSearching(!isSearching);
            setSearch("");
          }}
        />
        {item ? <CopyButton label={copy.copyItem} text={() => jsonText(item.json, 2)} /> : null}
        <ItemPager chosen={at} total={total} onChoose={choose} />
      </div>
      {isSearching ? (
        <div className="border-b px-3 py-2">
          <SearchInput label={copy.search} value={search} onChange={setSearch} />
        </div>
      ) : null}
      {view === "schema" ? (
        <SchemaView label={label} items={items} search={search} references={references} />
      ) : found.length === 0 ? (
        <p className="p-4 text-muted">{copy.nothingFound}</p>
      ) : view === "table" ? (
        <ItemTable
          label={label}
          items={found}
          chosen={at}
          onChoose={choose}
          references={references}
          onNearEnd={search === "" ? more : null}
        />
      ) : item ? (
        <ItemJson label={label} item={item} references={references} />
      ) : null}
      {item?.binary ? <BinaryList files={item.binary} /> : null}
      {total > items.length ? (
        <div className="flex items-center justify-between gap-2 border-t px-3 py-1.5 text-meta text-muted">
          {copy.loaded(items.length, total)}
          <Button size="small" variant="ghost" disabled={more === null} onClick={() => more?.()}>
            {copy.loadMore(total - items.length)}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
