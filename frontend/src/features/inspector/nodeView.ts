import type { Command } from "@/domain/commands";
import type { Definition, Diagnostic } from "@/domain/definition";

/** How much of a workflow a test of one node runs. */
export type RunScope = "only" | "to" | "from";

/** What the views of one node need from the editor around them. */
export interface NodeViewProps {
  readonly workflowId: string;
  readonly nodeId: string;
  readonly definition: Definition;
  /** Performs a change of the definition. */
  readonly run: (command: Command) => unknown;
  /** What the compiler says of the whole workflow. */
  readonly diagnostics?: readonly Diagnostic[];
  /** The run whose data are shown; null: none yet. */
  readonly executionId?: string | null;
  readonly isReadOnly?: boolean;
  /** Why nothing can be changed. */
  readonly refusal?: string | undefined;
  readonly onRun?: (nodeId: string, scope: RunScope) => void;
  readonly isRunning?: boolean;
  /** Leads into the workflow that a node calls. */
  readonly onOpenWorkflow?: (nodeId: string) => void;
}
