import { asProblem } from "@/api";
import { isExpression } from "@/domain/expression";
import type { FieldModel } from "@/domain/form";
import { copy } from "../copy";
import { useMcpToolChoices } from "../queries";

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The tools of the server that stands in another field, and what to say where they are not to be had. */
export function useServerTools({ of }: FieldModel) {
  const server = typeof of === "string" && ID.test(of.trim()) ? of.trim() : undefined;
  const tools = useMcpToolChoices(server);
  const problem = tools.error ? asProblem(tools.error) : null;
  const hint =
    server === undefined
      ? isExpression(of)
        ? copy.form.mcpServerComputed
        : copy.form.mcpServerFirst
      : problem
        ? copy.form.mcpNotListed(problem.detail || problem.title)
        : undefined;
  return { tools: tools.data?.results, isPending: server !== undefined && tools.isPending, hint };
}
