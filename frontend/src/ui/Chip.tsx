import { X } from "lucide-react";
import type { ReactNode } from "react";

interface ChipProps {
  readonly children: ReactNode;
  /** What the button that takes it away is called. */
  readonly removeLabel?: string;
  readonly onRemove?: () => void;
}

/** A value among others: a tag, a chosen filter, an entry of a list. */
export function Chip({ children, removeLabel = "Remove", onRemove }: ChipProps) {
  return (
    <span className="inline-flex h-6 max-w-full items-center gap-0.5 rounded-control border bg-raised pr-1 pl-2 text-meta">
      <span className="truncate pr-1">{children}</span>
      {onRemove ? (
        <button
          type="button"
          aria-label={removeLabel}
          onClick={onRemove}
          className="relative inline-flex size-4 items-center justify-center rounded-control text-muted before:absolute before:-inset-1 hover:bg-line hover:text-text"
        >
          <X aria-hidden="true" size={12} strokeWidth={2} />
        </button>
      ) : null}
    </span>
  );
}
