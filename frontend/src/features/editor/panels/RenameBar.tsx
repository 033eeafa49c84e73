import { useDocument } from "@/features/document";
import { Input } from "@/ui/Input";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";
import { editorStore } from "../editorStore";

/** The name of a node, written over the canvas (F2). Enter takes it, Esc does not. */
export function RenameBar({ nodeId }: { readonly nodeId: string }) {
  const { actions, viewport } = useEditorContext();
  const label = useDocument((state) => state.definition.nodes.find((node) => node.id === nodeId)?.data.label ?? "");
  return (
    <form
      className="absolute top-2 left-1/2 z-20 flex w-80 max-w-[calc(100%-16px)] -translate-x-1/2 animate-fade flex-col gap-1 rounded-node border bg-surface p-2 shadow-mid"
      onSubmit={(event) => {
        event.preventDefault();
        const name = new FormData(event.currentTarget).get("name");
        actions.rename(nodeId, typeof name === "string" ? name : label);
      }}
    >
      <label htmlFor="rename-node" className="text-meta text-muted">
        {copy.renameNode}
      </label>
      <Input
        autoFocus
        id="rename-node"
        name="name"
        type="text"
        defaultValue={label}
        maxLength={200}
        onFocus={(event) => event.currentTarget.select()}
        onBlur={() => editorStore.setState({ renaming: null })}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          editorStore.setState({ renaming: null });
          viewport.focus();
        }}
      />
    </form>
  );
}
