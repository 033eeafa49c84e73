import { Plus, X } from "lucide-react";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { type DraftColumn, newColumn } from "./draftColumns";
import type { ColumnType } from "./queries";

const TYPES: readonly ColumnType[] = ["text", "number", "boolean", "date", "json"];
const OPTIONS = TYPES.map((type) => ({ value: type, label: copy.types[type] }));

interface ColumnsEditorProps {
  readonly columns: readonly DraftColumn[];
  readonly onChange: (columns: readonly DraftColumn[]) => void;
}

/** The columns of a table, a line each. Types of columns that are there stay, as do the values in them. */
export function ColumnsEditor({ columns, onChange }: ColumnsEditorProps) {
  const change = (id: number, part: Partial<DraftColumn>) =>
    onChange(columns.map((one) => (one.id === id ? { ...one, ...part } : one)));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-1 font-medium text-ui">{copy.columns}</legend>
      {columns.map((column, at) => (
        <div key={column.id} className="flex items-center gap-2">
          <Input
            aria-label={copy.columnName(at + 1)}
            className="min-w-0 flex-1"
            maxLength={60}
            value={column.name}
            onChange={(event) => change(column.id, { name: event.target.value })}
          />
          <div className="w-36 shrink-0 max-md:w-28">
            <Select
              aria-label={copy.columnType(at + 1)}
              value={column.type}
              options={OPTIONS}
              disabled={column.was !== ""}
              onChange={(type) => change(column.id, { type })}
            />
          </div>
          <IconButton
            label={copy.removeColumn(column.name)}
            icon={<X size={16} />}
            disabled={column.isKey || columns.length === 1}
            onClick={() => onChange(columns.filter((one) => one.id !== column.id))}
          />
        </div>
      ))}
      <Button
        variant="ghost"
        size="small"
        className="self-start"
        icon={<Plus size={16} />}
        onClick={() => onChange([...columns, newColumn()])}
      >
        {copy.addColumn}
      </Button>
    </fieldset>
  );
}
