import { useState } from "react";
import { jsonText, parseJson } from "@/domain/exactJson";
import { FormDialog, useAction } from "@/features/screen";
import { CodeEditor } from "@/ui/CodeEditor";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { copy } from "./copy";
import { type Case, type CaseChange, changeCase } from "./queries";

interface CaseDialogProps {
  readonly testCase: Case;
  readonly onClose: () => void;
}

/** Returns the value of a text, or undefined where it is no JSON. */
function parsed(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: parseJson(text) };
  } catch {
    return undefined;
  }
}

/** Changes a test: its name, input, expected output, what is left out. */
export function CaseDialog({ testCase, onClose }: CaseDialogProps) {
  const [name, setName] = useState(testCase.name);
  const [input, setInput] = useState(jsonText(testCase.input, 2));
  const [expected, setExpected] = useState(jsonText(testCase.expected, 2));
  const [ignore, setIgnore] = useState(testCase.ignore.join(", "));
  const [limit, setLimit] = useState(String(testCase.timeout_s));
  const [isTried, setIsTried] = useState(false);
  const save = useAction((change: CaseChange) => changeCase(testCase, change), {
    refresh: ["tests"],
    isShown: true,
    onDone: onClose,
  });
  const [given, wanted] = [parsed(input), parsed(expected)];
  const inputError = given ? undefined : copy.notJson;
  const expectedError = wanted ? (Array.isArray(wanted.value) ? undefined : copy.notList) : copy.notJson;
  const submit = () => {
    setIsTried(true);
    if (!given || !wanted || !Array.isArray(wanted.value)) return;
    save.run({
      name: name.trim(),
      input: given.value,
      expected: wanted.value,
      timeout_s: Number(limit),
      ignore: ignore
        .split(",")
        .map((path) => path.trim())
        .filter(Boolean),
    });
  };
  const { problem } = save;
  return (
    <FormDialog
      title={copy.editTitle}
      submitLabel={copy.save}
      size="large"
      isBusy={save.isBusy}
      problem={problem}
      fields={["name", "input", "expected", "ignore", "timeout_s"]}
      onSubmit={submit}
      onClose={onClose}
    >
      <Field label={copy.name} isRequired error={problem?.messageOf("name")}>
        <Input value={name} required maxLength={200} onChange={(event) => setName(event.target.value)} />
      </Field>
      <div className="grid grid-cols-2 gap-4 max-md:grid-cols-1">
        <Field label={copy.input} error={(isTried && inputError) || problem?.messageOf("input")}>
          <CodeEditor label={copy.input} language="json" value={input} onChange={setInput} />
        </Field>
        <Field label={copy.expected} error={(isTried && expectedError) || problem?.messageOf("expected")}>
          <CodeEditor label={copy.expected} language="json" value={expected} onChange={setExpected} />
        </Field>
      </div>
      <Field label={copy.ignore} help={copy.ignoreHelp} error={problem?.messageOf("ignore")}>
        <Input value={ignore} onChange={(event) => setIgnore(event.target.value)} />
      </Field>
      <Field label={copy.timeout} error={problem?.messageOf("timeout_s")}>
        <Input
          type="number"
          min={0.1}
          max={3600}
          step="any"
          required
          className="max-w-32"
          value={limit}
          onChange={(event) => setLimit(event.target.value)}
        />
      </Field>
    </FormDialog>
  );
}
