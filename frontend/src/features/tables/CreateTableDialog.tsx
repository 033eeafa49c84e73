import { useState } from "react";
import { FormDialog, useAction, useWorkflowNames } from "@/features/screen";
import { Combobox } from "@/ui/Combobox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { ColumnsEditor } from "./ColumnsEditor";
import { copy } from "./copy";
import { type DraftColumn, givenColumns, newColumn } from "./draftColumns";
import { createTable } from "./queries";

interface CreateTableDialogProps {
  readonly onClose: () => void;
  readonly onCreated: (id: string) => void;
}

/** A new table: its name, its columns, which of them is unique, and whose it is. */
export function CreateTableDialog({ onClose, onCreated }: CreateTableDialogProps) {
  const [name, setName] = useState("");
  const [columns, setColumns] = useState<readonly DraftColumn[]>(() => [newColumn("key"), newColumn("value")]);
  const [keyId, setKeyId] = useState<number | null>(columns[0]?.id ?? null);
  const [workflow, setWorkflow] = useState("");
  const workflows = useWorkflowNames();
  const create = useAction(createTable, {
    refresh: ["data-tables"],
    isShown: true,
    onDone: ({ id }) => {
      onClose();
      onCreated(id);
    },
  });
  const key = columns.find((one) => one.id === keyId && one.type !== "json");
  const keys = columns.filter((one) => one.type !== "json" && one.name.trim() !== "");
  return (
    <FormDialog
      title={copy.create}
      submitLabel={copy.create}
      size="medium"
      isBusy={create.isBusy}
      problem={create.problem}
      fields={["name"]}
      onClose={onClose}
      onSubmit={() =>
        create.run({
          name,
          columns: givenColumns(columns),
          key: key?.name.trim() || null,
          workflow_id: workflow || null,
        })
      }
    >
      <Field label={copy.name} isRequired error={create.problem?.messageOf("name")}>
        <Input autoFocus maxLength={120} value={name} onChange={(event) => setName(event.target.value)} />
      </Field>
      <ColumnsEditor columns={columns} onChange={setColumns} />
      <Field label={copy.key} help={copy.keyHelp}>
        <Select
          value={key ? String(key.id) : ""}
          options={[
            { value: "", label: copy.noKey },
            ...keys.map((one) => ({ value: String(one.id), label: one.name })),
          ]}
          onChange={(id) => setKeyId(id === "" ? null : Number(id))}
        />
      </Field>
      <Field label={copy.belongsTo} help={copy.belongsHelp}>
        <Combobox
          value={workflow}
          options={[{ value: "", label: copy.shared }, ...(workflows.data ?? [])]}
          isLoading={workflows.isPending}
          onChange={setWorkflow}
        />
      </Field>
    </FormDialog>
  );
}
