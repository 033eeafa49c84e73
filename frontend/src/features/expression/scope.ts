import { createContext, useContext } from "react";
import type { components } from "@/api";
import type { Sample } from "@/domain/completion";

export type PreviewContext = components["schemas"]["PreviewContext"];

export interface ExpressionScope {
  /** What completion and hints know of the data. */
  readonly sample: Sample;
  /** Whether `sample` holds data of a run or a pin; else it is made from declared fields, and may lack some. */
  readonly isReal: boolean;
  /** What the server evaluates against; null while there is no data at all. */
  readonly preview: PreviewContext | null;
}

const EMPTY: ExpressionScope = { sample: {}, isReal: false, preview: null };

/** The data that the expression fields below refer to. */
export const ExpressionScopeContext = createContext<ExpressionScope>(EMPTY);

export function useExpressionScope(): ExpressionScope {
  return useContext(ExpressionScopeContext);
}
