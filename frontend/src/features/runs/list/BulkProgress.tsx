import { copy } from "../copy";
import { type BulkVerb, isOver, type Job, useJob } from "./bulk";

const MOST_CODES = 5;

/** How far a job is, and in the end what it did. */
export function BulkProgress({ job: begun, verb }: { readonly job: Job; readonly verb: BulkVerb }) {
  const { data: job = begun } = useJob(begun);
  const { done, total } = job.progress;
  const refused = job.result?.refused ?? [];
  const codes = new Map<string, number>();
  for (const { code } of refused) codes.set(code, (codes.get(code) ?? 0) + 1);
  return (
    <div role="status" className="flex flex-col gap-2">
      <progress
        className="h-1.5 w-full accent-accent"
        aria-label={copy.progress}
        max={Math.max(1, total)}
        value={done}
      />
      <p>{isOver(job) ? copy.bulk[verb].done(job.result?.started ?? 0) : copy.progressText(done, total)}</p>
      {refused.length > 0 ? <p className="text-muted">{copy.refused(refused.length)}</p> : null}
      <ul className="list-disc pl-5 text-muted empty:hidden">
        {[...codes].slice(0, MOST_CODES).map(([code, count]) => (
          <li key={code}>{`${copy.refusedCodes[code] ?? code.replaceAll("_", " ")}: ${count}`}</li>
        ))}
      </ul>
      {job.error ? <p className="text-err">{job.error.message}</p> : null}
    </div>
  );
}
