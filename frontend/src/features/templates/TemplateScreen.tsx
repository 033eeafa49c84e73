import { Bookmark, Ellipsis, Flag, Trash2 } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import type { Definition } from "@/domain/definition";
import { useCatalogue } from "@/features/catalogue";
import { GraphView } from "@/features/graph";
import { Facts, Loaded, useAction } from "@/features/screen";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Chip } from "@/ui/Chip";
import { ConfirmDialog } from "@/ui/ConfirmDialog";
import { Duration } from "@/ui/Duration";
import { IconButton } from "@/ui/IconButton";
import { Markdown } from "@/ui/Markdown";
import { Menu, MenuItem } from "@/ui/Menu";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Skeleton";
import { Time } from "@/ui/Time";
import { CloneDialog } from "./CloneDialog";
import { Comments } from "./Comments";
import { copy } from "./copy";
import { nodeLabel } from "./nodeLabel";
import { setBookmark, type TemplateDetail, useSimilar, useTemplate, withdraw } from "./queries";
import { Ratings } from "./Ratings";
import { ReportDialog } from "./ReportDialog";
import { Stars, TemplateBadges, TemplateGrid } from "./TemplateCard";

/** A template to look at before it is used: its graph, what it needs, what people say. */
export function TemplateScreen() {
  const { template: id = "" } = useParams();
  const query = useTemplate(id);
  return (
    <Loaded query={query} isCompact={false} skeleton={<Skeleton className="m-6 h-96" />}>
      {({ template, definition }) => <OpenTemplate template={template} definition={definition} />}
    </Loaded>
  );
}

interface OpenTemplateProps {
  readonly template: TemplateDetail;
  readonly definition: Definition;
}

function OpenTemplate({ template, definition }: OpenTemplateProps) {
  const { id, name, description, bookmarked, is_mine: isMine } = template;
  const navigate = useNavigate();
  const [open, setOpen] = useState<"clone" | "report" | "withdraw" | null>(null);
  const mark = useAction(setBookmark, { refresh: ["templates"] });
  const remove = useAction(withdraw, {
    refresh: ["templates"],
    onDone: () => void navigate("/templates", { replace: true }),
  });
  const close = () => setOpen(null);
  return (
    <div>
      <title>{`${name} · ${copy.product}`}</title>
      <PageHeader
        title={name}
        description={description}
        actions={
          <>
            <Button
              icon={<Bookmark size={16} className={bookmarked ? "fill-current" : ""} />}
              aria-pressed={bookmarked}
              isBusy={mark.isBusy}
              onClick={() => mark.run({ id, isOn: !bookmarked })}
            >
              {bookmarked ? copy.bookmarked : copy.bookmark}
            </Button>
            {template.is_cloneable ? (
              <Button variant="primary" onClick={() => setOpen("clone")}>
                {copy.clone}
              </Button>
            ) : null}
            <Menu align="end" trigger={<IconButton label="More" icon={<Ellipsis size={16} />} />}>
              {isMine ? (
                <MenuItem isDangerous icon={<Trash2 size={16} />} onSelect={() => setOpen("withdraw")}>
                  {copy.withdraw}
                </MenuItem>
              ) : (
                <MenuItem icon={<Flag size={16} />} onSelect={() => setOpen("report")}>
                  {copy.report}
                </MenuItem>
              )}
            </Menu>
          </>
        }
      />
      <div className="grid grid-cols-[minmax(0,1fr)_20rem] gap-4 px-6 pb-6 max-lg:grid-cols-1 max-md:px-4">
        <div className="flex min-w-0 flex-col gap-4">
          <HeldNote template={template} />
          <TemplateCanvas definition={definition} />
          {template.readme ? (
            <Card title={copy.about}>
              <Markdown text={template.readme} />
            </Card>
          ) : null}
          <Ratings template={template} />
          <Comments templateId={id} />
        </div>
        <aside aria-label={copy.figures} className="flex min-w-0 flex-col gap-4">
          <Needs template={template} />
          <Figures template={template} />
          <SimilarTemplates id={id} />
        </aside>
      </div>
      {open === "clone" ? <CloneDialog template={template} onClose={close} /> : null}
      {open === "report" ? <ReportDialog id={id} onClose={close} /> : null}
      <ConfirmDialog
        isOpen={open === "withdraw"}
        title={copy.withdrawTitle(name)}
        consequence={copy.withdrawText}
        confirmLabel={copy.withdraw}
        isBusy={remove.isBusy}
        onConfirm={() => remove.run(id)}
        onClose={close}
      />
    </div>
  );
}

