import { asProblem } from "@/api";
import { Button } from "@/ui/Button";
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
    async (example: (typeof examples)[number]) => importWorkflow(await example.load()),
    onMade,
  );
  const onError = (error: Error) => toast({ kind: "error", text: asProblem(error).message });
  return (
    <EmptyState title={copy.empty} action={action}>
      <p className="mb-2">{copy.examples}</p>
      <div className="flex flex-wrap justify-center gap-2">
        {examples.map((example) => (
          <Button key={example.title} disabled={isPending} onClick={() => mutate(example, { onError })}>
            {example.title}
          </Button>
        ))}
      </div>
    </EmptyState>
  );
}
