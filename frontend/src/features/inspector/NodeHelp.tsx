import { CircleQuestionMark } from "lucide-react";
import type { NodeType } from "@/domain/definition";
import { IconButton } from "@/ui/IconButton";
import { Markdown } from "@/ui/Markdown";
import { Popover } from "@/ui/Popover";
import { copy } from "./copy";

/** What a kind does, in the words of the catalogue; the same for kinds that users write. */
export function NodeHelp({ type }: { readonly type: NodeType }) {
  if (type.description === "" && type.docs === "") return null;
  return (
    <Popover
      label={copy.node.helpOn(type.label)}
      align="end"
      className="w-90"
      trigger={<IconButton label={copy.node.help} icon={<CircleQuestionMark size={16} strokeWidth={1.75} />} />}
    >
      <Markdown text={type.docs || type.description} />
      {type.output_fields.length > 0 ? (
        <>
          <h4 className="mt-3 font-medium">{copy.node.helpFields}</h4>
          <ul className="mt-1 flex flex-wrap gap-1">
            {type.output_fields.map(({ name, type: kind }) => (
              <li key={name} className="rounded-control bg-raised px-1.5 font-mono text-meta" title={kind}>
                {name}
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </Popover>
  );
}
