import { Command } from "cmdk";
import { Plus } from "lucide-react";
import { useState } from "react";
import type { FieldModel } from "@/domain/form";
import { Button } from "@/ui/Button";
import { menuItemClass } from "@/ui/menuClass";
import { Popover } from "@/ui/Popover";
import { copy } from "../copy";

interface OptionMenuProps {
  readonly fields: readonly FieldModel[];
  readonly onChoose: (name: string) => void;
}

/** What else can be set: fields that nobody needs from the start. */
export function OptionMenu({ fields, onChoose }: OptionMenuProps) {
  const [isOpen, setIsOpen] = useState(false);
  if (fields.length === 0) return null;
  return (
    <Popover
      label={copy.form.addOption}
      isOpen={isOpen}
      onOpenChange={setIsOpen}
      className="w-72 p-1"
      trigger={
        <Button size="small" variant="ghost" icon={<Plus size={16} strokeWidth={1.75} />} className="self-start">
          {copy.form.addOption}
        </Button>
      }
    >
      <Command label={copy.form.addOption}>
        <Command.Input
          placeholder={copy.form.searchOptions}
          className="h-8 w-full border-b bg-transparent px-2.5 text-ui outline-none"
        />
        <Command.List className="max-h-72 overflow-y-auto pt-1">
          <Command.Empty className="px-2.5 py-3 text-muted">{copy.form.noMoreOptions}</Command.Empty>
          {fields.map((field) => (
            <Command.Item
              key={field.name}
              value={field.name}
              keywords={[field.label, field.help]}
              onSelect={() => {
                setIsOpen(false);
                onChoose(field.name);
              }}
              className={`${menuItemClass} items-start data-[selected=true]:bg-raised data-[disabled=false]:opacity-100`}
            >
              <span className="flex min-w-0 flex-col">
                <span>{field.label}</span>
                {field.help ? <span className="line-clamp-2 text-meta text-muted">{field.help}</span> : null}
              </span>
            </Command.Item>
          ))}
        </Command.List>
      </Command>
    </Popover>
  );
}
