import { ChevronDown } from "lucide-react";
import { lazy, Suspense } from "react";
import type { Diagnostic, WorkflowNode } from "@/domain/definition";
import { summaryOf } from "@/domain/summary";
import { tileColor } from "@/features/graph";
import { useLiveRun } from "@/features/liveRun";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";

/** Data views come with the first step that is opened. */
const RunOutput = lazy(async () => ({ default: (await import("../panels/RunOutput")).RunOutput }));

interface StepRowProps {
  readonly node: WorkflowNode;
  readonly problems: readonly Diagnostic[];
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

/** One step: what it is, how it went, and opened, what is wrong with it and what it gave. */
export function StepRow({ node, problems, isOpen, onToggle }: StepRowProps) {
  const { catalogue } = useEditorContext();
  const run = useLiveRun((live) => live.byNode.get(node.id));
  const type = catalogue.find(node.type, node.data.version);
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen}
        onClick={onToggle}
        className="flex min-h-14 w-full items-center gap-3 px-4 py-2 text-left -outline-offset-2"
      >
        <span
          aria-hidden="true"
          className="flex size-9 shrink-0 items-center justify-center rounded-node text-on-accent"
          style={{ backgroundColor: tileColor(type) }}
        >
          <Icon name={type?.icon} size={20} />
        </span>
        <span className="min-w-0 flex-1">
          <span className={cx("block truncate font-medium", node.data.settings.disabled && "line-through opacity-60")}>
            {node.data.label || type?.label || node.type}
          </span>
          <span className="block truncate text-meta text-muted">
            {type ? summaryOf(type, node.data.params) : copy.phone.unknownKind(node.type)}
          </span>
          {problems.length > 0 ? (
            <span className="block text-err text-meta">{copy.problems(problems.length)}</span>
          ) : null}
        </span>
        {run ? <StatusBadge status={run.status} /> : null}
        <ChevronDown
          aria-hidden="true"
          size={16}
          strokeWidth={1.75}
          className={cx("shrink-0 text-muted", isOpen && "rotate-180")}
        />
      </button>
      {isOpen ? (
        <div className="flex flex-col gap-2 bg-raised px-4 py-3">
          {type ? <p className="text-muted">{type.description}</p> : null}
          {problems.map((one) => (
            <p key={`${one.code}:${one.field}:${one.message}`} className="break-words text-err">
              {one.message}
            </p>
          ))}
          <div className="max-h-80 overflow-auto rounded-control border bg-surface">
            <Suspense>
              <RunOutput nodeId={node.id} />
            </Suspense>
          </div>
        </div>
      ) : null}
    </>
  );
}
