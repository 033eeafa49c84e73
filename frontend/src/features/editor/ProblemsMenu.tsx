import { CircleAlert } from "lucide-react";
import type { Diagnostic } from "@/domain/definition";
import { documentStore } from "@/features/document";
import { Button } from "@/ui/Button";
import { Menu, MenuItem } from "@/ui/Menu";
import { copy } from "./copy";

/** What the compiler found, each leading to its node. */
export function ProblemsMenu({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) {
  if (diagnostics.length === 0) return <span className="text-meta text-muted max-md:hidden">{copy.noProblems}</span>;
  const hasError = diagnostics.some((one) => one.severity === "error");
  const icon = <CircleAlert size={16} strokeWidth={1.75} className={hasError ? "text-err" : "text-warn"} />;
  return (
    <Menu
      align="end"
      trigger={
        <Button variant="ghost" icon={icon}>
          {copy.problems(diagnostics.length)}
        </Button>
      }
    >
      {diagnostics.slice(0, 30).map((one) => (
        <MenuItem
          key={`${one.code}:${one.node_id}:${one.field}:${one.message}`}
          onSelect={() => one.node_id && documentStore.getState().select([one.node_id])}
        >
          <span className="block max-w-105 break-words">{one.message}</span>
        </MenuItem>
      ))}
    </Menu>
  );
}
