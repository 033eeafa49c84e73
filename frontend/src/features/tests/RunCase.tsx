import { Play } from "lucide-react";
import { useAction } from "@/features/screen";
import { useRefusal } from "@/features/sharing";
import { Button } from "@/ui/Button";
import { copy } from "./copy";
import { type Case, runCase } from "./queries";

/** Runs one test; its result appears in the list. */
export function RunCase({ testCase }: { readonly testCase: Case }) {
  const refusal = useRefusal(testCase.workflow_id)("editor");
  const run = useAction(runCase, { refresh: ["tests"] });
  return (
    <Button
      size="small"
      icon={<Play size={14} />}
      aria-label={`${copy.runOne} ${testCase.name}`}
      refusal={refusal}
      isBusy={run.isBusy}
      onClick={() => run.run(testCase)}
    >
      {copy.runOne}
    </Button>
  );
}
