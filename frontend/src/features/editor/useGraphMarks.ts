import { useEffect } from "react";
import { useStore } from "zustand";
import type { Diagnostic } from "@/domain/definition";
import { useDocument } from "@/features/document";
import type { GraphStore, NodeProblems } from "@/features/graph";
import { useEditorContext } from "./editorContext";
import { staleNodes } from "./run/stale";

const FLASH_MS = 900;

/** Tells the canvas what stands beside the definition: problems, what is stale, what a step touched. */
export function useGraphMarks(graph: GraphStore, diagnostics: readonly Diagnostic[]): void {
  const { runner } = useEditorContext();
  const ran = useStore(runner.state, (state) => state.ran);
  const definition = useDocument((state) => state.definition);
  const touched = useDocument((state) => state.touched);
  useEffect(() => {
    const problems = new Map<string, NodeProblems>();
    for (const { node_id, severity } of diagnostics) {
      if (node_id === null) continue;
      const { errors, warnings } = problems.get(node_id) ?? { errors: 0, warnings: 0 };
      const isError = severity === "error";
      problems.set(node_id, { errors: errors + (isError ? 1 : 0), warnings: warnings + (isError ? 0 : 1) });
    }
    graph.setState({ problems });
  }, [graph, diagnostics]);
  useEffect(() => graph.setState({ stale: staleNodes(ran, definition) }), [graph, ran, definition]);
  useEffect(() => {
    if (!touched.isStep) return;
    graph.setState({ flashed: new Set(touched.nodes) });
    const timer = setTimeout(() => graph.setState({ flashed: new Set() }), FLASH_MS);
    return () => clearTimeout(timer);
  }, [graph, touched]);
}
