import { ChevronRight, Play, Redo2, Square, Undo2 } from "lucide-react";
import { Link } from "react-router";
import { asProblem } from "@/api";
import type { Diagnostic } from "@/domain/definition";
import { documentStore, saveNow, useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { IconButton } from "@/ui/IconButton";
import { StatusBadge } from "@/ui/StatusBadge";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { NameField } from "./NameField";
import { ProblemsMenu } from "./ProblemsMenu";
import { useDeploy, type Workflow } from "./queries";
import type { useRun } from "./useRun";

interface EditorHeaderProps {
  readonly workflow: Workflow;
  readonly diagnostics: readonly Diagnostic[];
  readonly run: ReturnType<typeof useRun>;
}

const ICON = { size: 16, strokeWidth: 1.75 } as const;

/** Name, state of saving, undo and redo, problems, Run and Deploy. */
export function EditorHeader({ workflow, diagnostics, run }: EditorHeaderProps) {
  const saveState = useDocument((state) => state.saveState);
  const past = useDocument((state) => state.history.past.at(-1)?.label);
  const future = useDocument((state) => state.history.future.at(-1)?.label);
  const deploy = useDeploy(workflow.id);
  const isDeployed = (deploy.data?.status ?? workflow.status) === "active";
  const { undo, redo } = documentStore.getState();
  const hasError = diagnostics.some((one) => one.severity === "error");
  const { progress, status } = run.state;
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3">
      <Link to="/workflows" className="text-muted hover:underline max-md:hidden">
        {copy.workflows}
      </Link>
      <ChevronRight {...ICON} aria-hidden="true" className="text-muted max-md:hidden" />
      <NameField workflow={workflow} />
      <span
        role="status"
        className={saveState === "saved" ? "text-meta text-muted" : "text-meta text-warn"}
        data-save-state={saveState}
      >
        {copy.save[saveState]}
      </span>
      <span className="flex-1" />
      {status ? <StatusBadge status={status} /> : null}
      {run.isRunning ? (
        <span className="text-meta text-muted tabular-nums">{copy.progress(progress.done, progress.total)}</span>
      ) : null}
      <IconButton
        label={past ? copy.undoStep(past) : copy.undo}
        disabled={!past}
        icon={<Undo2 {...ICON} />}
        onClick={undo}
      />
      <IconButton
        label={future ? copy.redoStep(future) : copy.redo}
        disabled={!future}
        icon={<Redo2 {...ICON} />}
        onClick={redo}
      />
      <ProblemsMenu diagnostics={diagnostics} />
      {run.isRunning ? (
        <Button icon={<Square {...ICON} />} onClick={run.stop}>
          {copy.stop}
        </Button>
      ) : (
        <Button
          variant="primary"
          icon={<Play {...ICON} />}
          isBusy={run.isStarting}
          disabled={hasError}
          {...(hasError ? { title: copy.problems(diagnostics.length) } : {})}
          onClick={() => void run.start()}
        >
          {copy.run}
        </Button>
      )}
      <Button
        isBusy={deploy.isPending}
        onClick={() =>
          void saveNow().then(() =>
            deploy.mutate(isDeployed, {
              onError: (error) => toast({ kind: "error", text: asProblem(error).message }),
              onSuccess: () => toast({ kind: "ok", text: isDeployed ? copy.undeploy : copy.deployed }),
            }),
          )
        }
      >
        {isDeployed ? copy.undeploy : copy.deploy}
      </Button>
    </header>
  );
}
