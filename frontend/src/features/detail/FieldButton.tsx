import type { ReactNode } from "react";
import type { Path } from "@/domain/paths";
import { cx } from "@/ui/cx";
import { copy } from "./copy";
import { draggable, type References, referenceTo } from "./reference";

interface FieldButtonProps {
  readonly path: Path;
  readonly references: References;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A field of the data: dragged, clicked or entered it goes into the field that is in use. */
export function FieldButton({ path, references, className, children }: FieldButtonProps) {
  const { onInsert } = references;
  const look = cx("min-w-0 max-w-full truncate rounded-control px-1 py-0.5 text-left", className);
  if (onInsert === undefined) {
    return (
      <span {...draggable(references, path)} className={look}>
        {children}
      </span>
    );
  }
  const reference = referenceTo(references, path);
  return (
    <button
      type="button"
      {...draggable(references, path)}
      title={copy.insert(reference)}
      // The field that is in use keeps its cursor.
      onPointerDown={(event) => event.currentTarget.focus({ preventScroll: true })}
      onClick={() => onInsert(reference)}
      className={cx(look, "cursor-pointer hover:bg-accent-tint")}
    >
      {children}
    </button>
  );
}
