import { BadgeCheck, Sparkles, Star } from "lucide-react";
import { Link } from "react-router";
import { Badge } from "@/ui/Badge";
import { copy } from "./copy";
import type { Template } from "./queries";

/** Whether staff looked at it, and what they found. */
export function TemplateBadges({ template }: { readonly template: Template }) {
  const { status, is_featured: isFeatured, is_shown: isShown } = template;
  return (
    <span className="flex flex-wrap items-center gap-1">
      {isFeatured ? (
        <Badge tone="accent" icon={<Sparkles size={12} />}>
          {copy.featured}
        </Badge>
      ) : null}
      {status === "verified" || status === "production" ? (
        <Badge tone="ok" icon={<BadgeCheck size={12} />}>
          {copy.statuses[status]}
        </Badge>
      ) : (
        <Badge tone={status === "pending_test" ? "neutral" : "warn"}>{copy.statuses[status]}</Badge>
      )}
      {isShown ? null : <Badge tone="warn">{copy.notShown}</Badge>}
    </span>
  );
}

/** A rating in one line. */
export function Stars({ rating, count }: { readonly rating: number | null; readonly count: number }) {
  if (rating === null) return <span className="text-muted">{copy.noRating}</span>;
  return (
    <span className="inline-flex items-center gap-1" title={copy.stars(rating, count)}>
      <Star aria-hidden="true" size={14} className="fill-warn text-warn" />
      <span aria-hidden="true" className="tabular-nums">{`${rating.toFixed(1)} (${count})`}</span>
      <span className="sr-only">{copy.stars(rating, count)}</span>
    </span>
  );
}

/** A template in the gallery. */
export function TemplateCard({ template }: { readonly template: Template }) {
  const { id, name, description, author, fork_count: forks, rating, rating_count: count } = template;
  return (
    <article className="relative flex min-w-0 flex-1 flex-col gap-2 rounded-node border bg-surface p-4 focus-within:border-accent hover:border-accent">
      <h3 className="min-w-0 font-semibold">
        <Link className="after:absolute after:inset-0 after:rounded-node" to={`/templates/${encodeURIComponent(id)}`}>
          {name}
        </Link>
      </h3>
      <p className="line-clamp-3 min-w-0 flex-1 break-words text-muted">{description}</p>
      <TemplateBadges template={template} />
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-meta">
        <span className="min-w-0 truncate text-muted">{copy.by(author.name)}</span>
        <Stars rating={rating} count={count} />
        <span className="text-muted">{copy.clones(forks)}</span>
      </p>
    </article>
  );
}

/** Templates side by side. */
export function TemplateGrid({
  label,
  templates,
}: {
  readonly label: string;
  readonly templates: readonly Template[];
}) {
  return (
    <ul aria-label={label} className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-3">
      {templates.map((template) => (
        <li key={template.id} className="flex min-w-0">
          <TemplateCard template={template} />
        </li>
      ))}
    </ul>
  );
}
