import { asProblem } from "@/api";
import { EmptyState } from "@/ui/EmptyState";
import { toast } from "@/ui/toast";
import { copy } from "./copy";
import { examples } from "./examples";
import { importWorkflow, useMaking } from "./queries";

interface EmptyWorkflowsProps {
  readonly action: React.ReactNode;
  readonly onMade: (id: string) => void;
}

/** The list before the first workflow: examples to start from. */
export function EmptyWorkflows({ action, onMade }: EmptyWorkflowsProps) {
  const { mutate, isPending } = useMaking(
    async (example: (typeof examples)[number]) => (await importWorkflow(await example.load())).workflow.id,
    onMade,
  );
  const onError = (error: Error) => toast({ kind: "error", text: asProblem(error).message });
  return (
    <div className="flex flex-col items-center px-6 pb-16 max-md:px-4">
      <EmptyState title={copy.empty} action={action} />
      <p className="mb-3 text-muted">{copy.orExample}</p>
      <ul aria-label={copy.examples} className="grid w-full max-w-220 grid-cols-3 gap-3 text-left max-md:grid-cols-1">
        {examples.map((example) => (
          <li key={example.title} className="flex">
            <button
              type="button"
              disabled={isPending}
              onClick={() => mutate(example, { onError })}
              className="flex w-full flex-col gap-1 rounded-node border bg-surface p-4 text-left text-text hover:border-accent disabled:opacity-50"
            >
              <span className="font-semibold">{example.title}</span>
              <span className="text-meta text-muted">{example.text}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
