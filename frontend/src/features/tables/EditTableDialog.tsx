import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { ColumnsEditor } from "./ColumnsEditor";
import { copy } from "./copy";
import { changesOf, type DraftColumn, draftOf } from "./draftColumns";
import { changeTable, type Table, type TableChange } from "./queries";

interface EditTableDialogProps {
  readonly table: Table;
  readonly onClose: () => void;
}

/** The name and the columns of a table that is there. */
export function EditTableDialog({ table, onClose }: EditTableDialogProps) {
  const [name, setName] = useState(table.name);
  const [columns, setColumns] = useState<readonly DraftColumn[]>(() => draftOf(table));
  const save = useAction((body: TableChange) => changeTable(table.id, body), {
    refresh: ["data-tables"],
    done: copy.saved,
    isShown: true,
    onDone: onClose,
  });
  const changes = changesOf(table, name, columns);
  return (
    <FormDialog
      title={copy.edit}
      submitLabel={copy.save}
      size="medium"
      isBusy={save.isBusy}
      problem={save.problem}
      fields={["name"]}
      onClose={onClose}
      onSubmit={() => (Object.keys(changes).length === 0 ? onClose() : save.run(changes))}
    >
      <Field label={copy.name} isRequired error={save.problem?.messageOf("name")}>
        <Input maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <ColumnsEditor columns={columns} onChange={setColumns} />
      {changes.remove_columns ? <p className="text-err">{copy.removeColumnsText}</p> : null}
    </FormDialog>
  );
}
