import { useMemo } from "react";
import { useNavigate } from "react-router";
import type { Command } from "@/ui/commandStore";
import { useCommands } from "@/ui/useCommands";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore } from "../editorStore";
import type { useDeploy, Workflow } from "../queries";
import { workflowPages } from "./workflowPages";

interface Wanted {
  readonly workflow: Workflow;
  readonly deploy: ReturnType<typeof useDeploy>["mutate"];
  readonly isDeployed: boolean;
  readonly errors: number;
}

/** Offers by name what the header offers for the workflow as a whole: its service, its problems, its pages. */
export function useWorkflowCommands({ workflow: { id, status }, deploy, isDeployed, errors }: Wanted): void {
  const { isReadOnly } = useEditorContext();
  const navigate = useNavigate();
  const isActive = status === "active";
  const commands = useMemo(() => {
    const group = copy.groups.workflow;
    const showProblems = () => editorStore.setState({ isProblemsOpen: true });
    const found: Command[] = workflowPages(id).map(([path, label]) => ({
      id: `workflow:${path}`,
      label,
      group,
      run: () => void navigate(path),
    }));
    const showSettings = () => editorStore.setState({ isSettingsOpen: true });
    found.unshift({ id: "workflow-settings", label: copy.workflowSettings, group, run: showSettings });
    found.unshift({ id: "problems", label: copy.problemsTitle, group, run: showProblems });
    if (isReadOnly) return found;
    if (isActive) found.unshift({ id: "undeploy", label: copy.undeploy, group, run: () => deploy("undeploy") });
    if (!isDeployed)
      found.unshift({
        id: "deploy",
        label: isActive ? copy.deployAgain : copy.deploy,
        group,
        run: errors > 0 ? showProblems : () => deploy("deploy"),
      });
    return found;
  }, [id, isActive, isDeployed, errors, isReadOnly, deploy, navigate]);
  useCommands("editor-workflow", commands);
}
