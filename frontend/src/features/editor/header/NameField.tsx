import { useState } from "react";
import { copy } from "../copy";
import { useRename, type Workflow } from "../queries";

/** The workflow's name, which is changed where it stands. */
export function NameField({ workflow, isReadOnly }: { readonly workflow: Workflow; readonly isReadOnly: boolean }) {
  const rename = useRename(workflow.id);
  const [name, setName] = useState<string | null>(null);
  const shown = name ?? workflow.name;
  const commit = () => {
    const wanted = shown.trim();
    if (wanted === "" || wanted === workflow.name) return setName(null);
    rename.mutate(wanted, { onSettled: () => setName(null) });
  };
  return (
    <h1 className="min-w-0 shrink">
      <input
        aria-label={copy.title}
        value={shown}
        maxLength={120}
        readOnly={isReadOnly}
        size={Math.min(40, Math.max(8, shown.length))}
        onChange={(event) => setName(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setName(null);
        }}
        className="max-w-full min-w-0 [field-sizing:content] truncate rounded-control border border-transparent bg-transparent px-1.5 py-0.5 font-semibold text-body hover:border-line focus:border-line"
      />
    </h1>
  );
}
