import { Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Field } from "@/ui/Field";
import { IconButton } from "@/ui/IconButton";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import { type PromptRules, savePromptRules } from "./queries";

type Pattern = PromptRules["patterns"][number];
interface Row extends Pattern {
  readonly key: number;
}

const ACTIONS: readonly Pattern["action"][] = ["block", "warn"];

/** Patterns that block or warn, and how long an input may be. */
export function PromptRulesForm({ given }: { readonly given: PromptRules }) {
  const [rows, setRows] = useState<readonly Row[]>(given.patterns.map((one, key) => ({ ...one, key })));
  const [most, setMost] = useState(String(given.max_input_chars));
  const save = useAction(savePromptRules, { refresh: ["admin"], isShown: true, done: copy.saved });
  const change = (key: number, part: Partial<Pattern>) =>
    setRows(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  const add = () =>
    setRows([...rows, { pattern: "", action: "block", key: Math.max(-1, ...rows.map((row) => row.key)) + 1 }]);
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.run({
          max_input_chars: Number(most),
          patterns: rows.map(({ pattern, action }) => ({ pattern, action })),
        });
      }}
    >
      {rows.length === 0 ? <p className="text-muted">{copy.noPatterns}</p> : null}
      {rows.map(({ key, pattern, action }, at) => (
        <div key={key} className="flex items-end gap-2 max-md:flex-wrap">
          <div className="min-w-48 flex-1 max-md:basis-full">
            <Field label={copy.pattern} error={save.problem?.messageOf(`patterns.${at}.pattern`)}>
              <Input
                className="font-mono"
                value={pattern}
                required
                maxLength={1000}
                spellCheck={false}
                onChange={(event) => change(key, { pattern: event.target.value })}
              />
            </Field>
          </div>
          <div className="w-28">
            <Field label={copy.action}>
              <Select
                value={action}
                options={ACTIONS.map((value) => ({ value, label: copy.actions[value] }))}
                onChange={(next) => change(key, { action: next })}
              />
            </Field>
          </div>
          <IconButton
            label={copy.removePattern}
            icon={<Trash2 size={16} />}
            onClick={() => setRows(rows.filter((row) => row.key !== key))}
          />
        </div>
      ))}
      <Button className="self-start" icon={<Plus size={16} />} onClick={add}>
        {copy.addPattern}
      </Button>
      <Field label={copy.maxChars} error={save.problem?.messageOf("max_input_chars")}>
        <Input
          type="number"
          min={100}
          max={10_000_000}
          required
          className="max-w-40"
          value={most}
          onChange={(event) => setMost(event.target.value)}
        />
      </Field>
      <FormProblem
        problem={save.problem}
        fields={["max_input_chars", ...rows.map((_, at) => `patterns.${at}.pattern`)]}
      />
      <Button type="submit" variant="primary" className="self-start" isBusy={save.isBusy}>
        {copy.save}
      </Button>
    </form>
  );
}
