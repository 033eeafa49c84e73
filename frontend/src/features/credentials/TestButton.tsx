import { CircleAlert, CircleCheck } from "lucide-react";
import { useState } from "react";
import { useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import { testCredential } from "./queries";

/** Tries a login at its service; the answer stands beside the button. */
export function TestButton({ id }: { readonly id: string }) {
  const [answer, setAnswer] = useState<{ readonly works: boolean; readonly text: string }>();
  const test = useAction(testCredential, {
    refresh: ["credentials"],
    isShown: true,
    onDone: ({ verified, message }) => setAnswer({ works: verified, text: message || copy.works }),
  });
  const failed = test.problem ? { works: false, text: test.problem.detail || test.problem.title } : undefined;
  const shown = failed ?? answer;
  const Icon = shown?.works ? CircleCheck : CircleAlert;
  return (
    <>
      <Button variant="primary" isBusy={test.isBusy} onClick={() => test.run(id)}>
        {copy.test}
      </Button>
      <p role="status" className="flex basis-full items-start justify-end gap-1.5 text-meta empty:hidden">
        {shown ? (
          <>
            <Icon aria-hidden="true" size={16} className={shown.works ? "shrink-0 text-ok" : "shrink-0 text-err"} />
            <span className="min-w-0 max-w-120 break-words">{shown.text}</span>
          </>
        ) : null}
      </p>
    </>
  );
}
