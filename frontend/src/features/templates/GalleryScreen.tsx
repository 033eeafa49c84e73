import { LayoutTemplate } from "lucide-react";
import { asProblem } from "@/api";
import { useFilters } from "@/features/screen";
import { EmptyState } from "@/ui/EmptyState";
import { ErrorState } from "@/ui/ErrorState";
import { FilterBar } from "@/ui/FilterBar";
import { PageHeader } from "@/ui/PageHeader";
import { Pagination } from "@/ui/Pagination";
import { SearchInput } from "@/ui/SearchInput";
import { SegmentedControl } from "@/ui/SegmentedControl";
import { Select } from "@/ui/Select";
import { Skeleton } from "@/ui/Skeleton";
import { copy } from "./copy";
import { type Category, PAGE_SIZE, useCategories, useTemplates } from "./queries";
import { TemplateGrid } from "./TemplateCard";

const ORDERS = [
  { value: "relevance", label: copy.relevance },
  { value: "trending", label: copy.trending },
  { value: "rating", label: copy.rating },
  { value: "newest", label: copy.newest },
] as const;
const WHICH = [
  { value: "all", label: copy.all },
  { value: "bookmarked", label: copy.bookmarks },
  { value: "mine", label: copy.mine },
] as const;

/** The gallery; search, category and order stand in the address. */
export function GalleryScreen() {
  const filters = useFilters(["q", "category", "ordering", "which"]);
  const categories = useCategories();
  const which = WHICH.find(({ value }) => value === filters.get("which"))?.value ?? "all";
  const ordering = ORDERS.find(({ value }) => value === filters.get("ordering"))?.value ?? "relevance";
  const category = filters.get("category") as Category;
  const list = useTemplates({
    q: filters.get("q"),
    ordering,
    page: filters.page,
    ...(category ? { category: [category] } : {}),
    ...(which === "bookmarked" ? { bookmarked: true } : {}),
    ...(which === "mine" ? { mine: true } : {}),
  });
  const options = [
    { value: "", label: copy.allCategories },
    ...(categories.data ?? []).map((one) => ({ value: one.category, label: `${one.label} (${one.count})` })),
  ];
  const rows = list.data?.results;
  return (
    <div>
      <title>{`${copy.title} · ${copy.product}`}</title>
      <PageHeader title={copy.title} description={copy.description} />
      <FilterBar onClear={filters.isFiltered ? filters.clear : undefined}>
        <SearchInput
          label={copy.search}
          value={filters.get("q")}
          onChange={(value) => filters.set("q", value)}
          className="w-80"
        />
        <div className="w-52 max-md:w-full">
          <Select
            aria-label={copy.category}
            value={category as string}
            options={options}
            onChange={(value) => filters.set("category", value)}
          />
        </div>
        <div className="w-36 max-md:w-full">
          <Select
            aria-label={copy.order}
            value={ordering}
            options={ORDERS}
            onChange={(value) => filters.set("ordering", value === "relevance" ? "" : value)}
          />
        </div>
        <SegmentedControl
          label={copy.which}
          value={which}
          options={WHICH}
          onChange={(value) => filters.set("which", value === "all" ? "" : value)}
        />
      </FilterBar>
      <div className="px-6 pb-6 max-md:px-4">
        {rows === undefined ? (
          list.error ? (
            <ErrorState problem={asProblem(list.error)} onRetry={() => void list.refetch()} />
          ) : (
            <div aria-busy="true" className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,17rem),1fr))] gap-3">
              {["a", "b", "c", "d", "e", "f"].map((one) => (
                <Skeleton key={one} className="h-40" />
              ))}
            </div>
          )
        ) : rows.length === 0 ? (
          <EmptyState icon={<LayoutTemplate size={24} />} title={filters.isFiltered ? copy.nothing : copy.empty} />
        ) : (
          <>
            <h2 className="sr-only">{copy.title}</h2>
            <TemplateGrid label={copy.title} templates={rows} />
          </>
        )}
      </div>
      <Pagination
        page={filters.page}
        pageSize={PAGE_SIZE}
        count={list.data?.count ?? 0}
        isExact={list.data?.count_exact ?? true}
        onChange={filters.setPage}
      />
    </div>
  );
}
