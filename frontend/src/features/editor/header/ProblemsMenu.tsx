import { CircleAlert, CircleCheck, TriangleAlert } from "lucide-react";
import { useRef, useState } from "react";
import type { Diagnostic, NodeType } from "@/domain/definition";
import { createNodeList } from "@/domain/graph";
import { useCatalogue } from "@/features/catalogue";
import { useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Popover } from "@/ui/Popover";
import { focusField } from "../actions/focusField";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore, select, useEditor } from "../editorStore";

const ICON = { size: 16, strokeWidth: 1.75, "aria-hidden": true } as const;

/** Returns what the form calls the param that a problem is about. */
function fieldLabel(type: NodeType | undefined, path: string | null): string | undefined {
  const [part, name] = path?.split(".") ?? [];
  return part === "params" ? type?.fields.find((field) => field.name === name)?.label : undefined;
}

/** What the compiler found, each leading to its node and the field that it is about. */
export function ProblemsMenu({ diagnostics }: { readonly diagnostics: readonly Diagnostic[] }) {
  const { viewport } = useEditorContext();
  const isOpen = useEditor((state) => state.isProblemsOpen);
  const { data: catalogue } = useCatalogue();
  const [list] = useState(createNodeList);
  const nodes = useDocument((state) => list(state.definition.nodes));
  const errors = diagnostics.filter((one) => one.severity === "error").length;
  const hasChosen = useRef(false);
  const setOpen = (isProblemsOpen: boolean) => {
    hasChosen.current = false;
    editorStore.setState({ isProblemsOpen });
  };
  const go = ({ node_id, edge_id, field, related }: Diagnostic) => {
    setOpen(false);
    hasChosen.current = true;
    const ids = [node_id, ...related].filter((id) => id !== null);
    select(ids.slice(0, 1), edge_id === null ? [] : [edge_id]);
    if (ids.length > 0) viewport.reveal(ids);
    if (node_id === null && field?.startsWith("settings.")) editorStore.setState({ isSettingsOpen: true });
    else if (node_id !== null && field !== null) focusField(node_id, field);
    else viewport.focus();
  };
  if (diagnostics.length === 0) {
    return (
      <span className="flex shrink-0 items-center gap-1.5 whitespace-nowrap px-2 text-meta text-muted max-xl:sr-only">
        <CircleCheck {...ICON} />
        {copy.noProblems}
      </span>
    );
  }
  return (
    <Popover
      label={copy.problemsTitle}
      align="end"
      isOpen={isOpen}
      onOpenChange={setOpen}
      leavesFocus={() => hasChosen.current}
      className="w-105 p-1"
      trigger={
        <Button
          variant="ghost"
          icon={
            errors > 0 ? (
              <CircleAlert {...ICON} className="text-err" />
            ) : (
              <TriangleAlert {...ICON} className="text-warn" />
            )
          }
        >
          {copy.problems(diagnostics.length)}
        </Button>
      }
    >
      <ul>
        {diagnostics.map((one) => {
          const Icon = one.severity === "error" ? CircleAlert : TriangleAlert;
          const node = nodes.find(({ id }) => id === one.node_id);
          const label = node?.data.label;
          const field = fieldLabel(node && catalogue?.find(node.type, node.data.version), one.field);
          return (
            <li key={JSON.stringify([one.code, one.node_id, one.edge_id, one.field, one.message])}>
              <button
                type="button"
                onClick={() => go(one)}
                className="flex w-full items-start gap-2 rounded-control px-2 py-1.5 text-left -outline-offset-2 hover:bg-raised"
              >
                <Icon
                  {...ICON}
                  className={cx("mt-0.5 shrink-0", one.severity === "error" ? "text-err" : "text-warn")}
                />
                <span className="min-w-0">
                  <span className="sr-only">{one.severity === "error" ? copy.error : copy.warning}</span>
                  {label ? <span className="block truncate font-medium">{label}</span> : null}
                  <span className="block break-words text-muted">
                    {field ? `${field}: ${one.message}` : one.message}
                  </span>
                </span>
              </button>
            </li>
          );
        })}
      </ul>
    </Popover>
  );
}
