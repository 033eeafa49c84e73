import { useMutation } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { asProblem, type ProblemError } from "@/api";

interface Submit {
  readonly isBusy: boolean;
  readonly problem: ProblemError | null;
  readonly isDone: boolean;
  readonly onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}

/** Sends a form's fields, as text by name. */
export function useSubmit(send: (fields: Readonly<Record<string, string>>) => Promise<unknown>): Submit {
  const { mutate, isPending, error, isSuccess } = useMutation({ mutationFn: send });
  return {
    isBusy: isPending,
    problem: error ? asProblem(error) : null,
    isDone: isSuccess,
    onSubmit: (event) => {
      event.preventDefault();
      const fields = [...new FormData(event.currentTarget)].map(([name, value]) => [name, String(value)]);
      mutate(Object.fromEntries(fields));
    },
  };
}
