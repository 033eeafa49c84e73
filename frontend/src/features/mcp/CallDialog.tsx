import { lazy, Suspense, useMemo, useState } from "react";
import { jsonText, parseJson } from "@/domain/exactJson";
import { formModel, schemaFields, withDefaults } from "@/domain/form";
import { isJsonObject, type Json, type JsonObject } from "@/domain/json";
import { setIn } from "@/domain/paths";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { JsonTree } from "@/ui/JsonTree";
import { Skeleton } from "@/ui/Skeleton";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { callTool, type McpCall, type McpTool } from "./queries";

/** Controls for all that a schema can say come when a tool is called. */
const ParamForm = lazy(async () => ({ default: (await import("@/features/inspector")).ParamForm }));

interface CallDialogProps {
  readonly tool: McpTool;
  readonly onClose: () => void;
}

/** Calls a tool by hand, with a form made of its schema; a check says what would be sent, and calls nothing. */
export function CallDialog({ tool, onClose }: CallDialogProps) {
  // The OpenAPI calls JSON values `unknown`; the domain names them.
  const schema = tool.input_schema as JsonObject;
  const fields = useMemo(() => schemaFields(schema), [schema]);
  const isOpenEnded = fields.length === 0 && schema.additionalProperties !== false;
  const [value, setValue] = useState<JsonObject>({});
  const [json, setJson] = useState("{}");
  const [checked, setChecked] = useState<{ readonly wrong: number; readonly args: JsonObject }>();
  const [answer, setAnswer] = useState<McpCall>();
  const call = useAction(callTool, { refresh: ["mcp-servers"], isShown: true, onDone: setAnswer });

  const written = isOpenEnded ? objectIn(json) : withDefaults(schema, value);
  const check = (): JsonObject | undefined => {
    const { shown, more } = formModel({ fields, schema, value });
    const problems = [...shown, ...more].reduce((sum, field) => sum + field.problemCount, 0);
    const wrong = written === undefined ? 1 : problems;
    setAnswer(undefined);
    setChecked({ wrong, args: written ?? {} });
    return wrong === 0 ? written : undefined;
  };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={copy.callOf(tool.name)}
      description={copy.callText}
      size="medium"
      footer={
        <>
          <Button onClick={check}>{copy.dryRun}</Button>
          <Button
            variant="primary"
            isBusy={call.isBusy}
            onClick={() => {
              const args = check();
              if (args === undefined) return;
              setAnswer(undefined);
              setChecked(undefined);
              call.run({ id: tool.server_id, name: tool.name, args });
            }}
          >
            {copy.callNow}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 pb-2">
        {isOpenEnded ? (
          <Field label={copy.asJson} error={checked && written === undefined ? copy.notJson : undefined}>
            <Textarea
              rows={4}
              value={json}
              spellCheck={false}
              className="font-mono"
              onChange={(event) => setJson(event.target.value)}
            />
          </Field>
        ) : fields.length === 0 ? (
          <p className="text-muted">{copy.noArguments}</p>
        ) : (
          <Suspense fallback={<Skeleton className="h-24" />}>
            <ParamForm
              fields={fields}
              schema={schema}
              value={value}
              isQuiet={checked === undefined}
              isDisabled={call.isBusy}
              onChange={(path, next) => setValue((old) => setIn(old, path, next))}
            />
          </Suspense>
        )}
        {checked ? <Checked {...checked} /> : null}
        <FormProblem problem={call.problem} />
        {answer ? <Answer answer={answer} /> : null}
      </div>
    </Dialog>
  );
}

/** What a check found: what would be sent, or that something is wrong. */
function Checked({ wrong, args }: { readonly wrong: number; readonly args: JsonObject }) {
  if (wrong > 0)
    return (
      <p role="status" className="text-err">
        {copy.wrongFields(wrong)}
      </p>
    );
  return (
    <section role="status" className="flex flex-col gap-2">
      <p>{copy.dryRunText}</p>
      <pre className="max-h-60 overflow-auto rounded-control border bg-raised px-3 py-2 font-mono text-meta">
        {jsonText(args, 2)}
      </pre>
    </section>
  );
}

/** What a tool gave: its texts and pictures, and the same as data. */
function Answer({ answer }: { readonly answer: McpCall }) {
  const { content, structured, is_error, duration_ms, truncated } = answer;
  return (
    <section aria-label={copy.answer} className="flex flex-col gap-2 border-t pt-4">
      <p role="status" className={is_error ? "text-err" : "text-muted"}>
        {is_error ? copy.toolFailed(duration_ms) : copy.took(duration_ms)}
        {truncated ? ` ${copy.truncated}` : ""}
      </p>
      {content.map((part, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: parts have no names, and stay where they are
        <Part key={at} part={part} />
      ))}
      {structured === null || structured === undefined ? null : (
        <JsonTree label={copy.structured} value={structured} className="max-h-80" />
      )}
    </section>
  );
}

function Part({ part }: { readonly part: McpCall["content"][number] }) {
  const { type, text } = part;
  return (
    <pre className="max-h-80 overflow-auto whitespace-pre-wrap break-words rounded-control border bg-raised px-3 py-2 font-mono text-meta">
      {type === "text" && typeof text === "string" ? text : copy.part(String(type))}
    </pre>
  );
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const read = parseJson(text) as Json;
    return isJsonObject(read) ? read : undefined;
  } catch {
    return undefined;
  }
}
