/** Returns the address of a run's screen; a run outlives its workflow, whose place a dash takes then. */
export function runPath(run: { readonly id: string; readonly workflow_id: string | null }): string {
  return `/workflows/${encodeURIComponent(run.workflow_id ?? "-")}/runs/${encodeURIComponent(run.id)}`;
}
