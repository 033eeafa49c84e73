import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { importRows, type Table } from "./queries";

interface ImportDialogProps {
  readonly table: Table;
  readonly onClose: () => void;
}

const MODES = [
  { value: "insert" as const, label: copy.insert },
  { value: "upsert" as const, label: copy.upsert },
];

/** Takes the rows of a CSV file into a table. */
export function ImportDialog({ table, onClose }: ImportDialogProps) {
  const [file, setFile] = useState<File | null>(null);
  const [mode, setMode] = useState<"insert" | "upsert">("insert");
  const [isTried, setIsTried] = useState(false);
  const take = useAction((chosen: File) => importRows(table.id, chosen, mode), {
    refresh: ["data-tables"],
    isShown: true,
    onDone: ({ count, ignored }) => {
      toast({ kind: "ok", text: copy.imported(count, ignored) });
      onClose();
    },
  });
  const missing = isTried && file === null ? copy.noFile : undefined;
  return (
    <FormDialog
      title={copy.import}
      description={copy.importText}
      submitLabel={copy.import}
      isBusy={take.isBusy}
      problem={take.problem}
      fields={["file"]}
      onClose={onClose}
      onSubmit={() => {
        setIsTried(true);
        if (file !== null) take.run(file);
      }}
    >
      <Field label={copy.file} isRequired error={missing ?? take.problem?.messageOf("file")}>
        <Input
          type="file"
          accept=".csv,text/csv"
          className="py-1"
          onChange={(event) => setFile(event.target.files?.[0] ?? null)}
        />
      </Field>
      {table.key === null ? null : (
        <div className="flex flex-col gap-1">
          <span className="font-medium text-ui">{copy.takenKey}</span>
          <SegmentedControl label={copy.takenKey} value={mode} options={MODES} onChange={setMode} />
        </div>
      )}
    </FormDialog>
  );
}
