import { ArrowLeftRight } from "lucide-react";
import { useMemo } from "react";
import type { Definition } from "@/domain/definition";
import { diffDefinitions } from "@/domain/diff";
import { Loaded } from "@/features/screen";
import { IconButton } from "@/ui/IconButton";
import { Select } from "@/ui/Select";
import { ChangeList } from "./ChangeList";
import { CompareCanvas } from "./CompareCanvas";
import { copy } from "./copy";
import { type Side, useSide, type Version } from "./queries";

interface ComparePanelProps {
  readonly workflowId: string;
  readonly versions: readonly Version[];
  readonly before: Side | undefined;
  readonly after: Side | undefined;
  readonly onCompare: (before: Side, after: Side) => void;
}

/** Two versions beside each other. */
export function ComparePanel({ workflowId, versions, before, after, onCompare }: ComparePanelProps) {
  const [old, now] = [useSide(workflowId, before), useSide(workflowId, after)];
  const numbers = new Set(versions.map((one) => one.number));
  for (const side of [before, after]) if (typeof side === "number") numbers.add(side);
  const labelOf = (number: number) => {
    const label = versions.find((one) => one.number === number)?.label;
    return label ? `${copy.version(number)} · ${label}` : copy.version(number);
  };
  const options = [
    { value: "draft", label: copy.draft },
    ...[...numbers].sort((a, b) => b - a).map((number) => ({ value: String(number), label: labelOf(number) })),
  ];
  const read = (text: string): Side => (text === "draft" ? "draft" : Number(text));
  return (
    <div className="flex min-w-0 flex-col gap-4 px-6 py-4 max-md:px-4">
      <div className="flex flex-wrap items-center gap-2">
        <Select
          aria-label={copy.before}
          className="max-w-64 flex-1"
          value={before === undefined ? undefined : String(before)}
          options={options}
          onChange={(next) => onCompare(read(next), after ?? "draft")}
        />
        <IconButton
          label={copy.swap}
          icon={<ArrowLeftRight size={16} />}
          disabled={before === undefined || after === undefined}
          onClick={() => before !== undefined && after !== undefined && onCompare(after, before)}
        />
        <Select
          aria-label={copy.after}
          className="max-w-64 flex-1"
          value={after === undefined ? undefined : String(after)}
          options={options}
          onChange={(next) => onCompare(before ?? 1, read(next))}
        />
      </div>
      {before === undefined || after === undefined ? (
        <p className="text-muted">{copy.choose}</p>
      ) : (
        <Loaded query={old}>
          {(first) => <Loaded query={now}>{(second) => <Compared before={first} after={second} />}</Loaded>}
        </Loaded>
      )}
    </div>
  );
}

function Compared({ before, after }: { readonly before: Definition; readonly after: Definition }) {
  const diff = useMemo(() => diffDefinitions(before, after), [before, after]);
  return (
    <>
      <CompareCanvas before={before} after={after} diff={diff} />
      {diff.isEmpty ? (
        <p className="text-muted">{copy.same}</p>
      ) : (
        <ChangeList before={before} after={after} diff={diff} />
      )}
    </>
  );
}
