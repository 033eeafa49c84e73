/** Where the steps of a node run stand: `<path>/<node>@<item>.<name>`, under the node whose step it is. */

const KEY = /^\d+\.[A-Za-z0-9_.-]{1,100}$/;

export interface StepPlace {
  /** The path of the node run that it is a step of. */
  readonly home: string;
  /** What it is found by in that node run: place of the item and name. */
  readonly key: string;
}

/** Returns where a step stands; null for the path of a node run. A node's id may hold whatever divides paths. */
export function stepPlace(nodeId: string, path: string): StepPlace | null {
  const at = path.lastIndexOf("@");
  const [under, key] = [path.slice(0, Math.max(0, at)), path.slice(at + 1)];
  if (at < 0 || !KEY.test(key)) return null;
  if (under === nodeId) return { home: "", key };
  return under.endsWith(`/${nodeId}`) ? { home: under.slice(0, -nodeId.length - 1), key } : null;
}

/** Returns the path of the node run that something belongs to, be it its own or that of one of its steps. */
export function nodePath(nodeId: string, path: string): string {
  return stepPlace(nodeId, path)?.home ?? path;
}
