import { setDisabled, setNodeSettings } from "@/domain/commands";
import type { NodeType, WorkflowNode } from "@/domain/definition";
import { handlesOf, isHelper } from "@/domain/handles";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { Switch } from "@/ui/Switch";
import { copy } from "./copy";
import { NumberInput } from "./NumberInput";
import type { NodeViewProps } from "./nodeView";
import { problemsOf } from "./problems";

interface SettingsTabProps extends Pick<NodeViewProps, "definition" | "run" | "diagnostics" | "isReadOnly"> {
  readonly node: WorkflowNode;
  readonly type: NodeType | undefined;
}

const ON_ERROR = ["fail", "continue", "error_handle", "ask"] as const;

/** How a node runs: retries, time, what an error does, cache, queue. */
export function SettingsTab({ node, type, definition, run, diagnostics = [], isReadOnly = false }: SettingsTabProps) {
  const { settings } = node.data;
  const { settings: wrong } = problemsOf(diagnostics, node.id);
  const set = (change: Parameters<typeof setNodeSettings>[1]) => run(setNodeSettings(node.id, change));
  const setRetry = (name: "max_attempts" | "delay_s" | "backoff", value: number | undefined) => {
    const kept = Object.entries({ ...settings.retry, [name]: value }).filter(([, entry]) => entry !== undefined);
    set({ retry: kept.length > 0 ? Object.fromEntries(kept) : undefined });
  };
  const text = copy.settings;
  const helps = isHelper(handlesOf(node, type, definition.edges));
  // What does nothing on it is not offered; what is set nevertheless stays to be taken away.
  const offers = (...names: string[]) => !helps || names.some((name) => wrong.has(name));
  const number = { isDisabled: isReadOnly };
  return (
    <div className="flex flex-col gap-4 p-4">
      <Switch
        label={text.enabled}
        checked={settings.disabled !== true}
        disabled={isReadOnly}
        onChange={(isOn) => run(setDisabled([node.id], !isOn))}
      />
      {helps ? <p className="text-muted">{text.helper}</p> : null}
      {offers("on_error") ? (
        <Field
          label={text.onError}
          help={text.onErrorHelp[settings.on_error ?? "fail"]}
          path="settings.on_error"
          error={wrong.get("on_error")}
        >
          <Select
            value={settings.on_error ?? "fail"}
            disabled={isReadOnly}
            options={ON_ERROR.map((value) => ({ value, label: text.onErrors[value] }))}
            onChange={(value) => set({ on_error: value === "fail" ? undefined : value })}
          />
        </Field>
      ) : null}
      {offers("retry", "retry.max_attempts") ? (
        <Field
          label={text.attempts}
          help={text.attemptsHelp}
          path="settings.retry.max_attempts"
          error={wrong.get("retry.max_attempts") ?? wrong.get("retry")}
        >
          <NumberInput
            {...number}
            value={settings.retry?.max_attempts}
            placeholder="1"
            min={1}
            max={50}
            onChange={(value) => setRetry("max_attempts", value)}
          />
        </Field>
      ) : null}
      {(settings.retry?.max_attempts ?? 1) > 1 ? (
        <div className="grid grid-cols-2 gap-3">
          <Field label={text.delay} path="settings.retry.delay_s" error={wrong.get("retry.delay_s")}>
            <NumberInput
              {...number}
              value={settings.retry?.delay_s}
              placeholder="5"
              min={0}
              onChange={(value) => setRetry("delay_s", value)}
            />
          </Field>
          <Field label={text.backoff} path="settings.retry.backoff" error={wrong.get("retry.backoff")}>
            <NumberInput
              {...number}
              value={settings.retry?.backoff}
              placeholder="2"
              min={1}
              onChange={(value) => setRetry("backoff", value)}
            />
          </Field>
        </div>
      ) : null}
      <Field label={text.timeout} help={text.timeoutHelp} path="settings.timeout_s" error={wrong.get("timeout_s")}>
        <NumberInput
          {...number}
          value={settings.timeout_s ?? undefined}
          placeholder={type ? String(type.default_timeout_s) : ""}
          min={0}
          onChange={(value) => set({ timeout_s: value })}
        />
      </Field>
      {offers("cache_ttl_s") ? (
        <Field label={text.cache} help={text.cacheHelp} path="settings.cache_ttl_s" error={wrong.get("cache_ttl_s")}>
          <NumberInput
            {...number}
            value={settings.cache_ttl_s ?? undefined}
            placeholder={text.off}
            min={0}
            onChange={(value) => set({ cache_ttl_s: value })}
          />
        </Field>
      ) : null}
      {offers("queue") ? (
        <Field label={text.queue} help={text.queueHelp} path="settings.queue" error={wrong.get("queue")}>
          <Input
            value={settings.queue ?? ""}
            placeholder="default"
            disabled={isReadOnly}
            autoComplete="off"
            onChange={({ target }) => set({ queue: target.value.trim() === "" ? undefined : target.value.trim() })}
          />
        </Field>
      ) : null}
    </div>
  );
}
