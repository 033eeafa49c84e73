import { cx } from "./cx";
import { keyLabels } from "./keys";

/** Keys, written as this machine's keyboard shows them; `keys` like "mod+shift+z". */
export function Kbd({ keys, isInverted = false }: { readonly keys: string; readonly isInverted?: boolean }) {
  return (
    <kbd className="inline-flex gap-0.5 font-sans">
      {keyLabels(keys).map((key) => (
        <span
          key={key}
          className={cx(
            "inline-flex h-5 min-w-5 items-center justify-center rounded-control px-1 text-meta",
            isInverted ? "bg-bg/20 text-bg" : "border border-line bg-raised text-muted",
          )}
        >
          {key}
        </span>
      ))}
    </kbd>
  );
}
