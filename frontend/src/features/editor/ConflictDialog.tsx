import { resolveConflict } from "@/domain/merge";
import { type Clash, settle, useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";

/** Asks whose values stay where two people changed the same fields. Nothing is decided in silence. */
export function ConflictDialog() {
  const clash = useDocument((state) => state.clash);
  if (!clash) return null;
  return (
    <Dialog
      isOpen
      isModalOnly
      size="medium"
      title={copy.conflictTitle}
      description={copy.conflictHelp}
      onClose={() => undefined}
      footer={
        <>
          <Button onClick={() => settle(resolved(clash, "theirs"))}>{copy.takeTheirs}</Button>
          <Button variant="primary" onClick={() => settle(resolved(clash, "mine"))}>
            {copy.keepMine}
          </Button>
        </>
      }
    >
      <ul className="flex max-h-[50dvh] flex-col gap-4 overflow-y-auto">
        {clash.conflicts.map((conflict) => (
          <li key={`${conflict.node}:${conflict.path.join(".")}`}>
            <p className="font-medium">{[conflict.label, ...conflict.path].join(" · ")}</p>
            <dl className="grid grid-cols-[auto_1fr] gap-x-3 break-words">
              <dt className="text-muted">{copy.mine}</dt>
              <dd className="font-mono">{shown(conflict.mine)}</dd>
              <dt className="text-muted">{copy.theirs}</dt>
              <dd className="font-mono">{shown(conflict.theirs)}</dd>
            </dl>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function resolved(clash: Clash, choice: "mine" | "theirs") {
  return clash.conflicts.reduce((definition, one) => resolveConflict(definition, one, choice), clash.merged);
}

function shown(value: unknown): string {
  return value === undefined ? "–" : JSON.stringify(value).slice(0, 2000);
}
