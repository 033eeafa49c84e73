import { Bot, Box, ChevronRight, Clock, type LucideIcon, Wrench } from "lucide-react";
import { useId, useState } from "react";
import type { Step } from "@/domain/steps";
import { cx } from "@/ui/cx";
import { Duration } from "@/ui/Duration";
import { StatusBadge } from "@/ui/StatusBadge";
import { copy } from "../../copy";
import { StepData } from "./StepData";
import type { StepRow } from "./useSteps";

interface StepItemProps {
  readonly executionId: string;
  readonly step: Step<StepRow>;
  /** Steps were taken for several items: each says for which. */
  readonly hasItems: boolean;
  readonly onOpen: () => void;
}

const ICONS: Readonly<Record<string, LucideIcon>> = { model: Bot, tool: Wrench, wait: Clock };
const GOES_ON: ReadonlySet<string> = new Set(["running", "waiting", "retrying"]);

/** One step: what it was and how it went; opened, what it was given and what it gave. */
export function StepItem({ executionId, step, hasItems, onOpen }: StepItemProps) {
  const [isOpen, setIsOpen] = useState(false);
  const id = useId();
  const Icon = (Object.hasOwn(ICONS, step.kind) ? ICONS[step.kind] : undefined) ?? Box;
  const facts = factsOf(step, hasItems);
  return (
    <li>
      <button
        type="button"
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => {
          setIsOpen(!isOpen);
          if (!isOpen) onOpen();
        }}
        className="flex min-h-10 w-full items-center gap-2 px-3 py-1.5 text-left -outline-offset-2 hover:bg-raised/60"
      >
        <ChevronRight
          aria-hidden="true"
          size={14}
          className={cx("shrink-0 text-muted transition-transform", isOpen && "rotate-90")}
        />
        <Icon aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-muted" />
        <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
          <span className="min-w-0 truncate font-medium" title={step.name}>
            {step.name}
          </span>
          <span className="text-meta text-muted">{[kindLabel(step.kind), ...facts].join(" · ")}</span>
        </span>
        <StatusBadge status={step.status} />
        <span className="w-14 shrink-0 text-right text-meta text-muted">
          <Duration ms={step.durationMs} since={GOES_ON.has(step.status) ? step.startedAt : null} />
        </span>
      </button>
      <div id={id} hidden={!isOpen}>
        {isOpen ? <StepData executionId={executionId} step={step} /> : null}
      </div>
    </li>
  );
}

function kindLabel(kind: string): string {
  return Object.hasOwn(copy.stepKinds, kind) ? (copy.stepKinds[kind] ?? kind) : kind.replaceAll("_", " ");
}

function factsOf({ item, attempt, stored }: Step<StepRow>, hasItems: boolean): string[] {
  const tokens = stored ? stored.tokens.input + stored.tokens.output : 0;
  const cost = Number(stored?.cost_usd ?? 0);
  return [
    ...(hasItems ? [copy.failingItem(item + 1)] : []),
    ...(attempt > 1 ? [copy.attempt(attempt)] : []),
    ...(tokens > 0 ? [copy.tokens(tokens)] : []),
    ...(cost > 0 ? [`$${cost.toFixed(4)}`] : []),
  ];
}
