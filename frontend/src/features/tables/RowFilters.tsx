import type { Filters } from "@/features/screen";
import { FilterBar } from "@/ui/FilterBar";
import { SearchInput } from "@/ui/SearchInput";
import { Select } from "@/ui/Select";
import { copy } from "./copy";
import type { ColumnType, TableColumn } from "./queries";

type Operator = keyof typeof copy.operators;

const TEXT: readonly Operator[] = [
  "contains",
  "equals",
  "not_equals",
  "starts_with",
  "ends_with",
  "empty",
  "not_empty",
];
const ORDERED: readonly Operator[] = ["equals", "not_equals", "gt", "gte", "lt", "lte", "empty", "not_empty"];
const OPERATORS: Readonly<Record<ColumnType, readonly Operator[]>> = {
  text: TEXT,
  number: ORDERED,
  date: ORDERED,
  boolean: ["equals", "empty", "not_empty"],
  json: ["empty", "not_empty"],
};
const ALONE: ReadonlySet<string> = new Set(["empty", "not_empty"]);

interface RowFiltersProps {
  readonly columns: readonly TableColumn[];
  readonly filters: Filters;
}

/** Returns the condition that stands in the address as the server wants it, "" while it is not complete. */
export function filterOf(filters: Filters): string {
  const [column, operator, value] = [filters.get("column"), filters.get("operator"), filters.get("value")];
  if (!column || !operator) return "";
  if (ALONE.has(operator)) return `${column}:${operator}`;
  return value ? `${column}:${operator}:${value}` : "";
}

/** A search over text, and one condition on a column. */
export function RowFilters({ columns, filters }: RowFiltersProps) {
  const column = columns.find(({ name }) => name === filters.get("column"));
  const operators = column ? OPERATORS[column.type] : [];
  const operator = operators.find((one) => one === filters.get("operator")) ?? operators[0];
  return (
    <FilterBar onClear={filters.isFiltered ? filters.clear : undefined}>
      <SearchInput
        label={copy.searchRows}
        value={filters.get("search")}
        onChange={(value) => filters.set("search", value)}
      />
      <Select
        aria-label={copy.column}
        className="max-w-44"
        value={column?.name ?? ""}
        options={[{ value: "", label: copy.anyColumn }, ...columns.map(({ name }) => ({ value: name, label: name }))]}
        onChange={(name) => {
          const type = columns.find((one) => one.name === name)?.type;
          filters.setAll({ column: name, operator: type ? (OPERATORS[type][0] ?? "") : "", value: "" });
        }}
      />
      {column && operator ? (
        <Select
          aria-label={copy.operator}
          className="max-w-44"
          value={operator}
          options={operators.map((one) => ({ value: one, label: copy.operators[one] }))}
          onChange={(next) => filters.set("operator", next)}
        />
      ) : null}
      {column && operator && !ALONE.has(operator) ? (
        <SearchInput
          label={copy.value}
          className="max-w-44"
          value={filters.get("value")}
          onChange={(value) => filters.set("value", value)}
        />
      ) : null}
    </FilterBar>
  );
}
