import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { CellInput } from "./CellInput";
import { cellText, readCell } from "./cellText";
import { copy } from "./copy";
import { type Row, saveRow, type Table, type TableColumn, type Values } from "./queries";

interface RowDialogProps {
  readonly table: Table;
  /** Null for a new one. */
  readonly row: Row | null;
  readonly onClose: () => void;
}

const HELP: Partial<Record<TableColumn["type"], string>> = { json: copy.jsonHelp, date: copy.dateHelp };

/** The values of one row. Only what was changed is sent, so that nothing else is written back. */
export function RowDialog({ table, row, onClose }: RowDialogProps) {
  const before = (column: TableColumn) => cellText(row?.values[column.name], column.type);
  const [texts, setTexts] = useState<Readonly<Record<string, string>>>({});
  const save = useAction((values: Values) => saveRow(table.id, row?.id ?? null, values), {
    refresh: ["data-tables"],
    done: row === null ? copy.rowAdded : copy.rowSaved,
    isShown: true,
    onDone: onClose,
  });
  const textOf = (column: TableColumn) => texts[column.name] ?? before(column);
  const problemOf = (column: TableColumn) => {
    const read = readCell(textOf(column), column.type);
    return "problem" in read ? copy[read.problem] : save.problem?.messageOf(column.name);
  };
  const submit = () => {
    const values: Record<string, unknown> = {};
    for (const column of table.columns) {
      const read = readCell(textOf(column), column.type);
      if ("problem" in read) return;
      if (textOf(column) !== before(column)) values[column.name] = read.value;
    }
    if (row !== null && Object.keys(values).length === 0) onClose();
    else save.run(values);
  };
  return (
    <FormDialog
      title={row === null ? copy.addRow : copy.editRow}
      submitLabel={row === null ? copy.addRow : copy.save}
      size="medium"
      isBusy={save.isBusy}
      problem={save.problem}
      fields={table.columns.map(({ name }) => name)}
      onClose={onClose}
      onSubmit={submit}
    >
      {table.columns.map((column) => (
        <Field
          key={column.name}
          label={column.name}
          isRequired={column.is_key}
          help={HELP[column.type]}
          error={problemOf(column)}
        >
          <CellInput
            type={column.type}
            value={textOf(column)}
            onChange={(text) => setTexts({ ...texts, [column.name]: text })}
          />
        </Field>
      ))}
    </FormDialog>
  );
}
