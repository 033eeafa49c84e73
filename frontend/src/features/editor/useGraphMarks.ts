import { useEffect } from "react";
import { useStore } from "zustand";
import type { Diagnostic } from "@/domain/definition";
import { documentStore, useDocument } from "@/features/document";
import type { GraphStore, NodeProblems } from "@/features/graph";
import { useEditorContext } from "./editorContext";
import { staleNodes } from "./run/stale";

const FLASH_MS = 900;

/** Tells the canvas what stands beside the definition: problems, what is stale, what a step touched. */
export function useGraphMarks(graph: GraphStore, diagnostics: readonly Diagnostic[]): void {
  const { runner } = useEditorContext();
  const ran = useStore(runner.state, (state) => state.ran);
  const touched = useDocument((state) => (state.touched.isStep ? state.touched : null));
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
  useEffect(() => {
    // Beside React: the canvas hears of it only where it makes a difference, not at each key.
    const mark = () => {
      const stale = staleNodes(ran, documentStore.getState().definition);
      const before = graph.getState().stale;
      if (stale.size !== before.size || [...stale].some((id) => !before.has(id))) graph.setState({ stale });
    };
    mark();
    return documentStore.subscribe((state, before) => {
      if (state.definition !== before.definition) mark();
    });
  }, [graph, ran]);
  useEffect(() => {
    if (touched === null) return;
    graph.setState({ flashed: new Set(touched.nodes) });
    const timer = setTimeout(() => graph.setState({ flashed: new Set() }), FLASH_MS);
    return () => clearTimeout(timer);
  }, [graph, touched]);
}
