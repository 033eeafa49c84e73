import { CircleAlert, CircleCheck } from "lucide-react";
import { useEffect } from "react";
import { useSearchParams } from "react-router";
import { Button } from "@/ui/Button";
import { Logo } from "@/ui/Logo";
import { copy } from "./copy";

/** Where a provider's sign-in ends, in its window: it closes by itself, or says what went wrong. */
export function ReturnScreen() {
  const [params] = useSearchParams();
  const error = params.get("error");
  useEffect(() => {
    if (error === null) window.close();
  }, [error]);
  return (
    <main className="flex min-h-full flex-col items-center justify-center gap-4 bg-bg px-6 py-12 text-center">
      <title>{`${copy.returnTitle} · ${copy.product}`}</title>
      <Logo size={40} />
      <h1 className="font-semibold text-page">{copy.returnTitle}</h1>
      {error === null ? (
        <p role="status" className="flex items-start gap-2">
          <CircleCheck aria-hidden="true" size={20} strokeWidth={1.75} className="shrink-0 text-ok" />
          {copy.returnDone}
        </p>
      ) : (
        <p role="alert" className="flex max-w-90 items-start gap-2 text-left">
          <CircleAlert aria-hidden="true" size={20} strokeWidth={1.75} className="shrink-0 text-err" />
          {copy.returnErrors[error] ?? copy.returnRefused(error)}
        </p>
      )}
      <Button onClick={() => window.close()}>{copy.closeWindow}</Button>
    </main>
  );
}
