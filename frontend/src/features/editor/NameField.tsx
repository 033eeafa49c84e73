import { useState } from "react";
import { asProblem } from "@/api";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { useRename, type Workflow } from "./queries";

/** The workflow's name, which is changed where it stands. */
export function NameField({ workflow }: { readonly workflow: Workflow }) {
  const rename = useRename(workflow.id);
  const [saved, setSaved] = useState(workflow.name);
  const [name, setName] = useState(workflow.name);
  const commit = () => {
    const wanted = name.trim();
    if (wanted === saved) return;
    if (wanted === "") return setName(saved);
    rename.mutate(wanted, {
      onSuccess: () => setSaved(wanted),
      onError: (error) => {
        setName(saved);
        toast({ kind: "error", text: asProblem(error).message });
      },
    });
  };
  return (
    <h1 className="min-w-0">
      <input
        aria-label={copy.title}
        value={name}
        maxLength={120}
        onChange={(event) => setName(event.target.value)}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
        }}
        className="w-60 min-w-0 max-w-full truncate rounded-control border border-transparent bg-transparent px-1.5 py-0.5 font-semibold text-body hover:border-line"
      />
    </h1>
  );
}
