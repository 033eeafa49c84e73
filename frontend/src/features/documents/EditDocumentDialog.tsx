import { useState } from "react";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { changeDocument, type DocumentRow } from "./queries";

interface EditDocumentDialogProps {
  readonly document: DocumentRow;
  readonly onClose: () => void;
}

/** Changes a document's name and tags. */
export function EditDocumentDialog({ document: row, onClose }: EditDocumentDialogProps) {
  const [name, setName] = useState(row.name);
  const [tags, setTags] = useState(row.tags.join(", "));
  const save = useAction((body: { name: string; tags: string[] }) => changeDocument(row.id, body), {
    refresh: ["documents"],
    done: copy.saved,
    isShown: true,
    onDone: onClose,
  });
  const listed = () =>
    tags
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean);
  return (
    <FormDialog
      title={copy.edit}
      submitLabel={copy.save}
      isBusy={save.isBusy}
      problem={save.problem}
      fields={["name"]}
      onSubmit={() => save.run({ name, tags: listed() })}
      onClose={onClose}
    >
      <Field label={copy.name} isRequired error={save.problem?.messageOf("name")}>
        <Input value={name} maxLength={255} onChange={({ target }) => setName(target.value)} />
      </Field>
      <Field label={copy.tags} help={copy.tagsHelp}>
        <Input value={tags} onChange={({ target }) => setTags(target.value)} />
      </Field>
    </FormDialog>
  );
}
