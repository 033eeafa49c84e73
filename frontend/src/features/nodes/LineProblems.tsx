import { CircleAlert } from "lucide-react";
import type { CodeProblem } from "@/ui/codeEditorProps";
import { copy } from "./copy";

/** What is wrong with code, line by line; the editor marks the same lines. */
export function LineProblems({ problems }: { readonly problems: readonly CodeProblem[] }) {
  return (
    <div role="alert" className="rounded-control bg-err-tint px-3 py-2">
      <p className="flex items-center gap-2 font-medium">
        <CircleAlert aria-hidden="true" size={16} strokeWidth={1.75} className="shrink-0 text-err" />
        {copy.offences(problems.length)}
      </p>
      <ul className="mt-1 flex flex-col gap-0.5 pl-6">
        {problems.map(({ line, column, message }) => (
          <li key={`${line} ${column} ${message}`} className="break-words">
            <span className="font-mono text-meta text-muted">{copy.line(line)}</span> {message}
          </li>
        ))}
      </ul>
    </div>
  );
}
