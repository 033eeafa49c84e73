import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asProblem, type ProblemError } from "@/api";
import { toast } from "@/ui/toast";

interface ActionOptions<Out> {
  /** First words of the query keys that are asked again afterwards. */
  readonly refresh: readonly string[];
  readonly onDone?: (answer: Out) => void;
  /** A note when it worked, for results that are not in view. */
  readonly done?: string;
  /** The problem stands in a form, so no note tells it. */
  readonly isShown?: boolean;
}

export interface Action<In> {
  readonly run: (input: In) => void;
  readonly isBusy: boolean;
  readonly problem: ProblemError | null;
  readonly reset: () => void;
}

/** A change on the server: what it touched is asked again, a refusal is told. */
export function useAction<In = void, Out = unknown>(
  act: (input: In) => Promise<Out>,
  { refresh, onDone, done, isShown = false }: ActionOptions<Out>,
): Action<In> {
  const client = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: act,
    onSuccess: (answer) => {
      if (done) toast({ kind: "ok", text: done });
      onDone?.(answer);
    },
    onError: (failure) => {
      if (!isShown) sayProblem(failure);
    },
    onSettled: () => {
      for (const key of refresh) void client.invalidateQueries({ queryKey: [key] });
    },
  });
  return { run: mutate, isBusy: isPending, problem: error ? asProblem(error) : null, reset };
}

/** Tells a refusal in a note, in the server's words. */
export function sayProblem(failure: unknown): void {
  const problem = asProblem(failure);
  const text = problem.status === 404 ? "This does not exist, or is not yours." : problem.detail || problem.title;
  toast({ kind: "error", text });
}
