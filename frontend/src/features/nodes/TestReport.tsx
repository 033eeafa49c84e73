import { CircleAlert, CircleCheck } from "lucide-react";
import { Card } from "@/ui/Card";
import { copy } from "./copy";
import type { CustomNode } from "./queries";

/** How the tests went that a custom node brings along. */
export function TestReport({ lines }: { readonly lines: CustomNode["test_report"] }) {
  return (
    <Card title={copy.tests}>
      {lines.length === 0 ? (
        <p className="text-muted">{copy.testsNone}</p>
      ) : (
        <ul className="flex flex-col gap-2">
          {lines.map(({ name, passed, message, line }, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: tests may share a name; the list never moves
            <li key={at} className="flex items-start gap-2">
              {passed ? (
                <CircleCheck aria-label={copy.testPassed} size={16} className="mt-0.5 shrink-0 text-ok" />
              ) : (
                <CircleAlert aria-label={copy.testFailed} size={16} className="mt-0.5 shrink-0 text-err" />
              )}
              <span className="min-w-0">
                <span className="font-medium">{name}</span>
                {message ? <span className="block whitespace-pre-wrap break-words text-muted">{message}</span> : null}
                {line !== null && !passed ? (
                  <span className="font-mono text-meta text-muted">{copy.line(line)}</span>
                ) : null}
              </span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
