import { Link } from "react-router";
import { Badge } from "@/ui/Badge";
import { copy } from "./copy";
import { MarkedText } from "./MarkedText";
import type { Found } from "./queries";

/** What a question found, the best first, with its words marked. */
export function Places({ found }: { readonly found: Found }) {
  if (found.results.length === 0) return <p className="text-muted">{copy.foundNothing}</p>;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-meta text-muted">{copy.found(found.results.length, found.took_ms)}</p>
      <ol className="flex flex-col gap-3">
        {found.results.map((place) => (
          <li
            key={`${place.document_id}-${place.chunk_index}`}
            className="flex min-w-0 flex-col gap-1 rounded-control border bg-panel p-3"
          >
            <p className="flex flex-wrap items-center gap-2">
              <Link className="min-w-0 truncate font-medium hover:underline" to={`/documents/${place.document_id}`}>
                {place.document_name}
              </Link>
              <Badge tone="accent">{copy.score(place.score)}</Badge>
              <span className="text-meta text-muted">
                {place.page === null ? copy.piece(place.chunk_index) : copy.page(place.page)}
              </span>
            </p>
            {place.headings ? <p className="break-words text-meta text-muted">{place.headings}</p> : null}
            <MarkedText text={place.text} highlights={place.highlights} />
          </li>
        ))}
      </ol>
    </div>
  );
}
