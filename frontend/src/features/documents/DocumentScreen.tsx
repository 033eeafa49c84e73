import { ArrowLeft } from "lucide-react";
import { useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { Facts, Loaded, Page } from "@/features/screen";
import { Chip } from "@/ui/Chip";
import { Pagination } from "@/ui/Pagination";
import { Time } from "@/ui/Time";
import { AskBox } from "./AskBox";
import { copy } from "./copy";
import { DocumentMenu } from "./DocumentMenu";
import { MarkedText } from "./MarkedText";
import { CHUNKS_PAGE_SIZE, type DocumentRow, useChunks, useDocument } from "./queries";
import { StatusLine } from "./StatusLine";
import { sizeText } from "./sizeText";

/** One document: how far it is read, what was read in it, and a question to it alone. */
export function DocumentScreen() {
  const { id = "" } = useParams();
  const query = useDocument(id);
  return (
    <div className="flex flex-col gap-4 px-6 py-6 max-md:px-4">
      <Link className="inline-flex items-center gap-1 text-muted hover:underline" to="/documents">
        <ArrowLeft aria-hidden="true" size={16} />
        {copy.back}
      </Link>
      <Loaded query={query} isCompact={false}>
        {(row) => <OpenDocument row={row} />}
      </Loaded>
    </div>
  );
}

function OpenDocument({ row }: { readonly row: DocumentRow }) {
  const navigate = useNavigate();
  return (
    <Page
      isWide
      title={row.name}
      actions={<DocumentMenu document={row} onDeleted={() => void navigate("/documents")} />}
    >
      <StatusLine document={row} />
      <Facts
        facts={[
          [copy.type, row.mime_type],
          [copy.size, sizeText(row.size_bytes)],
          [copy.created, <Time key="created" at={row.created_at} />],
        ]}
      />
      <div className="flex flex-wrap gap-1 empty:hidden">
        {row.tags.map((tag) => (
          <Chip key={tag}>{tag}</Chip>
        ))}
      </div>
      {row.chunk_count > 0 ? <AskBox documentId={row.id} /> : null}
      <Content row={row} />
    </Page>
  );
}

function Content({ row }: { readonly row: DocumentRow }) {
  const [page, setPage] = useState(1);
  const query = useChunks(row.id, page, row.indexed_at);
  return (
    <section aria-label={copy.content} className="flex flex-col gap-3">
      <h2 className="font-semibold text-panel">{copy.content}</h2>
      <Loaded query={query}>
        {({ results, count }) => (
          <>
            {count === 0 ? <p className="text-muted">{copy.noContent}</p> : null}
            <ol className="flex flex-col gap-3">
              {results.map((chunk) => (
                <li key={chunk.number} className="flex min-w-0 flex-col gap-1 rounded-control border bg-panel p-3">
                  <p className="break-words text-meta text-muted">
                    {[chunk.page === null ? copy.piece(chunk.number) : copy.page(chunk.page), chunk.headings]
                      .filter(Boolean)
                      .join(" · ")}
                  </p>
                  <MarkedText text={chunk.text} />
                </li>
              ))}
            </ol>
            <Pagination page={page} pageSize={CHUNKS_PAGE_SIZE} count={count} isExact onChange={setPage} />
          </>
        )}
      </Loaded>
    </section>
  );
}
