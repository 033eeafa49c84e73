import { useParams } from "react-router";
import { Loaded, useFilters } from "@/features/screen";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { copy } from "./copy";
import { PAGE_SIZE, useAuthor, useTemplates } from "./queries";
import { TemplateGrid } from "./TemplateCard";

/** What one person published. */
export function AuthorScreen() {
  const { author = "" } = useParams();
  const filters = useFilters([]);
  const person = useAuthor(author);
  const list = useTemplates({ author_id: author, ordering: "trending", page: filters.page });
  const title = person.data ? copy.authorTitle(person.data.name) : copy.title;
  return (
    <div>
      <title>{`${title} · ${copy.product}`}</title>
      <PageHeader
        title={title}
        description={person.data ? copy.authorFigures(person.data.template_count, person.data.fork_count) : null}
      />
      <div className="px-6 pb-6 max-md:px-4">
        <Loaded query={person} isCompact={false}>
          {() => <Loaded query={list}>{({ results }) => <TemplateGrid label={title} templates={results} />}</Loaded>}
        </Loaded>
      </div>
      <Pagination page={filters.page} pageSize={PAGE_SIZE} count={list.data?.count ?? 0} onChange={filters.setPage} />
    </div>
  );
}
