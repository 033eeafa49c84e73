import { FileSearch } from "lucide-react";
import { Link } from "react-router";
import { ListScreen, useAction, useFilters } from "@/features/screen";
import { Badge } from "@/ui/Badge";
import { Chip } from "@/ui/Chip";
import type { Column } from "@/ui/DataTable";
import { EmptyState } from "@/ui/EmptyState";
import { Select } from "@/ui/Select";
import { Time } from "@/ui/Time";
import { AskBox } from "./AskBox";
import { copy } from "./copy";
import { DocumentMenu } from "./DocumentMenu";
import { DropZone } from "./DropZone";
import { type DocumentRow, PAGE_SIZE, uploadAll, useDocuments } from "./queries";
import { StatusLine } from "./StatusLine";
import { sizeText } from "./sizeText";
import { UploadButton } from "./UploadButton";

const ANY = "any";
const NUMBER = new Intl.NumberFormat();
const STATUSES = [
  { value: ANY, label: copy.anyStatus },
  ...Object.entries(copy.statuses).map(([value, label]) => ({ value, label })),
];

const COLUMNS: readonly Column<DocumentRow>[] = [
  {
    id: "name",
    header: copy.name,
    cell: ({ id, name, tags, scope, duplicate_of }) => (
      <div className="flex min-w-0 max-w-120 flex-col gap-1 max-md:max-w-44">
        <Link className="block truncate font-medium hover:underline" to={`/documents/${id}`}>
          {name}
        </Link>
        <span className="flex flex-wrap gap-1 empty:hidden">
          {tags.map((tag) => (
            <Chip key={tag}>{tag}</Chip>
          ))}
          {scope === "platform" ? <Badge tone="accent">{copy.shared}</Badge> : null}
          {duplicate_of ? <Badge>{copy.duplicate}</Badge> : null}
        </span>
      </div>
    ),
  },
  { id: "status", header: copy.status, cell: (row) => <StatusLine document={row} /> },
  { id: "chunks", header: copy.chunks, isSecondary: true, cell: ({ chunk_count }) => NUMBER.format(chunk_count) },
  { id: "size", header: copy.size, isSecondary: true, cell: ({ size_bytes }) => sizeText(size_bytes) },
  { id: "created", header: copy.created, isSecondary: true, cell: ({ created_at }) => <Time at={created_at} /> },
  { id: "more", header: "", className: "w-10", cell: (row) => <DocumentMenu document={row} /> },
];

/** All documents: dropped or chosen files come in here, and a question can be tried out. */
export function DocumentsScreen() {
  const filters = useFilters(["search", "status"]);
  const list = useDocuments({ search: filters.get("search"), status: filters.get("status"), page: filters.page });
  const upload = useAction(uploadAll, {
    refresh: ["documents"],
  });
  const button = <UploadButton isBusy={upload.isBusy} onFiles={upload.run} />;
  return (
    <DropZone onFiles={upload.run}>
      <ListScreen
        title={copy.title}
        description={copy.description}
        actions={button}
        searchLabel={copy.search}
        filters={filters}
        moreFilters={
          <div className="w-40">
            <Select
              aria-label={copy.status}
              value={filters.get("status") || ANY}
              options={STATUSES}
              onChange={(value) => filters.set("status", value === ANY ? "" : value)}
            />
          </div>
        }
        list={list}
        columns={COLUMNS}
        pageSize={PAGE_SIZE}
        nothing={copy.nothing}
        empty={
          <EmptyState icon={<FileSearch size={24} />} title={copy.empty} action={button}>
            {copy.kinds}
          </EmptyState>
        }
      >
        {list.data && list.data.count > 0 ? (
          <div className="mt-8 px-6 pb-8 max-md:px-4">
            <AskBox />
          </div>
        ) : null}
      </ListScreen>
    </DropZone>
  );
}
