import { ArrowLeft } from "lucide-react";
import { Link, useParams } from "react-router";
import { Loaded } from "@/features/screen";
import { copy } from "./copy";
import { OpenTable } from "./OpenTable";
import { useTable } from "./queries";

/** One table and its rows. */
export function TableScreen() {
  const { id = "" } = useParams();
  const query = useTable(id);
  return (
    <div>
      <title>{`${query.data?.name ?? copy.title} · ${copy.product}`}</title>
      <Link
        to="/tables"
        className="mx-6 mt-4 inline-flex items-center gap-1 text-meta text-muted hover:underline max-md:mx-4"
      >
        <ArrowLeft aria-hidden="true" size={14} />
        {copy.back}
      </Link>
      <Loaded query={query} isCompact={false}>
        {(table) => <OpenTable key={table.id} table={table} />}
      </Loaded>
    </div>
  );
}
