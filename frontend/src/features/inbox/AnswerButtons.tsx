import { useMemo } from "react";
import { Button } from "@/ui/Button";
import { Kbd } from "@/ui/Kbd";
import { useCommands } from "@/ui/useCommands";
import type { Answer } from "./answers";
import { copy } from "./copy";

interface AnswerButtonsProps {
  /** Without any, one button sends what was filled in. */
  readonly answers: readonly Answer[];
  /** The action that is being sent. */
  readonly busy: string | null;
  readonly cannotSend: boolean;
  /** Why nothing may be answered here. */
  readonly refusal: string | undefined;
  readonly onSend: (value: string | null) => void;
}

/** A button for each answer. Its number puts the focus on it: a single key never decides. */
export function AnswerButtons({ answers, busy, cannotSend, refusal, onSend }: AnswerButtonsProps) {
  const isSending = busy !== null;
  const commands = useMemo(
    () =>
      answers.map(({ value, label }, at) => ({
        id: `answer-${value}`,
        label: copy.answerWith(label),
        group: copy.title,
        ...(at < 9 ? { keys: String(at + 1) } : {}),
        run: () => document.getElementById(buttonId(value))?.focus(),
      })),
    [answers],
  );
  useCommands("inbox-task", commands);
  return (
    <div className="flex flex-wrap gap-2 max-md:sticky max-md:bottom-0 max-md:bg-surface max-md:py-2 max-md:[&>button]:flex-1">
      {answers.length === 0 ? (
        <Button
          size="large"
          variant="primary"
          refusal={refusal}
          isBusy={isSending}
          disabled={cannotSend}
          onClick={() => onSend(null)}
        >
          {copy.send}
        </Button>
      ) : (
        answers.map(({ value, label, isRefusal }, at) => (
          <Button
            key={value}
            id={buttonId(value)}
            size="large"
            variant={isRefusal ? "danger" : at === 0 ? "primary" : "secondary"}
            refusal={refusal}
            disabled={isSending}
            isBusy={busy === value}
            onClick={() => onSend(value)}
          >
            {label}
            {at < 9 ? (
              <span aria-hidden="true" className="max-md:hidden">
                <Kbd keys={String(at + 1)} />
              </span>
            ) : null}
          </Button>
        ))
      )}
    </div>
  );
}

function buttonId(value: string): string {
  return `answer-${value}`;
}
