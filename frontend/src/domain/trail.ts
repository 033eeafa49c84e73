/** The way into a sub-workflow: which workflows it was opened from, and at which node of each. Kept in the address. */

export interface Stop {
  readonly workflowId: string;
  readonly nodeId: string;
}

/** Workflows may call each other in circles; the way back is no longer than this. */
const MOST = 8;

/** Return the way in, outermost first, from the address's `via`. */
export function readTrail(via: string | null): Stop[] {
  return (via ?? "").split("~").flatMap((part): Stop[] => {
    const [workflowId = "", nodeId = ""] = part.split("!");
    return workflowId === "" ? [] : [{ workflowId: readPart(workflowId), nodeId: readPart(nodeId) }];
  });
}

function readPart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const writePart = (text: string) => encodeURIComponent(text).replaceAll("!", "%21").replaceAll("~", "%7E");

function search(trail: readonly Stop[], node?: string): string {
  const params = new URLSearchParams();
  if (node) params.set("node", node);
  const parts = trail.slice(-MOST).map((stop) => `${writePart(stop.workflowId)}!${writePart(stop.nodeId)}`);
  if (parts.length > 0) params.set("via", parts.join("~"));
  return params.size > 0 ? `?${params}` : "";
}

/** Return the address of a workflow that a node calls. */
export function pathInto(child: string, from: Stop, trail: readonly Stop[]): string {
  return `/workflows/${encodeURIComponent(child)}${search([...trail, from])}`;
}

/** Return the address of a stop on the way in, with its node chosen. */
export function pathBack(trail: readonly Stop[], at: number): string {
  const stop = trail[at];
  return stop === undefined
    ? "/workflows"
    : `/workflows/${encodeURIComponent(stop.workflowId)}${search(trail.slice(0, at), stop.nodeId)}`;
}
