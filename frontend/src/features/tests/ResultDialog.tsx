import { jsonText } from "@/domain/exactJson";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { copy } from "./copy";
import type { Result } from "./queries";
import { ResultBadge } from "./ResultBadge";

interface ResultDialogProps {
  readonly name: string;
  readonly result: Result;
  readonly onClose: () => void;
}

function textOf(value: unknown): string {
  return value === undefined ? copy.nothing : jsonText(value, 2);
}

/** What a test found: the error, or each place where the output differs. */
export function ResultDialog({ name, result: { status, error, differences }, onClose }: ResultDialogProps) {
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={name}
      size="medium"
      footer={<Button onClick={onClose}>{copy.close}</Button>}
    >
      <div className="flex flex-col gap-3">
        <div>
          <ResultBadge status={status} />
        </div>
        {error ? (
          <p className="whitespace-pre-wrap break-words rounded-control bg-err-tint px-3 py-2">
            {error.node_label ? <b className="font-medium">{error.node_label}: </b> : null}
            {error.message}
          </p>
        ) : null}
        {status === "passed" ? <p>{copy.same}</p> : null}
        {differences.length > 0 ? (
          <ul aria-label={copy.differs} className="flex flex-col gap-3">
            {differences.map(({ path, expected, actual }) => (
              <li key={path} className="flex flex-col gap-1">
                <span className="break-all font-mono text-meta text-muted">{path}</span>
                <div className="grid grid-cols-2 gap-2 max-md:grid-cols-1">
                  <div className="min-w-0 rounded-control bg-ok-tint px-2 py-1">
                    <span className="block text-meta text-muted">{copy.expectedShort}</span>
                    <pre className="whitespace-pre-wrap break-words font-mono text-meta">{textOf(expected)}</pre>
                  </div>
                  <div className="min-w-0 rounded-control bg-err-tint px-2 py-1">
                    <span className="block text-meta text-muted">{copy.actual}</span>
                    <pre className="whitespace-pre-wrap break-words font-mono text-meta">{textOf(actual)}</pre>
                  </div>
                </div>
              </li>
            ))}
          </ul>
        ) : null}
      </div>
    </Dialog>
  );
}
