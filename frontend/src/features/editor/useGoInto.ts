import { useCallback } from "react";
import { useNavigate } from "react-router";
import { calledWorkflow } from "@/domain/calledWorkflow";
import type { WorkflowNode } from "@/domain/definition";
import { pathInto, readTrail } from "@/domain/trail";
import { useEditorContext } from "./editorContext";

/** Leads into the workflow that a node calls, with a way back; does nothing at a node that calls none. */
export function useGoInto() {
  const { workflowId, catalogue } = useEditorContext();
  const navigate = useNavigate();
  return useCallback(
    (node: WorkflowNode | undefined) => {
      const child = node && calledWorkflow(catalogue.find(node.type, node.data.version), node.data.params);
      if (!node || !child) return;
      const via = new URLSearchParams(window.location.search).get("via");
      void navigate(pathInto(child, { workflowId, nodeId: node.id }, readTrail(via)));
    },
    [workflowId, catalogue, navigate],
  );
}
