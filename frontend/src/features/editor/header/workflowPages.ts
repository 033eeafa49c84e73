import { copy } from "../copy";

/** The screens that belong to a workflow, beside the editor. */
export function workflowPages(id: string): readonly (readonly [path: string, label: string])[] {
  return [
    [`/workflows/${id}/versions`, copy.versions],
    [`/workflows/${id}/triggers`, copy.triggers],
    [`/workflows/${id}/tests`, copy.tests],
    [`/runs?workflow=${id}`, copy.runs],
  ];
}
