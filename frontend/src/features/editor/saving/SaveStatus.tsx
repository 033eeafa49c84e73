import { saveNow, useDocument } from "@/features/document";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Tooltip } from "@/ui/Tooltip";
import { copy } from "../copy";
import { conflictStore } from "./conflictStore";

const TONES: Readonly<Record<string, string>> = {
  saved: "text-muted",
  saving: "text-muted",
  unsaved: "text-muted",
  offline: "text-warn",
  refused: "text-err",
  conflict: "text-err",
  gone: "text-err",
};

/** One of: saving, saved, saved on this device, conflict. Never a toast. */
export function SaveStatus() {
  const state = useDocument((document) => document.saveState);
  const refusal = useDocument((document) => document.refusal);
  const words = (
    <span
      role="status"
      data-save-state={state}
      className={cx("shrink-0 whitespace-nowrap text-meta", TONES[state], state === "saved" && "max-lg:sr-only")}
    >
      {copy.save[state]}
    </span>
  );
  return (
    <>
      {refusal ? <Tooltip content={refusal}>{words}</Tooltip> : words}
      {state === "refused" ? (
        <Button size="small" onClick={() => void saveNow()}>
          {copy.saveAgain}
        </Button>
      ) : null}
      {state === "conflict" ? (
        <Button size="small" onClick={() => conflictStore.setState({ isPutOff: false })}>
          {copy.conflict.open}
        </Button>
      ) : null}
    </>
  );
}
