import { createContext, useContext } from "react";
import type { components } from "@/api";
import type { Sample } from "@/domain/completion";

export type PreviewContext = components["schemas"]["PreviewContext"];

export interface ExpressionScope {
  /** What completion and hints know of the data. */
  readonly sample: Sample;
  /** What the server evaluates against; null while there is no data at all. */
  readonly preview: PreviewContext | null;
}

const EMPTY: ExpressionScope = { sample: {}, preview: null };

/** The data that the expression fields below refer to. */
export const ExpressionScopeContext = createContext<ExpressionScope>(EMPTY);

export function useExpressionScope(): ExpressionScope {
  return useContext(ExpressionScopeContext);
}
