import { ChevronLeft, ListTree, Workflow as WorkflowIcon } from "lucide-react";
import { useState } from "react";
import { Link } from "react-router";
import { type Draft, useDocument } from "@/features/document";
import { GraphView } from "@/features/graph";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { RoleBadge } from "../header/RoleBadge";
import { sharedIdOf, useDiagnostics, type Workflow } from "../queries";
import { ConflictPanel } from "../saving/ConflictPanel";
import { DraftBanner } from "../saving/DraftBanner";
import { GoneDialog } from "../saving/GoneDialog";
import { SaveStatus } from "../saving/SaveStatus";
import { useSettledDefinition } from "../useSettledDefinition";
import { PhoneMenu } from "./PhoneMenu";
import { RunBar } from "./RunBar";
import { StepList } from "./StepList";

type Part = "steps" | "canvas";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

interface PhoneLayoutProps {
  readonly workflow: Workflow;
  readonly draft: Draft | null;
}

/** A workflow on a phone: its steps, its canvas to look at, and its run. Changing it needs a larger screen. */
export function PhoneLayout({ workflow, draft: found }: PhoneLayoutProps) {
  const { catalogue } = useEditorContext();
  const [part, setPart] = useState<Part>("steps");
  const [draft, setDraft] = useState(found);
  const definition = useDocument((state) => state.definition);
  const { data: diagnostics = [] } = useDiagnostics(useSettledDefinition(), true, sharedIdOf(workflow));
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <title>{`${workflow.name} · Heddle`}</title>
      <header className="flex shrink-0 items-center gap-2 border-b bg-surface px-2 py-1">
        <Link
          to="/workflows"
          aria-label={copy.workflows}
          className="flex size-10 shrink-0 items-center justify-center rounded-control text-muted"
        >
          <ChevronLeft {...ICON} size={20} />
        </Link>
        <h1 className="min-w-0 flex-1 truncate font-semibold text-body">{workflow.name}</h1>
        <RoleBadge workflow={workflow} />
        <SaveStatus />
        <PhoneMenu workflow={workflow} />
      </header>
      <RunBar workflowId={workflow.id} errors={errors} />
      <div className="flex shrink-0 flex-col gap-2 border-b px-4 py-2">
        <p className="text-meta text-muted">{copy.smallScreen}</p>
        <SegmentedControl<Part>
          label={copy.phone.parts}
          value={part}
          onChange={setPart}
          className="w-full"
          options={[
            { value: "steps", label: copy.phone.steps, icon: <ListTree {...ICON} /> },
            { value: "canvas", label: copy.phone.canvas, icon: <WorkflowIcon {...ICON} /> },
          ]}
        />
      </div>
      <div className="relative min-h-0 flex-1">
        {draft ? <DraftBanner draft={draft} onDone={() => setDraft(null)} /> : null}
        {part === "steps" ? (
          <StepList diagnostics={diagnostics} />
        ) : (
          <GraphView definition={definition} catalogue={catalogue} label={copy.canvas} />
        )}
      </div>
      <ConflictPanel />
      <GoneDialog workflow={workflow} />
    </div>
  );
}
