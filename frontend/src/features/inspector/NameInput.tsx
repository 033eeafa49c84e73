import { useState } from "react";
import { copy } from "./copy";

interface NameInputProps {
  readonly name: string;
  readonly isReadOnly: boolean;
  readonly onRename: (name: string) => void;
}

/** A node's name; Enter or leaving takes it, Esc does not. */
export function NameInput({ name, isReadOnly, onRename }: NameInputProps) {
  const [text, setText] = useState(name);
  return (
    <input
      aria-label={copy.node.name}
      data-node-name
      value={text}
      data-keeps-escape={text === name ? undefined : true}
      readOnly={isReadOnly}
      maxLength={200}
      onChange={(event) => setText(event.target.value)}
      onBlur={() => {
        if (text.trim() === "" || text.trim() === name) setText(name);
        else onRename(text);
      }}
      onKeyDown={(event) => {
        if (event.key === "Enter") event.currentTarget.blur();
        if (event.key !== "Escape" || text === name) return;
        event.stopPropagation();
        setText(name);
      }}
      className="w-full truncate rounded-control bg-transparent px-1 font-semibold text-body hover:bg-raised focus:bg-raised"
    />
  );
}
