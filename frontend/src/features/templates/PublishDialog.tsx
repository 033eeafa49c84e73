import { useState } from "react";
import { useNavigate } from "react-router";
import { FormDialog, useAction } from "@/features/screen";
import { Checkbox } from "@/ui/Checkbox";
import { Field } from "@/ui/Field";
import { Input } from "@/ui/Input";
import { Select } from "@/ui/Select";
import { Textarea } from "@/ui/Textarea";
import { copy } from "./copy";
import { nodeLabel } from "./nodeLabel";
import { type Proposal, type PublishBody, propose, publish, useCategories } from "./queries";

interface PublishDialogProps {
  readonly workflow: { readonly id: string; readonly name: string; readonly description: string };
  readonly onClose: () => void;
}

/** Publishes a workflow in two steps: what to say of it, then what of it is shown and what was taken out. */
export function PublishDialog({ workflow, onClose }: PublishDialogProps) {
  const navigate = useNavigate();
  const categories = useCategories();
  const [texts, setTexts] = useState({ description: workflow.description, tags: "", readme: "" });
  const [category, setCategory] = useState<PublishBody["category"]>("other");
  const [isConfirmed, setIsConfirmed] = useState(false);
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const body: PublishBody = {
    workflow_id: workflow.id,
    category,
    readme: texts.readme,
    tags: texts.tags
      .split(",")
      .map((tag) => tag.trim())
      .filter(Boolean),
    ...(texts.description === workflow.description ? {} : { description: texts.description }),
  };
  const look = useAction(propose, { refresh: [], isShown: true, onDone: setProposal });
  const send = useAction(publish, {
    refresh: ["templates", "workflows"],
    isShown: true,
    done: copy.published,
    onDone: ({ id }) => {
      onClose();
      void navigate(`/templates/${id}`);
    },
  });
  const change = (part: Partial<typeof texts>) => {
    setTexts({ ...texts, ...part });
    setProposal(null);
  };
  const asks = proposal !== null && proposal.findings.length > 0;
  return (
    <FormDialog
      title={copy.publishTitle}
      description={copy.publishText}
      submitLabel={proposal === null ? copy.check : copy.publishSubmit}
      size="medium"
      isBusy={look.isBusy || send.isBusy}
      problem={proposal === null ? look.problem : send.problem}
      fields={["category", "description", "tags", "readme"]}
      onClose={onClose}
      onSubmit={() => {
        if (proposal === null) look.run(body);
        else if (!asks || isConfirmed) send.run({ ...body, confirm_pii: isConfirmed });
      }}
    >
      <Field label={copy.category} isRequired>
        <Select
          value={category}
          options={(categories.data ?? []).map((one) => ({
            value: one.category as PublishBody["category"],
            label: one.label,
          }))}
          onChange={setCategory}
        />
      </Field>
      <Field label={copy.descriptionLabel} error={look.problem?.messageOf("description")}>
        <Textarea
          maxLength={10_000}
          value={texts.description}
          onChange={(event) => change({ description: event.target.value })}
        />
      </Field>
      <Field label={copy.tags} help={copy.tagsHelp} error={look.problem?.messageOf("tags")}>
        <Input value={texts.tags} onChange={(event) => change({ tags: event.target.value })} />
      </Field>
      <Field label={copy.readme} help={copy.readmeHelp} error={look.problem?.messageOf("readme")}>
        <Textarea
          maxLength={50_000}
          value={texts.readme}
          onChange={(event) => change({ readme: event.target.value })}
        />
      </Field>
      {proposal ? <Shown proposal={proposal} /> : null}
      {asks ? <Checkbox checked={isConfirmed} onChange={setIsConfirmed} label={copy.confirm} /> : null}
    </FormDialog>
  );
}

/** What publishing takes out, and what it asks about. */
function Shown({ proposal }: { readonly proposal: Proposal }) {
  const place = (nodeId: string | null, field: string) =>
    `${nodeId === null ? copy.inText : nodeLabel(proposal, nodeId)}, ${field.replace(/^data\.(params\.)?/, "")}`;
  return (
    <div className="flex flex-col gap-4">
      <section>
        <h3 className="font-semibold">{copy.findings}</h3>
        {proposal.findings.length === 0 ? (
          <p className="text-muted">{copy.findingsNone}</p>
        ) : (
          <>
            <p className="text-muted">{copy.findingsText}</p>
            <ul className="flex flex-col gap-2 pt-2">
              {proposal.findings.map((one) => (
                <li key={`${one.node_id} ${one.field} ${one.kind}`} className="rounded-control bg-warn-tint px-3 py-2">
                  <p className="font-medium">{`${copy.kinds[one.kind] ?? one.kind}: ${place(one.node_id, one.field)}`}</p>
                  <p className="break-words font-mono text-meta">{one.masked}</p>
                </li>
              ))}
            </ul>
          </>
        )}
      </section>
      <section>
        <h3 className="font-semibold">{copy.masked}</h3>
        <p className="text-muted">{proposal.masked.length === 0 ? copy.maskedNone : copy.maskedText}</p>
        <ul className="flex list-disc flex-col gap-1 pt-1 pl-4">
          {proposal.masked.map((one) => (
            <li key={`${one.node_id} ${one.field} ${one.kind}`}>
              {`${copy.kinds[one.kind] ?? one.kind}: ${place(one.node_id, one.field)}`}
            </li>
          ))}
        </ul>
        <p className="pt-2 text-meta text-muted">{copy.scrubberLimits}</p>
      </section>
    </div>
  );
}
