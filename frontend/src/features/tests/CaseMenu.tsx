import { Ellipsis, Pencil, SquareArrowOutUpRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { CaseDialog } from "./CaseDialog";
import { copy } from "./copy";
import { type Case, deleteCase } from "./queries";

/** What can be done with one test. */
export function CaseMenu({ testCase }: { readonly testCase: Case }) {
  const { name, workflow_id, source_execution_id } = testCase;
  const navigate = useNavigate();
  const [open, setOpen] = useState<"edit" | "remove">();
  const refusal = useRefusal(workflow_id)("editor");
  const close = () => setOpen(undefined);
  const remove = useAction(deleteCase, { refresh: ["tests"], onDone: close });
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<Pencil size={16} />} refusal={refusal} onSelect={() => setOpen("edit")}>
          {copy.edit}
        </MenuItem>
        {source_execution_id ? (
          <MenuItem
            icon={<SquareArrowOutUpRight size={16} />}
            onSelect={() => void navigate(`/workflows/${encodeURIComponent(workflow_id)}/runs/${source_execution_id}`)}
          >
            {copy.source}
          </MenuItem>
        ) : null}
        <MenuSeparator />
        <MenuItem isDangerous icon={<Trash2 size={16} />} refusal={refusal} onSelect={() => setOpen("remove")}>
          {copy.remove}
        </MenuItem>
      </Menu>
      {open === "edit" ? <CaseDialog testCase={testCase} onClose={close} /> : null}
      <ConfirmDialog
        isOpen={open === "remove"}
        title={copy.removeTitle(name)}
        consequence={copy.removeText}
        confirmLabel={copy.remove}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(testCase)}
        onClose={close}
      />
    </>
  );
}
