import { Plus } from "lucide-react";
import { Button } from "@/ui/Button";
import { Kbd } from "@/ui/Kbd";
import { copy } from "../copy";
import { useEditorContext } from "../editorContext";

/** Asks for a node behind the chosen one, or anywhere: what N does, for who does not know it yet. */
export function AddButton() {
  const { actions } = useEditorContext();
  return (
    <Button
      data-tour="add"
      icon={<Plus aria-hidden="true" size={16} strokeWidth={1.75} />}
      onClick={actions.add}
      className="absolute top-3 left-3 z-5 shadow-low max-md:hidden"
    >
      {copy.add}
      <span aria-hidden="true">
        <Kbd keys="n" />
      </span>
    </Button>
  );
}
