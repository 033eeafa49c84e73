import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
import { ErrorState } from "@/ui/ErrorState";
import { copy } from "../../copy";
import { StepItem } from "./StepItem";
import type { Steps } from "./useSteps";

interface StepListProps {
  readonly executionId: string;
  readonly found: Steps;
  readonly onOpen: () => void;
}

/** What a node did in steps: model calls, tool calls, waits, in the order of their starts. */
export function StepList({ executionId, found, onOpen }: StepListProps) {
  const { steps, error, retry, more, isLoadingMore } = found;
  if (error) return <ErrorState isCompact problem={asProblem(error)} onRetry={retry} />;
  const hasItems = steps.some((step) => step.item > 0);
  return (
    <>
      <ol aria-label={copy.steps} className="divide-y">
        {steps.map((step) => (
          <StepItem key={step.key} executionId={executionId} step={step} hasItems={hasItems} onOpen={onOpen} />
        ))}
      </ol>
      {more ? (
        <div className="border-t p-2 text-center">
          <Button size="small" variant="ghost" isBusy={isLoadingMore} onClick={more}>
            {copy.moreSteps}
          </Button>
        </div>
      ) : null}
    </>
  );
}
