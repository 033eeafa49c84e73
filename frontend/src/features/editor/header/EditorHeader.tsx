import { ChevronRight, Ellipsis, Redo2, Undo2 } from "lucide-react";
import { lazy, Suspense } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { Diagnostic } from "@/domain/definition";
import { isDirty, useDocument } from "@/features/document";
import { refusalOf, ShareButton } from "@/features/sharing";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore } from "../editorStore";
import { useDeploy, type Workflow } from "../queries";
import { SaveStatus } from "../saving/SaveStatus";
import { DeployButton } from "./DeployButton";
import { NameField } from "./NameField";
import { ProblemsMenu } from "./ProblemsMenu";
import { RoleBadge } from "./RoleBadge";
import { RunButton } from "./RunButton";
import { useWorkflowCommands } from "./useWorkflowCommands";
import { workflowPages } from "./workflowPages";

/** Comes with the first sub-workflow that is gone into. */
const Trail = lazy(async () => ({ default: (await import("./Trail")).Trail }));

interface EditorHeaderProps {
  readonly workflow: Workflow;
  readonly diagnostics: readonly Diagnostic[];
}

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** Where you are, whether it is saved, undo and redo, problems, Run and Deploy. */
export function EditorHeader({ workflow, diagnostics }: EditorHeaderProps) {
  const { actions, isReadOnly } = useEditorContext();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const past = useDocument((state) => state.history.past.at(-1)?.label);
  const future = useDocument((state) => state.history.future.at(-1)?.label);
  const deploy = useDeploy(workflow.id);
  const isChanged = useDocument((state) => isDirty(state)) || workflow.has_undeployed_changes;
  const isDeployed = workflow.status === "active" && !isChanged;
  const refusal = refusalOf(workflow.my_role, "editor");
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  useWorkflowCommands({ workflow, deploy: deploy.mutate, isDeployed, errors });
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b bg-surface px-3">
      <nav aria-label={copy.workflows} className="flex min-w-24 items-center gap-1">
        <Link to="/workflows" className="rounded-control px-1 text-muted hover:text-text max-lg:hidden">
          {copy.workflows}
        </Link>
        <ChevronRight {...ICON} className="shrink-0 text-muted max-lg:hidden" />
        {params.has("via") ? (
          <Suspense>
            <Trail />
          </Suspense>
        ) : null}
        <NameField workflow={workflow} isReadOnly={isReadOnly} />
      </nav>
      <SaveStatus />
      <span className="flex-1" />
      {isReadOnly ? null : (
        <div className="flex max-md:hidden">
          <IconButton
            label={past ? copy.undoStep(past) : copy.undo}
            shortcut="mod+z"
            disabled={!past}
            icon={<Undo2 {...ICON} />}
            onClick={actions.undo}
          />
          <IconButton
            label={future ? copy.redoStep(future) : copy.redo}
            shortcut="mod+shift+z"
            disabled={!future}
            icon={<Redo2 {...ICON} />}
            onClick={actions.redo}
          />
        </div>
      )}
      <RoleBadge workflow={workflow} />
      <ProblemsMenu diagnostics={diagnostics} />
      <RunButton errors={errors} />
      {isReadOnly ? null : <DeployButton {...{ workflow, deploy, isDeployed, errors }} />}
      {workflow.my_role === "owner" ? <ShareButton workflow={workflow} /> : null}
      <Menu align="end" trigger={<IconButton label={copy.more} icon={<Ellipsis {...ICON} />} />}>
        <MenuItem keys="mod+s" refusal={refusal} onSelect={() => editorStore.setState({ isSnapshotOpen: true })}>
          {copy.snapshot}
        </MenuItem>
        <MenuItem onSelect={() => editorStore.setState({ isSettingsOpen: true })}>{copy.workflowSettings}</MenuItem>
        {workflowPages(workflow.id).map(([path, label]) => (
          <MenuItem key={path} onSelect={() => void navigate(path)}>
            {label}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem keys="l" onSelect={() => editorStore.setState({ isRunPanelOpen: true })}>
          {copy.runPanelShow}
        </MenuItem>
        <MenuItem keys="o" onSelect={() => editorStore.setState({ isOutlineOpen: true })}>
          {copy.outline}
        </MenuItem>
        <MenuItem keys="mod+f" onSelect={() => editorStore.setState({ isFinding: true })}>
          {copy.find}
        </MenuItem>
        {workflow.status === "active" ? (
          <>
            <MenuSeparator />
            <MenuItem refusal={refusal} onSelect={() => deploy.mutate("undeploy")}>
              {copy.undeploy}
            </MenuItem>
          </>
        ) : null}
      </Menu>
    </header>
  );
}
