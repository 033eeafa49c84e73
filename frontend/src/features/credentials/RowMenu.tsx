import { Ellipsis, FlaskConical, SquareArrowOutUpRight, Trash2 } from "lucide-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useAction } from "@/features/screen";
import { IconButton } from "@/ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "@/ui/Menu";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { DeleteDialog } from "./DeleteDialog";
import { type Credential, testCredential } from "./queries";

/** What can be done with one credential of the list. */
export function RowMenu({ credential }: { readonly credential: Credential }) {
  const { id, name, my_role } = credential;
  const navigate = useNavigate();
  const [isAsking, setIsAsking] = useState(false);
  const test = useAction(testCredential, {
    refresh: ["credentials"],
    onDone: ({ verified, message }) => toast({ kind: verified ? "ok" : "error", text: copy.tested(name, message) }),
  });
  return (
    <>
      <Menu align="end" trigger={<IconButton label={copy.more(name)} icon={<Ellipsis size={16} />} />}>
        <MenuItem icon={<SquareArrowOutUpRight size={16} />} onSelect={() => void navigate(`/credentials/${id}`)}>
          {copy.open}
        </MenuItem>
        {my_role === "owner" ? (
          <>
            <MenuItem icon={<FlaskConical size={16} />} onSelect={() => test.run(id)}>
              {copy.test}
            </MenuItem>
            <MenuSeparator />
            <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setIsAsking(true)}>
              {copy.remove}
            </MenuItem>
          </>
        ) : null}
      </Menu>
      {isAsking ? <DeleteDialog credential={credential} onClose={() => setIsAsking(false)} /> : null}
    </>
  );
}
