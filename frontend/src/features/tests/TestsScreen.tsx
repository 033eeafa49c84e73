import { FlaskConical, Play, Plus } from "lucide-react";
import { useState } from "react";
import { useParams } from "react-router";
import { asProblem } from "@/api";
import { useAction, WorkflowFrame } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { type Column, DataTable } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Time } from "@/ui/Time";
import { CaseMenu } from "./CaseMenu";
import { copy } from "./copy";
import { KeepDialog } from "./KeepDialog";
import { type Case, runAll, useCases } from "./queries";
import { ResultBadge } from "./ResultBadge";
import { Results } from "./Results";
import { RunCase } from "./RunCase";

const columns: readonly Column<Case>[] = [
  { id: "name", header: copy.name, cell: ({ name }) => <span className="break-words font-medium">{name}</span> },
  {
    id: "last",
    header: copy.last,
    cell: ({ last_result }) =>
      last_result ? <ResultBadge status={last_result.status} /> : <span className="text-muted">{copy.notRun}</span>,
  },
  { id: "changed", header: copy.changed, isSecondary: true, cell: ({ updated_at }) => <Time at={updated_at} /> },
  {
    id: "do",
    header: "",
    className: "w-32",
    cell: (row) => (
      <span className="flex justify-end gap-1">
        <RunCase testCase={row} />
        <CaseMenu testCase={row} />
      </span>
    ),
  },
];

/** A workflow's tests and what came of them. */
export function TestsScreen() {
  const { workflowId = "" } = useParams();
  const cases = useCases(workflowId);
  const [isKeeping, setIsKeeping] = useState(false);
  const all = useAction(() => runAll(workflowId), { refresh: ["tests"] });
  const refusal = useRefusal(workflowId)("editor");
  const hasCases = (cases.data?.results.length ?? 0) > 0;
  const keep = (
    <Button
      variant={hasCases ? "secondary" : "primary"}
      icon={<Plus size={16} />}
      refusal={refusal}
      onClick={() => setIsKeeping(true)}
    >
      {copy.keep}
    </Button>
  );
  return (
    <WorkflowFrame
      workflowId={workflowId}
      title={copy.title}
      description={copy.text}
      actions={
        hasCases ? (
          <>
            {keep}
            <Button
              variant="primary"
              icon={<Play size={16} />}
              refusal={refusal}
              isBusy={all.isBusy}
              onClick={() => all.run()}
            >
              {copy.runAll}
            </Button>
          </>
        ) : null
      }
    >
      <DataTable
        label={copy.title}
        columns={columns}
        rows={cases.data?.results}
        rowId={(row) => row.id}
        problem={cases.error ? asProblem(cases.error) : null}
        onRetry={() => void cases.refetch()}
        empty={<EmptyState icon={<FlaskConical size={24} />} title={copy.empty} action={keep} />}
      />
      {cases.error && !cases.data ? null : <Results workflowId={workflowId} cases={cases.data?.results ?? []} />}
      {isKeeping ? <KeepDialog workflowId={workflowId} onClose={() => setIsKeeping(false)} /> : null}
    </WorkflowFrame>
  );
}
