import type { ReactNode } from "react";
import { type Command, setWorkflowSetting } from "@/domain/commands";
import type { Diagnostic, WorkflowSettings as Settings } from "@/domain/definition";
import { isJsonObject, type Json } from "@/domain/json";
import { Button } from "@/ui/Button";
import { Combobox } from "@/ui/Combobox";
import { Dialog } from "@/ui/Dialog";
import { Field } from "@/ui/Field";
import { Select } from "@/ui/Select";
import { Switch } from "@/ui/Switch";
import { timezones } from "@/ui/timezones";
import { copy } from "./copy";
import { ErrorWorkflow } from "./ErrorWorkflow";
import { NumberInput } from "./NumberInput";

interface WorkflowSettingsProps {
  readonly settings: Settings;
  readonly diagnostics: readonly Diagnostic[];
  readonly isReadOnly: boolean;
  readonly run: (command: Command) => unknown;
  readonly onClose: () => void;
}

const text = copy.workflow;
const POLICIES = ["fail_fast", "let_others_finish"] as const;

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

/** Returns an object of settings with one of them changed; nothing where none is left. */
function within(given: Json | undefined, name: string, value: number | undefined): Json | undefined {
  const kept = { ...(isJsonObject(given) ? given : {}), [name]: value ?? null };
  return Object.values(kept).every((entry) => entry === null) ? undefined : kept;
}

function Group({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <fieldset className="flex min-w-0 flex-col gap-4">
      <legend className="mb-2 font-semibold text-body">{title}</legend>
      {children}
    </fieldset>
  );
}

/** What counts for the workflow as a whole; each change saves itself and can be undone, like any other. */
export function WorkflowSettings({ settings, diagnostics, isReadOnly, run, onClose }: WorkflowSettingsProps) {
  const set = (name: string, value: Json | undefined) => run(setWorkflowSetting(name, value));
  const wrong = (name: string) => diagnostics.find(({ field }) => field === `settings.${name}`)?.message;
  const budget = isJsonObject(settings.budget) ? settings.budget : {};
  const concurrency = isJsonObject(settings.concurrency) ? settings.concurrency : {};
  const timezone = typeof settings.timezone === "string" ? settings.timezone : "UTC";
  const policy = POLICIES.find((one) => one === settings.error_policy) ?? "fail_fast";
  const number = { min: 0, isDisabled: isReadOnly };
  return (
    <Dialog
      isOpen
      onClose={onClose}
      title={text.title}
      description={text.help}
      footer={
        <Button variant="primary" onClick={onClose}>
          {text.done}
        </Button>
      }
    >
      <div className="flex flex-col gap-6 pb-2">
        <Group title={text.spending}>
          <Field label={text.cost} help={text.costHelp} error={wrong("budget.max_cost_usd")}>
            <NumberInput
              {...number}
              value={numberOf(budget.max_cost_usd)}
              max={1_000_000}
              onChange={(value) => set("budget", within(budget, "max_cost_usd", value))}
            />
          </Field>
          <Field label={text.tokens} help={text.tokensHelp} error={wrong("budget.max_tokens")}>
            <NumberInput
              {...number}
              isWhole
              value={numberOf(budget.max_tokens)}
              onChange={(value) => set("budget", within(budget, "max_tokens", value))}
            />
          </Field>
        </Group>
        <Group title={text.running}>
          <Field label={text.timeout} help={text.timeoutHelp} error={wrong("timeout_s")}>
            <NumberInput
              {...number}
              min={0.001}
              max={86_400}
              value={numberOf(settings.timeout_s)}
              placeholder="300"
              onChange={(value) => set("timeout_s", value)}
            />
          </Field>
          <Field label={text.timezone} help={text.timezoneHelp} error={wrong("timezone")}>
            <Combobox
              value={timezone}
              disabled={isReadOnly}
              options={timezones(timezone)}
              onChange={(zone) => set("timezone", zone)}
            />
          </Field>
          <Field label={text.concurrency} help={text.concurrencyHelp} error={wrong("concurrency")}>
            <NumberInput
              {...number}
              isWhole
              min={1}
              max={10_000}
              value={numberOf(concurrency.max)}
              onChange={(max) => set("concurrency", max === undefined ? undefined : { ...concurrency, max })}
            />
          </Field>
          <Field label={text.priority} help={text.priorityHelp} error={wrong("priority")}>
            <NumberInput
              {...number}
              isWhole
              min={-10}
              max={10}
              value={numberOf(settings.priority)}
              placeholder="0"
              onChange={(value) => set("priority", value)}
            />
          </Field>
        </Group>
        <Group title={text.failing}>
          <Field label={text.policy} error={wrong("error_policy")}>
            <Select
              value={policy}
              disabled={isReadOnly}
              options={POLICIES.map((value) => ({ value, label: text.policies[value] }))}
              onChange={(value) => set("error_policy", value)}
            />
          </Field>
          <Field label={text.errorWorkflow} help={text.errorWorkflowHelp} error={wrong("error_workflow_id")}>
            <ErrorWorkflow
              value={typeof settings.error_workflow_id === "string" ? settings.error_workflow_id : ""}
              isDisabled={isReadOnly}
              onChange={(id) => set("error_workflow_id", id === "" ? undefined : id)}
            />
          </Field>
          <Switch
            label={text.requireTest}
            checked={settings.require_test === true}
            disabled={isReadOnly}
            onChange={(isOn) => set("require_test", isOn ? true : undefined)}
          />
        </Group>
      </div>
    </Dialog>
  );
}
