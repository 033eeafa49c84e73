import { useState } from "react";
import { type Choice, type Conflict, resolveConflict } from "@/domain/merge";
import { type Clash, settle, useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "./copy";

const OPTIONS = [
  { value: "mine", label: copy.mine },
  { value: "theirs", label: copy.theirs },
] as const;

/** Asks, field by field, whose value stays where two people changed the same. Nothing is decided in silence. */
export function ConflictDialog() {
  const clash = useDocument((state) => state.clash);
  return clash ? <Decision key={clash.revision} clash={clash} /> : null;
}

function Decision({ clash }: { readonly clash: Clash }) {
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  const choiceOf = (conflict: Conflict): Choice => choices.get(keyOf(conflict)) ?? "mine";
  const decided = () =>
    clash.conflicts.reduce((definition, one) => resolveConflict(definition, one, choiceOf(one)), clash.merged);
  return (
    <Dialog
      isOpen
      isModalOnly
      size="medium"
      title={copy.conflictTitle}
      description={copy.conflictHelp}
      onClose={() => undefined}
      footer={
        <Button variant="primary" onClick={() => settle(decided())}>
          {copy.keepChosen}
        </Button>
      }
    >
      <ul className="flex flex-col gap-4">
        {clash.conflicts.map((conflict) => {
          const name = [conflict.label, ...conflict.path].join(" · ");
          return (
            <li key={keyOf(conflict)} className="flex flex-col gap-1">
              <div className="flex items-center gap-3">
                <p className="min-w-0 flex-1 break-words font-medium">{name}</p>
                <SegmentedControl<Choice>
                  label={copy.whose(name)}
                  value={choiceOf(conflict)}
                  options={OPTIONS}
                  onChange={(choice) => setChoices(new Map(choices).set(keyOf(conflict), choice))}
                />
              </div>
              <dl className="grid grid-cols-[auto_1fr] gap-x-3 break-words">
                <dt className="text-muted">{copy.mine}</dt>
                <dd className="min-w-0 font-mono">{shown(conflict.mine)}</dd>
                <dt className="text-muted">{copy.theirs}</dt>
                <dd className="min-w-0 font-mono">{shown(conflict.theirs)}</dd>
              </dl>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

function keyOf({ node, path }: Conflict): string {
  return JSON.stringify([node, path]);
}

function shown(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value).slice(0, 2000);
}
