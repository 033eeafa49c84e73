import { TriangleAlert } from "lucide-react";
import { copy } from "./copy";
import type { Collaborator } from "./queries";

/** What an owner should know of the editors of a workflow: once, whoever of them it is told of. */
export function EditorWarnings({ people }: { readonly people: readonly Collaborator[] }) {
  const warnings = people.find((person) => person.warnings.length > 0)?.warnings ?? [];
  return warnings.map(({ code, message, credential_ids: ids }) => (
    <p key={code} role="note" className="flex gap-2 rounded-node border bg-surface px-3 py-2 text-meta">
      <TriangleAlert size={16} strokeWidth={1.75} aria-hidden="true" className="mt-0.5 shrink-0 text-warn" />
      <span>
        <strong className="font-medium">{copy.unbound(ids.length)}.</strong> {message}
      </span>
    </p>
  ));
}
