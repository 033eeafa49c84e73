import { useState } from "react";
import { useStore } from "zustand";
import { jsonText } from "@/domain/exactJson";
import { type Choice, type Conflict, conflictKey } from "@/domain/merge";
import { decide, useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "../copy";
import { conflictStore } from "./conflictStore";

const MOST = 2_000;

/** Fields that were changed here and elsewhere: both values, and a choice for each. Nothing is saved before. */
export function ConflictPanel() {
  const conflict = useDocument((state) => state.conflict);
  const isPutOff = useStore(conflictStore, (state) => state.isPutOff);
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  if (conflict === null) return null;
  const choose = (key: string, choice: Choice) => setChoices(new Map(choices).set(key, choice));
  return (
    <Dialog
      isOpen={!isPutOff}
      size="medium"
      title={copy.conflict.title}
      description={copy.conflict.help}
      onClose={() => conflictStore.setState({ isPutOff: true })}
      footer={
        <>
          <Button variant="ghost" onClick={() => conflictStore.setState({ isPutOff: true })}>
            {copy.conflict.later}
          </Button>
          <Button
            variant="primary"
            onClick={() => {
              void decide(choices);
              setChoices(new Map());
            }}
          >
            {copy.conflict.decide}
          </Button>
        </>
      }
    >
      <ul className="flex flex-col gap-4">
        {conflict.conflicts.map((one) => {
          const key = conflictKey(one);
          const isNode = one.node !== null && one.path.length === 0;
          return (
            <li key={key} className="flex flex-col gap-2 border-b pb-4 last:border-b-0">
              <div className="flex items-center justify-between gap-3">
                <p className="min-w-0 truncate font-medium">
                  {one.label} · {isNode ? copy.conflict.node : nameOf(one)}
                </p>
                <SegmentedControl<Choice>
                  label={`${one.label} ${nameOf(one)}`}
                  value={choices.get(key) ?? "mine"}
                  onChange={(choice) => choose(key, choice)}
                  options={[
                    { value: "mine", label: copy.conflict.mine },
                    { value: "theirs", label: copy.conflict.theirs },
                  ]}
                />
              </div>
              <div className="grid grid-cols-2 gap-2 max-md:grid-cols-1">
                <Value
                  title={copy.conflict.mine}
                  text={isNode ? nodeText(one.mine, copy.conflict.deletedHere) : shown(one.mine)}
                />
                <Value
                  title={copy.conflict.theirs}
                  text={isNode ? nodeText(one.theirs, copy.conflict.deletedThere) : shown(one.theirs)}
                />
              </div>
            </li>
          );
        })}
      </ul>
    </Dialog>
  );
}

function Value({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div className="min-w-0 rounded-control bg-raised p-2">
      <p className="mb-1 text-meta text-muted">{title}</p>
      <pre className="max-h-40 overflow-auto whitespace-pre-wrap break-words font-mono text-meta">{text}</pre>
    </div>
  );
}

function nameOf({ path }: Conflict): string {
  return path.filter((step, at) => !(at === 0 && step === "data")).join(".");
}

function nodeText(value: unknown, deleted: string): string {
  return value === null || value === undefined ? deleted : copy.conflict.kept;
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return copy.conflict.absent;
  const text = typeof value === "string" ? value : jsonText(value, 2);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}
