import { useState } from "react";
import { FormProblem, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { CodeEditor } from "@/ui/CodeEditor";
import type { CodeProblem } from "@/ui/codeEditorProps";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Switch } from "@/ui/Switch";
import { copy } from "./copy";
import { LineProblems } from "./LineProblems";
import { type CustomNode, type NodeInput, offencesOf, saveNode } from "./queries";

interface NodeFormProps {
  /** Without an id a new node is made. */
  readonly id?: string;
  readonly given: Required<NodeInput>;
  /** What its tests found, by line. */
  readonly found?: readonly CodeProblem[];
  readonly onSaved?: (node: CustomNode) => void;
}

/** The code of a custom node with what the server finds in it, at its lines. */
export function NodeForm({ id, given, found = [], onSaved }: NodeFormProps) {
  const [code, setCode] = useState(given.code);
  const [description, setDescription] = useState(given.description);
  const [isPublic, setIsPublic] = useState(given.is_public);
  const save = useAction((body: NodeInput) => saveNode(id, body), {
    refresh: ["custom-nodes", "nodes"],
    isShown: true,
    done: copy.saved,
    ...(onSaved ? { onDone: onSaved } : {}),
  });
  const isChanged = code !== given.code || description !== given.description || isPublic !== given.is_public;
  const offences = offencesOf(save.problem);
  const problems = offences.length > 0 ? offences : code === given.code ? found : [];
  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.run({ code, description: description.trim(), is_public: isPublic });
      }}
    >
      <CodeEditor
        label={copy.code}
        language="python"
        value={code}
        problems={problems}
        className="min-h-80"
        aria-invalid={offences.length > 0}
        onChange={setCode}
      />
      {offences.length > 0 ? <LineProblems problems={offences} /> : <FormProblem problem={save.problem} />}
      <div className="grid max-w-240 grid-cols-2 gap-4 max-md:grid-cols-1">
        <Field label={copy.description} help={copy.descriptionHelp} error={save.problem?.messageOf("description")}>
          <Input value={description} onChange={(event) => setDescription(event.target.value)} />
        </Field>
        <div className="flex flex-col gap-1 pt-5">
          <Switch label={copy.isPublic} checked={isPublic} onChange={setIsPublic} />
          <p className="text-meta text-muted">{copy.isPublicHelp}</p>
        </div>
      </div>
      <div className="flex items-center gap-3">
        <Button type="submit" variant="primary" isBusy={save.isBusy} disabled={id !== undefined && !isChanged}>
          {id === undefined ? copy.saveNew : copy.save}
        </Button>
        <span role="status" className="text-meta text-muted">
          {isChanged ? copy.unsaved : ""}
        </span>
      </div>
    </form>
  );
}
