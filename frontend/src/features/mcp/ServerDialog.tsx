import { useState } from "react";
import { useSession } from "@/api";
import { FormDialog, useAction } from "@/features/screen";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { Switch } from "@/ui/Switch";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { changeServer, createServer, type McpServer, type ServerBody, useAllCredentials } from "./queries";
import { bodyOf, draftOf, isProgram, type ServerDraft } from "./serverDraft";

interface ServerDialogProps {
  /** The server to change; without one a new one is made. */
  readonly server?: McpServer;
  readonly onClose: () => void;
  readonly onMade?: (server: McpServer) => void;
}

const TRANSPORTS = (["streamable_http", "stdio", "sse"] as const).map((value) => ({
  value,
  label: copy.transports[value],
}));
const FIELDS = ["name", "scope", "transport", "command", "url", "credential_id", "timeout_s"];

/** Adds an MCP server, or changes how one is reached. */
export function ServerDialog({ server, onClose, onMade }: ServerDialogProps) {
  const [draft, setDraft] = useState(() => draftOf(server));
  const [wrong, setWrong] = useState<Readonly<Record<string, string>>>({});
  const { user } = useSession();
  const set = (part: Partial<ServerDraft>) => setDraft((before) => ({ ...before, ...part }));
  const save = useAction<ServerBody, McpServer>(
    (body) => (server ? changeServer({ id: server.id, ...body }) : createServer(body)),
    {
      refresh: ["mcp-servers"],
      isShown: true,
      onDone: (made) => {
        onClose();
        onMade?.(made);
      },
    },
  );
  /** What is wrong with a field, or with any part of it: `env.TOKEN`, `args.0`. */
  const errorOf = (field: string): string | undefined => {
    const line = wrong[field];
    if (line !== undefined) return copy.wrongLine(line);
    const found = save.problem?.errors.filter((one) => one.field === field || one.field.startsWith(`${field}.`)) ?? [];
    const said = found.map(({ field: at, message }) =>
      at === field ? message : `${at.slice(field.length + 1)}: ${message}`,
    );
    return said.length > 0 ? said.join(" ") : undefined;
  };
  const parts = ["args", "env", "headers", "credential_map"];
  const shown = save.problem?.errors.map((one) => one.field).filter((at) => parts.includes(at.split(".")[0] ?? ""));
  return (
    <FormDialog
      title={server ? copy.editTitle(server.name) : copy.addTitle}
      submitLabel={server ? copy.save : copy.add}
      size="medium"
      isBusy={save.isBusy}
      problem={save.problem}
      fields={[...FIELDS, ...(shown ?? [])]}
      onSubmit={() => {
        const made = bodyOf(draft);
        setWrong(made.wrong);
        if (Object.keys(made.wrong).length === 0) save.run(made.body);
      }}
      onClose={onClose}
    >
      <Field label={copy.name} isRequired error={errorOf("name")}>
        <Input
          value={draft.name}
          required
          maxLength={120}
          autoFocus
          onChange={(event) => set({ name: event.target.value })}
        />
      </Field>
      <Field label={copy.transport} error={errorOf("transport")}>
        <Select value={draft.transport} options={TRANSPORTS} onChange={(transport) => set({ transport, mapped: "" })} />
      </Field>
      {isProgram(draft) ? (
        <Program draft={draft} set={set} errorOf={errorOf} />
      ) : (
        <Address draft={draft} set={set} errorOf={errorOf} />
      )}
      <Credential draft={draft} set={set} errorOf={errorOf} />
      <Field label={copy.timeout} error={errorOf("timeout_s")}>
        <Input
          type="number"
          min={1}
          max={300}
          required
          className="max-w-32"
          value={draft.timeout}
          onChange={(event) => set({ timeout: event.target.value })}
        />
      </Field>
      {user?.is_staff && !server ? (
        <Field label={copy.scope} error={errorOf("scope")}>
          <Select
            value={draft.scope ?? "user"}
            options={(["user", "system"] as const).map((value) => ({ value, label: copy.scopes[value] }))}
            onChange={(scope) => set({ scope })}
          />
        </Field>
      ) : null}
      <Switch label={copy.enabled} checked={draft.enabled} onChange={(enabled) => set({ enabled })} />
    </FormDialog>
  );
}

interface PartProps {
  readonly draft: ServerDraft;
  readonly set: (part: Partial<ServerDraft>) => void;
  readonly errorOf: (field: string) => string | undefined;
}

function Program({ draft, set, errorOf }: PartProps) {
  return (
    <>
      <Field label={copy.command} help={copy.commandHelp} isRequired error={errorOf("command")}>
        <Input
          value={draft.command}
          required
          maxLength={500}
          className="font-mono"
          onChange={(event) => set({ command: event.target.value })}
        />
      </Field>
      <Lines
        label={copy.args}
        help={copy.argsHelp}
        error={errorOf("args")}
        value={draft.args}
        onChange={(args) => set({ args })}
      />
      <Lines
        label={copy.env}
        help={copy.envHelp}
        error={errorOf("env")}
        value={draft.env}
        onChange={(env) => set({ env })}
      />
    </>
  );
}

function Address({ draft, set, errorOf }: PartProps) {
  return (
    <>
      <Field label={copy.url} isRequired error={errorOf("url")}>
        <Input
          value={draft.url}
          required
          maxLength={2000}
          inputMode="url"
          placeholder="https://mcp.example.com/mcp"
          onChange={(event) => set({ url: event.target.value })}
        />
      </Field>
      <Lines
        label={copy.headers}
        help={copy.headersHelp}
        error={errorOf("headers")}
        value={draft.headers}
        onChange={(headers) => set({ headers })}
      />
    </>
  );
}

function Credential({ draft, set, errorOf }: PartProps) {
  const credentials = useAllCredentials();
  const options = [
    { value: "", label: copy.noCredential },
    ...(credentials.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <>
      <Field
        label={copy.credential}
        help={isProgram(draft) ? undefined : copy.credentialHelp}
        error={errorOf("credential_id")}
      >
        <Select value={draft.credential} options={options} onChange={(credential) => set({ credential })} />
      </Field>
      {draft.credential === "" ? null : (
        <Lines
          label={copy.credentialMap}
          help={isProgram(draft) ? copy.mapEnvHelp : copy.mapHeadersHelp}
          error={errorOf("credential_map")}
          value={draft.mapped}
          onChange={(mapped) => set({ mapped })}
        />
      )}
    </>
  );
}

interface LinesProps {
  readonly label: string;
  readonly help: string;
  readonly error: string | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Lines({ value, onChange, ...field }: LinesProps) {
  return (
    <Field {...field}>
      <Textarea
        rows={2}
        value={value}
        spellCheck={false}
        className="font-mono"
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
}
