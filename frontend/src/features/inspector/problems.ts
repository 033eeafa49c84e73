import type { Diagnostic } from "@/domain/definition";
import type { FormProblem } from "@/domain/form";

export interface NodeProblems {
  readonly params: FormProblem[];
  readonly credentials: ReadonlyMap<string, string>;
  readonly settings: ReadonlyMap<string, string>;
  /** What belongs to no field. */
  readonly others: readonly Diagnostic[];
}

/** Returns what the compiler says of one node, by the fields it is about. */
export function problemsOf(diagnostics: readonly Diagnostic[], nodeId: string): NodeProblems {
  const found: NodeProblems = { params: [], credentials: new Map(), settings: new Map(), others: [] };
  const credentials = new Map<string, string>();
  const settings = new Map<string, string>();
  const others: Diagnostic[] = [];
  for (const diagnostic of diagnostics) {
    if (diagnostic.node_id !== nodeId) continue;
    const { field, code, message, severity } = diagnostic;
    const [part, ...rest] = (field ?? "").split(".");
    const path = rest.join(".");
    if (part === "params" && path !== "") found.params.push({ path, code, message, severity });
    else if (part === "credentials" && path !== "") credentials.set(path, message);
    else if (part === "settings" && path !== "") settings.set(path, message);
    else others.push(diagnostic);
  }
  return { ...found, credentials, settings, others };
}
