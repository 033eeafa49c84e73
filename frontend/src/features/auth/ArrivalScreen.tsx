import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api";
import { Spinner } from "@/ui/Spinner";
import { AuthPage } from "./AuthPage";
import { copy } from "./copy";
import { FormProblem } from "./FormProblem";
import { linkClass } from "./linkClass";

interface ArrivalScreenProps {
  readonly enter: () => Promise<unknown>;
  readonly onDone: () => void;
}

const begun = new WeakSet<() => Promise<unknown>>();

/** Signs in with what an address brought, once, and says what went wrong. */
export function ArrivalScreen({ enter, onDone }: ArrivalScreenProps) {
  const { mutate, error } = useMutation({ mutationFn: enter, onSuccess: onDone });
  useEffect(() => {
    if (begun.has(enter)) return;
    begun.add(enter);
    mutate();
  }, [enter, mutate]);
  return (
    <AuthPage
      title={copy.signInTitle}
      below={
        <Link className={linkClass} to="/login">
          {copy.back}
        </Link>
      }
    >
      {error ? (
        <FormProblem problem={asProblem(error)} />
      ) : (
        <p role="status" className="flex items-center justify-center gap-2 py-4 text-muted">
          <Spinner /> {copy.signingIn}
        </p>
      )}
    </AuthPage>
  );
}
