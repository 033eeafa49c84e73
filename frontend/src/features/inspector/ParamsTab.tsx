import { CircleAlert, Workflow } from "lucide-react";
import { Suspense } from "react";
import { calledWorkflow } from "@/domain/calledWorkflow";
import { setNodeVersion, setParam } from "@/domain/commands";
import type { NodeType, WorkflowNode } from "@/domain/definition";
import { handlesOf } from "@/domain/handles";
import { NodeAddress } from "@/features/triggers";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { CredentialSlots } from "./CredentialSlots";
import { copy } from "./copy";
import { ParamForm } from "./form/ParamForm";
import type { NodeViewProps } from "./nodeView";
import { problemsOf } from "./problems";
import { ToolDescription } from "./ToolDescription";

const TOOL = "tool";

interface ParamsTabProps
  extends Pick<NodeViewProps, "workflowId" | "definition" | "run" | "diagnostics" | "isReadOnly" | "onOpenWorkflow"> {
  readonly node: WorkflowNode;
  readonly type: NodeType;
  /** The newest version of its kind. */
  readonly newest: NodeType;
}

/** What a node does: its credentials and params, with what is wrong under each. */
export function ParamsTab(props: ParamsTabProps) {
  const {
    workflowId,
    definition,
    node,
    type,
    newest,
    run,
    diagnostics = [],
    isReadOnly = false,
    onOpenWorkflow,
  } = props;
  const problems = problemsOf(diagnostics, node.id);
  const { outputs } = handlesOf(node, type, definition.edges);
  const isTool = outputs.some((handle) => handle.gives === TOOL && !handle.isIdle);
  const saysItself = type.fields.some((field) => field.name === "description");
  return (
    <div className="flex flex-col gap-4 p-4">
      {problems.others.map((problem) => (
        <p
          key={`${problem.code}:${problem.message}`}
          className={cx(
            "flex items-start gap-1.5 rounded-control p-2 text-meta",
            problem.severity === "error" ? "bg-err-tint" : "bg-warn-tint",
          )}
        >
          <CircleAlert aria-hidden="true" size={14} strokeWidth={1.75} className="mt-px shrink-0" />
          <span className="min-w-0 break-words">{problem.message}</span>
        </p>
      ))}
      {newest.version > type.version && !isReadOnly ? (
        <div className="flex items-center justify-between gap-2 rounded-control bg-raised p-2 text-meta">
          {copy.node.newerVersion(newest.version)}
          <Button size="small" onClick={() => run(setNodeVersion(node.id, newest.version))}>
            {copy.node.upgrade}
          </Button>
        </div>
      ) : null}
      {onOpenWorkflow && calledWorkflow(type, node.data.params) !== null ? (
        <Button
          size="small"
          className="self-start"
          icon={<Workflow aria-hidden="true" size={14} strokeWidth={1.75} />}
          onClick={() => onOpenWorkflow(node.id)}
        >
          {copy.node.openWorkflow}
        </Button>
      ) : null}
      {type.is_trigger ? (
        <Suspense>
          <NodeAddress workflowId={workflowId} nodeId={node.id} />
        </Suspense>
      ) : null}
      {isTool && !saysItself ? <ToolDescription node={node} run={run} isReadOnly={isReadOnly} /> : null}
      <CredentialSlots node={node} type={type} run={run} problems={problems.credentials} isReadOnly={isReadOnly} />
      <ParamForm
        key={node.id}
        fields={type.fields}
        schema={type.params_schema}
        value={node.data.params}
        problems={problems.params}
        isDisabled={isReadOnly}
        onChange={(path, value, label) => run(setParam(node.id, path, value, label))}
      />
    </div>
  );
}