function HeldNote({ template: { held, status, review_note: note } }: { readonly template: TemplateDetail }) {
  const text = held ? copy.held[held.code] : status === "draft" ? copy.sentBack(note ?? "") : undefined;
  return text ? (
    <p role="status" className="rounded-control bg-warn-tint px-3 py-2">
      {text}
    </p>
  ) : null;
}

function TemplateCanvas({ definition }: { readonly definition: Definition }) {
  const catalogue = useCatalogue();
  return (
    <section aria-label={copy.canvas} className="h-96 overflow-hidden rounded-node border bg-bg max-md:h-72">
      {catalogue.data ? (
        <GraphView definition={definition} catalogue={catalogue.data} label={copy.canvas} />
      ) : (
        <Skeleton className="h-full" />
      )}
    </section>
  );
}

function Needs({ template }: { readonly template: TemplateDetail }) {
  const { credentials_needed: credentials, fields } = template;
  return (
    <Card title={copy.needs}>
      {credentials.length + fields.length === 0 ? (
        <p className="text-muted">{copy.needsNothing}</p>
      ) : (
        <ul className="flex list-disc flex-col gap-1 pl-4">
          {credentials.map((one) => (
            <li key={`${one.node_id}.${one.slot}`}>
              {copy.needsCredential(nodeLabel(template, one.node_id), one.type)}
            </li>
          ))}
          {fields.map((one) => (
            <li key={one.key}>{copy.needsField(nodeLabel(template, one.node_id), one.label)}</li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Figures({ template }: { readonly template: TemplateDetail }) {
  const { author, success_rate: success, average_duration_ms: duration, tags } = template;
  const share = success === null ? copy.unknown : `${Math.round(success * 100)} %`;
  return (
    <Card title={copy.figures}>
      <div className="flex flex-col gap-3">
        <TemplateBadges template={template} />
        <Facts
          facts={[
            [
              copy.author,
              author.id ? (
                <Link key="author" className="underline" to={`/templates/by/${author.id}`}>
                  {author.name}
                </Link>
              ) : (
                author.name
              ),
            ],
            [copy.reviews, <Stars key="stars" rating={template.rating} count={template.rating_count} />],
            [copy.usage, copy.clones(template.usage_count)],
            [copy.successRate, share],
            [copy.duration, duration === null ? copy.unknown : <Duration key="ms" ms={duration} />],
            [copy.version, String(template.version)],
            [copy.updated, <Time key="at" at={template.updated_at} />],
          ]}
        />
        {tags.length > 0 ? (
          <p className="flex flex-wrap gap-1">
            {tags.map((tag) => (
              <Chip key={tag}>{tag}</Chip>
            ))}
          </p>
        ) : null}
      </div>
    </Card>
  );
}

function SimilarTemplates({ id }: { readonly id: string }) {
  const query = useSimilar(id);
  return (
    <section aria-label={copy.similar}>
      <h2 className="mb-2 font-semibold">{copy.similar}</h2>
      <Loaded query={query}>
        {(rows) =>
          rows.length === 0 ? (
            <p className="text-muted">{copy.noSimilar}</p>
          ) : (
            <TemplateGrid label={copy.similar} templates={rows.slice(0, 3)} />
          )
        }
      </Loaded>
    </section>
  );
}
