import { CornerDownLeft, Route } from "lucide-react";
import type { Item } from "@/domain/definition";
import { copyText } from "@/ui/copyText";
import { IconButton } from "@/ui/IconButton";
import { JsonTree } from "@/ui/JsonTree";
import { copy } from "./copy";
import { type References, referenceTo } from "./reference";

interface ItemJsonProps {
  readonly label: string;
  readonly item: Item;
  readonly references: References;
}

/** One item as a folding tree. */
export function ItemJson({ label, item, references }: ItemJsonProps) {
  const { onInsert } = references;
  return (
    <JsonTree
      label={label}
      value={item.json}
      className="flex-1"
      rowActions={(row) => {
        const reference = referenceTo(references, row.path);
        return (
          <>
            {onInsert ? (
              <IconButton
                size="small"
                label={copy.insert(reference)}
                icon={<CornerDownLeft size={14} strokeWidth={1.75} />}
                onClick={() => onInsert(reference)}
              />
            ) : null}
            <IconButton
              size="small"
              label={copy.copyPath}
              icon={<Route size={14} strokeWidth={1.75} />}
              onClick={() => void copyText(reference)}
            />
          </>
        );
      }}
    />
  );
}
