import { useMemo } from "react";
import type { Item } from "@/domain/definition";
import { type ShapeField, shapeOf } from "@/domain/itemShape";
import { VirtualList } from "@/ui/VirtualList";
import { copy } from "./copy";
import { FieldButton } from "./FieldButton";
import type { References } from "./reference";
import { ValueCell } from "./ValueCell";

interface SchemaViewProps {
  readonly label: string;
  readonly items: readonly Item[];
  readonly search: string;
  readonly references: References;
}

function matches(field: ShapeField, search: string): boolean {
  return search === "" || field.path.join(".").toLowerCase().includes(search.toLowerCase());
}

/** The fields that the items have, each with its types and an example. */
export function SchemaView({ label, items, search, references }: SchemaViewProps) {
  const fields = useMemo(() => shapeOf(items), [items]);
  const found = fields.filter((field) => matches(field, search));
  if (found.length === 0)
    return <p className="p-4 text-muted">{fields.length === 0 ? copy.noFields : copy.nothingFound}</p>;
  return (
    <VirtualList
      label={label}
      items={found}
      itemKey={(field) => JSON.stringify(field.path)}
      estimate={28}
      className="flex-1 p-2 text-meta"
      render={(field) => (
        <div className="flex h-7 min-w-0 items-center gap-2" style={{ paddingLeft: field.depth * 16 }}>
          <FieldButton path={field.path} references={references} className="shrink-0 font-medium font-mono">
            {field.name}
          </FieldButton>
          <span className="shrink-0 text-muted">{field.type}</span>
          <span className="min-w-0 flex-1 truncate text-muted">
            {typeof field.example === "object" && field.example !== null ? null : <ValueCell value={field.example} />}
          </span>
        </div>
      )}
    />
  );
}
